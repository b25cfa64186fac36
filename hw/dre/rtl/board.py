"""A DRE on a board: the same arrays, over a serial link (spec section 22)."""

import time
from collections import deque

import numpy as np

from dre.bringup import dre_map
from dre.bringup.dre_config import SINKS, SOURCES, WINDOW_BITS
from dre.host import identity
from dre.host.client import MOST_READ
from dre.packing import width
from dre.rtl.device import Device

WORD_BYTES = 4
PATIENCE_SECONDS = 60


class BoardMachine:
    """A bring-up system with a DRE, reset, as a `dre.rtl.Machine`.

    Nothing waits at the device for longer than the host takes to look again: whatever is pushed is
    kept here until there is room for it, and what has come is taken at once.

    Parameters
    ----------
    client : dre.host.Client
    config : dre.bringup.DRESystemConfig
        What it must be.

    Attributes
    ----------
    streams : dict of str to Layout
        Of their beats.

    Raises
    ------
    dre.driver.AnotherDevice
        If it is something else, or has other build parameters.
    """

    interrupts = ("error", "broken")
    """Causes that light the board's light; nothing waits for them."""

    def __init__(self, client, config):
        self._client, self._clock_hz = client, config.clock_hz
        self._table = dre_map.register_map(config)
        identity.check(
            *(client, self._table, dre_map.SYSTEM, dre_map.LETTERS, dre_map.VERSION),
            *(config.parameters, {}),
        )
        self.streams = config.streams
        self._words = {name: -(-width(layout) // 32) for name, layout in self.streams.items()}
        self._waiting = {name: deque() for name in SINKS}
        self._come = {name: [] for name in SOURCES}
        self._moved = {name: [] for name in self.streams}
        self._begun = time.monotonic()
        for run in (0, 1):
            self.put("control", run)

    def put(self, register, word):
        """Write a register of the system."""
        self._client.write(dre_map.SYSTEM + self._table.address_of(register), word)

    def memory(self, name, base, size):
        """As `dre.rtl.Machine` says; the board has it from there on."""
        return BoardMemory(self, self._client, name, size)

    @property
    def cycles(self):
        """Since it was reset: how many there must have been, by the host's clock."""
        return int((time.monotonic() - self._begun) * self._clock_hz)

    # -- streams -----------------------------------------------------------------------------------

    def push(self, stream, beats):
        """As `dre.rtl.Machine` says; they go when something is waited for."""
        rows = np.ascontiguousarray(beats, "<u4").reshape(-1, self._words[stream])
        self._waiting[stream] += [int.from_bytes(row.tobytes(), "little") for row in rows]

    def take(self, stream):
        """As `dre.rtl.Machine` says."""
        self._fetch(stream)
        found, self._come[stream] = self._come[stream], []
        size = 4 * self._words[stream]
        content = b"".join(beat.to_bytes(size, "little") for beat in found)
        return np.frombuffer(content, "<u4").reshape(-1, self._words[stream])

    def moved(self, stream):
        """The cycle in which the host has learned of each beat, since this was asked last."""
        self._move(stream)
        found, self._moved[stream] = self._moved[stream], []
        return np.array(found, np.int64)

    def _move(self, stream):
        """Give what waits, as far as there is room, or take what there is."""
        if stream in self._waiting:
            self._give(stream)
        else:
            self._fetch(stream)

    def _give(self, stream):
        waiting = self._waiting[stream]
        if not waiting:
            return
        taken = self._client.push(SINKS.index(stream), list(waiting))
        for _ in range(taken):
            waiting.popleft()
        self._moved[stream] += [self.cycles] * taken

    def _fetch(self, stream):
        while found := self._client.pop(SOURCES.index(stream)):
            self._come[stream] += found
            self._moved[stream] += [self.cycles] * len(found)

    # -- registers ---------------------------------------------------------------------------------

    def read(self, address):
        """As `dre.driver.Port` says."""
        return self._client.read(dre_map.DRE + address)

    def write(self, address, word):
        """As `dre.driver.Port` says."""
        self._client.write(dre_map.DRE + address, word)

    def wait(self):
        """As `dre.driver.Port` says; streams move meanwhile."""
        for stream in self.streams:
            self._move(stream)


class BoardMemory:
    """Bytes of near or far memory, through their window.

    Parameters
    ----------
    machine : BoardMachine
    client : dre.host.Client
    name : {"near", "far"}
    size : int
    """

    def __init__(self, machine, client, name, size):
        self._machine, self._client, self._size = machine, client, size
        self._register = f"window_{name}"
        self._first = {"near": dre_map.NEAR, "far": dre_map.FAR}[name]
        self._part = None

    def read(self, place, count):
        """So many bytes from a place on, both multiples of 4: uint8 [count]."""
        words = []
        for address, some in self._pieces(place, count):
            for begin in range(0, some, MOST_READ):
                wanted = min(MOST_READ, some - begin)
                words += self._client.read_words(address + WORD_BYTES * begin, wanted)
        return np.array(words, "<u4").view(np.uint8)

    def gather(self, places, count):
        """So many from each of these places on: uint8 [places, count]."""
        found = [self.read(int(place), count) for place in places]
        return np.stack(found) if found else np.empty((0, count), np.uint8)

    def write(self, place, content):
        """Put bytes there; place and how many as for `read`."""
        pieces = self._pieces(int(place), len(content))
        words = np.ascontiguousarray(content, np.uint8).view("<u4").tolist()
        for address, some in pieces:
            self._client.write_words(address, words[:some])
            words = words[some:]

    def _pieces(self, place, count):
        """Addresses and words, one for each part of the memory; the window shows it meanwhile."""
        end = place + count
        if place % WORD_BYTES or count % WORD_BYTES or not 0 <= place <= end <= self._size:
            raise ValueError(
                f"place and count must be multiples of {WORD_BYTES} within {self._size} bytes, "
                f"not {place} and {count}"
            )
        return self._shown(place, end)

    def _shown(self, place, end):
        window = 2**WINDOW_BITS
        while place < end:
            part, inside = divmod(place, window)
            if part != self._part:
                self._machine.put(self._register, part)
                self._part = part
            some = min(window - inside, end - place)
            yield self._first + inside, some // WORD_BYTES
            place += some


class OnBoard(Device):
    """A DRE on a board; see `dre.rtl.Device`.

    Parameters
    ----------
    client : dre.host.Client
    config : dre.bringup.DRESystemConfig
        What it must be.

    Raises
    ------
    dre.driver.AnotherDevice
        If it is something else, or has other build parameters.
    """

    def __init__(self, client, config):
        machine = BoardMachine(client, config)
        super().__init__(config.dre, machine, PATIENCE_SECONDS * config.clock_hz)
