"""A DRE's registers in simulation: settings, commands and results through AXI4-Lite.

The master is cocotbext-axi's.
"""

from collections import deque

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster
from cocotbext.axi.constants import AxiResp

from core.build_core import BUILD
from dre.core.register_map import register_map
from dre.packing import pack, unpack

TABLE = register_map(BUILD)
MOST_COMMANDS = 8
HELD = {
    "command_tokens": ("tokens", "max_chunk"),
    "command_kept": ("sink_tokens", "recent_tokens"),
    "command_room": ("held_back", "frames"),
}


def word_of(register, **fields):
    """A word whose fields have these values, the others 0."""
    word = 0
    for name, value in fields.items():
        field = TABLE.register(register).field(name)
        assert 0 <= value < 1 << field.bits, f"{register}.{name} = {value}"
        word |= value << field.low
    return word


def fields_of(register, word):
    """Fields of a word."""
    return {
        field.name: (word & field.mask) >> field.low for field in TABLE.register(register).fields
    }


class Registers:
    """Reads and writes; and gives commands from ``queue``, puts results into ``beats``.

    As an agent it is moved by the clock, not by `streams.Cycles`.
    """

    def __init__(self, dut, rng, pauses=0.0):
        self._clock, self._task = RisingEdge(dut.clk), None
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "control_"), dut.clk, dut.rst)
        if pauses:
            halves = self.master.write_if, self.master.read_if
            for channel in (
                *(halves[0].aw_channel, halves[0].w_channel, halves[0].b_channel),
                *(halves[1].ar_channel, halves[1].r_channel),
            ):
                channel.set_pause_generator(iter(lambda: rng.random() < pauses, None))
        self.reset()

    def reset(self):
        """Forget what was to be given; the device forgets its commands too."""
        if self._task:
            self._task.cancel()
        self.queue, self.beats, self._given, self._task = deque(), deque(), 0, None

    def drive(self, now):
        """Nothing: see `run`."""

    def observe(self, now):
        """Nothing: see `run`."""

    async def write(self, register, word=None, **fields):
        """Write a register; returns whether that was accepted."""
        word = word_of(register, **fields) if word is None else word
        address = TABLE.address_of(register)
        answer = await self.master.write(address, word.to_bytes(4, "little"))
        return answer.resp == AxiResp.OKAY

    async def read(self, register):
        """Fields of a register."""
        return fields_of(register, await self.word(TABLE.address_of(register)))

    async def word(self, address):
        """The word at an address, which must be there."""
        answer = await self.master.read(address, 4)
        assert answer.resp == AxiResp.OKAY, f"{address:#x}"
        return int.from_bytes(answer.data, "little")

    async def counts(self):
        """All counts, as they were a moment ago."""
        assert await self.write("counting", take=1)
        while (await self.read("counting"))["taking"]:
            pass
        found = {}
        for count in TABLE.counts:
            low = TABLE.address_of(count.name)
            found[count.name] = await self.word(low) | await self.word(low + 4) << 32
        return found

    async def start(self, bases):
        """Let it run."""
        for region, page in bases.items():
            assert await self.write(f"base_{region}", page & 0xFFFF_FFFF)
            if page >> 32:
                assert await self.write(f"base_{region}_high", page >> 32)
        assert await self.write("control", run=1)
        while not (await self.read("state"))["running"]:
            pass

    def serve(self):
        """From now on give what is in the queue."""
        self._task = cocotb.start_soon(self._run())

    async def set(self, hash_settings, score_settings):
        """Settings of both units."""
        for name, value in hash_settings.items():
            assert await self.write(f"setting_{name}", **{name: int(value)})
        score = {name: int(value) for name, value in score_settings.items()}
        threshold = {name: score[name] for name in ("TH", "all", "mode")}
        assert await self.write("setting_threshold", **threshold)
        assert await self.write("setting_scale", K=score["K"])
        assert await self.write("setting_exponent", k=score["k"])
        assert await self.write("settings", take=1)

    async def _run(self):
        """Commands from the queue as long as there is room, results as soon as they come."""
        while True:
            if self.queue and self._given < MOST_COMMANDS:
                command = unpack(BUILD.kvmu.command, self.queue.popleft())
                assert await self.give(command), "there must be room"
                self._given += 1
            elif self._given:
                result = await self.result()
                if result:
                    self._given -= 1
                    self.beats.append((None, pack(BUILD.kvmu.result, result)))
            else:
                await self._clock

    async def give(self, command):
        """Give a command; returns whether there was room."""
        for register, names in HELD.items():
            assert await self.write(register, **{name: command.get(name, 0) for name in names})
        named = {name: command.get(name, 0) for name in ("op", "context", "chunk")}
        return await self.write("command", **named)

    async def result(self):
        """The result that waits, which goes; or None."""
        result = await self.read("result")
        if not result.pop("waiting"):
            return None
        result |= await self.read("result_of")
        assert await self.write("result_take", take=1)
        return result
