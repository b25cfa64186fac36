"""A memory of a large board, its window, and a master of bursts, in the simulator of Amaranth."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from dre import axi
from dre.axi import PAGE_BYTES
from dre.bringup.memory import DECERR, OKAY, AXIMemory
from dre.bringup.split import LiteSplit
from dre.bringup.window import Window
from dre.registers.lite import port

FIRST, PAGES, WINDOW_BITS = 3, 4, 13
BYTES, WINDOW = PAGES * PAGE_BYTES, 2**WINDOW_BITS
NEAR, EMPTY = 0x2000, 0x4000
PLACES = 64
"""Beats of the memory that are used, so that accesses meet; they lie at both of its ends."""


class Looked(wiring.Component):
    """A memory behind AXI4, its window behind AXI4-Lite, among other addresses."""

    def __init__(self, data_bits):
        self.memory = AXIMemory(wide_port(data_bits), first_page=FIRST, pages=PAGES)
        self._bits = data_bits
        super().__init__(
            {"port": In(wide_port(data_bits)), "bus": In(port(16)), "off": In(1), "part": In(1)}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = self.memory
        m.submodules.split = split = LiteSplit(16, {"near": (NEAR, WINDOW_BITS)})
        m.submodules.window = window = Window(memory.words, self._bits, WINDOW_BITS)
        wiring.connect(m, wiring.flipped(self.port), memory.port)
        wiring.connect(m, wiring.flipped(self.bus), split.bus)
        wiring.connect(m, split.near, window.bus)
        wiring.connect(m, window.memory, memory.window)
        m.d.comb += [split.off.near.eq(self.off), window.part.eq(self.part)]
        return m


def wide_port(data_bits):
    reads, writes = (part(data_bits, 24, 3) for part in (axi.reads, axi.writes))
    return wiring.Signature(dict(reads.members) | dict(writes.members))


class Bursts:
    """A master of bursts; ``held`` are the bytes that there must be."""

    def __init__(self, dut, held, rng, willing, beat):
        self._port, self._held, self._rng, self._willing = dut.port, held, rng, willing
        self._beat = beat

    def burst(self):
        """Address and beats: at one of the ends, sometimes outside."""
        beats = self._rng.choice((1, 2, 7, 16))
        place = self._rng.randrange(PLACES // 2 - beats + 1) * self._beat
        page = self._rng.choice((FIRST, FIRST, FIRST + PAGES - 1, FIRST - 1, FIRST + PAGES))
        inside = FIRST <= page < FIRST + PAGES
        return page * PAGE_BYTES + place, beats, inside

    async def _wait(self, ctx):
        while self._rng.random() > self._willing:
            await ctx.tick()

    async def _offer(self, ctx, channel, **payload):
        await self._wait(ctx)
        for name, value in payload.items():
            ctx.set(getattr(self._port, channel + name), value)
        ctx.set(getattr(self._port, channel + "valid"), 1)
        await ctx.tick().until(getattr(self._port, channel + "ready"))
        ctx.set(getattr(self._port, channel + "valid"), 0)

    async def read(self, ctx):
        """A burst, each beat of which must be one of those that were there meanwhile."""
        address, beats, inside = self.burst()
        number = self._rng.randrange(8)
        await self._offer(ctx, "ar", addr=address, len=beats - 1, id=number)
        for beat in range(beats):
            await self._wait(ctx)
            ctx.set(self._port.rready, 1)
            said = ctx.tick().sample(
                *(getattr(self._port, f"r{name}") for name in ("data", "id", "resp", "last"))
            )
            content, same, response, last = await said.until(self._port.rvalid)
            ctx.set(self._port.rready, 0)
            assert (same, response) == (number, OKAY if inside else DECERR)
            assert last == (beat == beats - 1)
            if inside:
                place = address - FIRST * PAGE_BYTES + beat * self._beat
                yield place, content.to_bytes(self._beat, "little")

    async def write(self, ctx):
        """A burst with random lanes."""
        address, beats, inside = self.burst()
        number = self._rng.randrange(8)
        await self._offer(ctx, "aw", addr=address, len=beats - 1, id=number)
        for beat in range(beats):
            content = self._rng.randbytes(self._beat)
            lanes = self._rng.choice((2**self._beat - 1, self._rng.randrange(2**self._beat)))
            data = int.from_bytes(content, "little")
            await self._offer(ctx, "w", data=data, strb=lanes, last=beat == beats - 1)
            if inside:
                place = address - FIRST * PAGE_BYTES + beat * self._beat
                put(self._held, place, content, lanes)
        await self._wait(ctx)
        ctx.set(self._port.bready, 1)
        said = ctx.tick().sample(self._port.bid, self._port.bresp)
        assert await said.until(self._port.bvalid) == (number, OKAY if inside else DECERR)
        ctx.set(self._port.bready, 0)


def put(held, place, content, lanes):
    """Bytes whose lanes are on."""
    for lane, byte in enumerate(content):
        if lanes >> lane & 1:
            held[place + lane] = byte


def simulated(data_bits):
    """A device and its simulator."""
    dut = Looked(data_bits)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    return dut, simulator
