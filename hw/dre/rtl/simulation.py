"""A compiled DRE: streams of beats, memories of bytes, and its registers."""

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dre.driver.port import AccessRefused
from dre.rtl import ports
from dre.rtl.build import compiled

ORDERS = ("in order", "reordered", "interleaved")
ALWAYS = 65_536
MOMENT_CYCLES = 2_000
"""How long `Simulation.wait` waits at most."""

_NUMBER, _WORDS, _LONG = ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32), ctypes.c_uint64
_FUNCTIONS = {
    "rtl_new": (ctypes.c_void_p, _LONG),
    "rtl_delete": (None, ctypes.c_void_p),
    "rtl_fault": (ctypes.c_char_p, ctypes.c_void_p),
    "rtl_cycles": (_LONG, ctypes.c_void_p),
    "rtl_memory": (None, ctypes.c_void_p, ctypes.c_int, _LONG, ctypes.c_void_p, _LONG),
    "rtl_habits": (None, ctypes.c_void_p, ctypes.c_int, *[_NUMBER] * 4),
    "rtl_willing": (None, ctypes.c_void_p, ctypes.c_uint, _NUMBER),
    "rtl_stream": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    "rtl_words": (ctypes.c_uint, ctypes.c_void_p, ctypes.c_uint),
    "rtl_push": (None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, _LONG),
    "rtl_left": (_LONG, ctypes.c_void_p, ctypes.c_uint),
    "rtl_take": (None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p),
    "rtl_moved": (_LONG, ctypes.c_void_p, ctypes.c_uint),
    "rtl_cycles_of": (None, ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p),
    "rtl_run": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, _LONG),
    "rtl_keep": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    "rtl_resume": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    "rtl_access": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, _NUMBER, _WORDS, _WORDS),
}
"""Result and arguments of what ``harness.cpp`` has."""


class RuleBroken(RuntimeError):
    """The device did what AXI4 or a stream's handshake does not allow, or answered nothing."""


@dataclass(frozen=True)
class Memory:
    """How a memory behaves.

    Attributes
    ----------
    latency : tuple of int
        Least and most cycles from a request to its answer.
    order : {"in order", "reordered", "interleaved"}
        Of answers: bursts as they were asked for, bursts of several IDs in any order, or beats.
    willing : float
        Probability that a channel moves in a cycle in which it could.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    latency: tuple[int, int] = (20, 20)
    order: str = "in order"
    willing: float = 1.0

    def __post_init__(self):
        least, most = self.latency
        if not 0 <= least <= most < 2**31:
            raise ValueError(f"latency must be two numbers that do not fall, not {self.latency}")
        if self.order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, not {self.order!r}")
        if not 0 < self.willing <= 1:
            raise ValueError(f"willing must be above 0 and at most 1, not {self.willing}")


@dataclass(frozen=True)
class Content:
    """Bytes of a memory that is here.

    Attributes
    ----------
    bytes : ndarray of uint8 [size]
    """

    bytes: NDArray[np.uint8]

    def read(self, place: int, count: int) -> NDArray[np.uint8]:
        """So many from a place on, as they are: what is written there later is seen."""
        return self.bytes[place : place + count]

    def gather(self, places: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
        """So many from each of these places on: uint8 [places, count]."""
        return self.bytes[places[:, None] + np.arange(count)]

    def write(self, place: int, content: NDArray[np.uint8]) -> None:
        """Put them there."""
        self.bytes[place : place + len(content)] = content


@dataclass(frozen=True)
class _Lane:
    number: int
    words: int


class Simulation:
    """A DRE, reset, that nobody has programmed yet; it is a `Machine`.

    Parameters
    ----------
    config : DREConfig
    seed : int
        For what is random in memories and stalls.
    near, far : Memory
    willing : float
        Probability that a stream moves in a cycle in which it could.
    folder : Path or None
        As `dre.rtl.build.compiled` takes it.

    Attributes
    ----------
    streams : dict of str to Layout
        Of their beats.
    build : str
        Says what it is made of.
    seconds : float
        Processor time that `run` has taken.
    """

    interrupts = ("result",)
    """Causes that are of use: `wait` ends with it."""

    def __init__(self, config, *, seed=0, near=None, far=None, willing=1.0, folder=None):
        built = compiled(config, folder)
        self._library, self.build = ctypes.CDLL(str(built.path)), built.path.parent.name
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        self._made = self._library.rtl_new(seed)
        self._memories, self.seconds = {}, 0.0
        for memory, habits in enumerate((near or Memory(), far or Memory())):
            self._library.rtl_habits(
                self._made,
                memory,
                *habits.latency,
                ORDERS.index(habits.order),
                round(habits.willing * ALWAYS),
            )
        self._lanes, self.streams = {}, built.streams
        for name in self.streams:
            number = self._library.rtl_stream(self._made, name.encode())
            words = self._library.rtl_words(self._made, number)
            self._lanes[name] = _Lane(number, words)
            self._library.rtl_willing(self._made, number, round(willing * ALWAYS))

    def __del__(self):
        if getattr(self, "_made", None):
            self._library.rtl_delete(self._made)

    def memory(self, name: str, base: int, size: int) -> Content:
        """Bytes of ``near`` or ``far`` memory from an address on.

        A memory has one such region, the last one that was asked for.
        """
        content = np.zeros(size, np.uint8)
        self._memories[name] = content  # must live as long as the simulation
        far = ports.MEMORIES.index(name)
        self._library.rtl_memory(self._made, far, base, content.ctypes.data, size)
        return Content(content)

    @property
    def cycles(self) -> int:
        """Since reset."""
        return self._library.rtl_cycles(self._made)

    # -- streams -----------------------------------------------------------------------------------

    def push(self, stream: str, beats: NDArray[np.uint32]) -> None:
        """Beats to be sent, one a row, of so many words as the payload takes, lowest first."""
        lane = self._lanes[stream]
        beats = np.ascontiguousarray(beats, np.uint32).reshape(-1, lane.words)
        self._library.rtl_push(self._made, lane.number, beats.ctypes.data, len(beats))

    def left(self, stream: str) -> int:
        """Beats that have not been sent, or have been received and not been taken."""
        return self._library.rtl_left(self._made, self._lanes[stream].number)

    def take(self, stream: str) -> NDArray[np.uint32]:
        """Beats that were received, as for `push`."""
        lane = self._lanes[stream]
        beats = np.empty((self.left(stream), lane.words), np.uint32)
        self._library.rtl_take(self._made, lane.number, beats.ctypes.data)
        return beats

    def moved(self, stream: str) -> NDArray[np.int64]:
        """The cycle of each beat that moved since this was asked last."""
        number = self._lanes[stream].number
        cycles = np.empty(self._library.rtl_moved(self._made, number), np.int64)
        self._library.rtl_cycles_of(self._made, number, cycles.ctypes.data)
        return cycles

    # -- time and registers ------------------------------------------------------------------------

    def run(self, cycles: int, *, until_irq: bool = False) -> None:
        """Let so many cycles pass, fewer if the interrupt comes and that is wanted.

        Raises
        ------
        RuleBroken
            If the device breaks a rule.
        """
        begun = time.thread_time()
        result = self._library.rtl_run(self._made, until_irq, cycles)
        self.seconds += time.thread_time() - begun
        self._check(result)

    def keep(self, path: Path) -> None:
        """Write all of it to a file: also its memories, and what is on its way."""
        self._check(self._library.rtl_keep(self._made, os.fsencode(path)))

    def resume(self, path: Path) -> None:
        """Go on from such a file of the same build, with memories of the same sizes."""
        self._check(self._library.rtl_resume(self._made, os.fsencode(path)))

    def read(self, address: int) -> int:
        """As `dre.driver.Port` says."""
        return self._access(False, address, 0)

    def write(self, address: int, word: int) -> None:
        """As `dre.driver.Port` says."""
        self._access(True, address, word)

    def wait(self) -> None:
        """As `dre.driver.Port` says."""
        self.run(MOMENT_CYCLES, until_irq=True)

    def _access(self, writes, address, word):
        word, response = _NUMBER(word), _NUMBER()
        self._check(self._library.rtl_access(self._made, writes, address, word, response))
        if response.value:
            raise AccessRefused(f"{address:#05x}: SLVERR")
        return word.value

    def _check(self, result):
        if result:
            raise RuleBroken(self._library.rtl_fault(self._made).decode())
