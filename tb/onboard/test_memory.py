"""The memories of a large board, and their windows: random bursts and looks, against bytes."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from dre import axi
from dre.axi import PAGE_BYTES
from dre.bringup.memory import DECERR, OKAY, AXIMemory
from dre.bringup.split import LiteSplit
from dre.bringup.window import Window
from dre.registers.lite import SLVERR, port
from registers.lite_master import Master

FIRST, PAGES, WINDOW_BITS = 3, 4, 13
BYTES, WINDOW = PAGES * PAGE_BYTES, 2**WINDOW_BITS
NEAR, EMPTY = 0x2000, 0x4000
PLACES = 64
"""Beats of the memory that are used, so that accesses meet; they lie at both of its ends."""


class Looked(wiring.Component):
    """A memory behind AXI4, its window behind AXI4-Lite, among other addresses."""

    def __init__(self, data_bits):
        self.memory = AXIMemory(_port(data_bits), first_page=FIRST, pages=PAGES)
        self._bits = data_bits
        super().__init__(
            {"port": In(_port(data_bits)), "bus": In(port(16)), "off": In(1), "part": In(1)}
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


def _port(data_bits):
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


@pytest.mark.parametrize("data_bits", [64, 128])
@pytest.mark.parametrize("willing", [1.0, 0.4])
def test_bursts_and_looks_take_turns(data_bits, willing, seed):
    """One thing at a time: each reads what all before it have written."""
    dut, simulator = simulated(data_bits)
    rng, held, done = random.Random(seed), bytearray(BYTES), set()
    bursts = Bursts(dut, held, rng, willing, data_bits // 8)
    host = Master(dut, rng, willing)

    async def play(ctx):
        for _ in range(250):
            act = rng.choice(("read", "write", "look", "change"))
            done.add(act)
            if act == "read":
                async for place, content in bursts.read(ctx):
                    assert content == held[place : place + len(content)]
            elif act == "write":
                await bursts.write(ctx)
            else:
                place = rng.choice((0, BYTES - PAGE_BYTES)) + 4 * rng.randrange(
                    64
                )  # where bursts go
                part, inside = divmod(place, WINDOW)
                ctx.set(dut.part, part)
                if act == "look":
                    word, response = await host.read(ctx, NEAR + inside)
                    assert word.to_bytes(4, "little") == held[place : place + 4]
                else:
                    content, lanes = rng.randbytes(4), rng.choice((15, rng.randrange(16)))
                    word = int.from_bytes(content, "little")
                    response = await host.write(ctx, NEAR + inside, word, lanes)
                    put(held, place, content, lanes)
                assert response == OKAY

    simulator.add_testbench(play)
    simulator.run()
    assert len(done) == 4


def test_bursts_go_on_while_somebody_looks(seed):
    """Reads, writes and looks beside each other, each at its own places: nobody waits for ever."""
    dut, simulator = simulated(64)
    rng = random.Random(seed)
    counts = {"read": 0, "write": 0, "look": 0}
    ends = []

    async def reads(ctx):
        bursts = Bursts(dut, bytearray(BYTES), rng, 0.8, 8)
        while not ends:
            async for _, content in bursts.read(ctx):
                counts["read"] += 1
                assert len(content) == 8

    async def writes(ctx):
        bursts = Bursts(dut, bytearray(BYTES), rng, 0.8, 8)
        while not ends:
            await bursts.write(ctx)
            counts["write"] += 1

    async def looks(ctx):
        host, held = Master(dut, rng, 1.0), {}
        for _ in range(150):
            place = WINDOW // 2 + 4 * rng.randrange(32)  # where no burst goes
            if held and rng.random() < 0.5:
                place = rng.choice(list(held))
                assert await host.read(ctx, NEAR + place) == (held[place], OKAY)
            else:
                held[place] = rng.getrandbits(32)
                assert await host.write(ctx, NEAR + place, held[place]) == OKAY
            counts["look"] += 1
        ends.append(1)

    for one in (reads, writes, looks):
        simulator.add_testbench(one)
    simulator.run()
    assert all(count > 50 for count in counts.values())


def test_nobody_is_at_other_addresses_or_at_what_is_off(seed):
    dut, simulator = simulated(64)
    host = Master(dut, random.Random(seed), 0.5)

    async def play(ctx):
        assert await host.write(ctx, NEAR, 77) == OKAY
        for off, address in ((0, EMPTY), (0, 0), (1, NEAR)):
            ctx.set(dut.off, off)
            ctx.set(dut.bus.awaddr, address)
            ctx.set(dut.bus.awvalid, 1)
            for _ in range(8):  # no answer before the word
                ready, answers = (await ctx.tick().sample(dut.bus.awready, dut.bus.bvalid))[2:]
                assert not answers
                if ready:
                    ctx.set(dut.bus.awvalid, 0)
            ctx.set(dut.bus.wvalid, 1)
            await ctx.tick().until(dut.bus.wready)
            ctx.set(dut.bus.wvalid, 0)
            ctx.set(dut.bus.bready, 1)
            (response,) = await ctx.tick().sample(dut.bus.bresp).until(dut.bus.bvalid)
            ctx.set(dut.bus.bready, 0)
            assert response == SLVERR
            assert (await host.read(ctx, address))[1] == SLVERR
            assert await host.write(ctx, address, 5) == SLVERR
        ctx.set(dut.off, 0)
        assert await host.read(ctx, NEAR) == (77, OKAY)

    simulator.add_testbench(play)
    simulator.run()


def test_a_look_that_follows_another_waits_for_its_own_turn():
    """While a burst is being written a word can be read, but not written."""
    dut = AXIMemory(_port(64), first_page=FIRST, pages=PAGES)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def play(ctx):
        ctx.set(dut.port.awaddr, FIRST * PAGE_BYTES)
        ctx.set(dut.port.awvalid, 1)
        await ctx.tick().until(dut.port.awready)
        ctx.set(dut.port.awvalid, 0)
        ctx.set(dut.window.ask, 1)
        await ctx.tick().until(dut.window.done)
        for name, value in (("writes", 1), ("lanes", 255), ("place", 9), ("data", 77)):
            ctx.set(getattr(dut.window, name), value)
        for _ in range(10):
            *_, done = await ctx.tick().sample(dut.window.done)
            assert not done
        for name in ("wvalid", "wlast", "bready"):
            ctx.set(getattr(dut.port, name), 1)
        await ctx.tick().until(dut.window.done)
        ctx.set(dut.window.writes, 0)
        found, _ = await ctx.tick().sample(dut.window.read, dut.window.done).until(dut.window.done)
        assert found == 77

    simulator.add_testbench(play)
    simulator.run()


@pytest.mark.parametrize("late", ["word", "address"])
def test_each_access_reaches_one_part_once(late):
    """Parts that take everything at once; reads and writes that are asked for in one cycle."""
    dut = LiteSplit(16, {"near": (NEAR, WINDOW_BITS), "other": (EMPTY, 8)})
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    seen = []

    async def parts(ctx):
        for name in ("near", "other"):
            for channel in ("ar", "aw", "w"):
                ctx.set(getattr(getattr(dut, name), f"{channel}ready"), 1)
        while True:
            await ctx.tick()
            for name in ("near", "other"):
                part = getattr(dut, name)
                for channel, payload in (("ar", "addr"), ("aw", "addr"), ("w", "data")):
                    if ctx.get(getattr(part, f"{channel}valid")):
                        seen.append((name, channel, ctx.get(getattr(part, channel + payload))))

    async def play(ctx):
        for name, value in (("araddr", NEAR + 8), ("awaddr", EMPTY + 4), ("wdata", 55)):
            ctx.set(getattr(dut.bus, name), value)
        for name in ("rready", "bready"):
            ctx.set(getattr(dut.bus, name), 1)
        offered = {"word": ("ar", "aw"), "address": ("ar", "w")}[late]
        for channel in offered:
            ctx.set(getattr(dut.bus, f"{channel}valid"), 1)
        for _ in range(8):
            taken = await ctx.tick().sample(*(getattr(dut.bus, f"{c}ready") for c in offered))
            for channel, ready in zip(offered, taken[2:], strict=True):
                if ready:
                    ctx.set(getattr(dut.bus, f"{channel}valid"), 0)
        assert seen == [("near", "ar", 8)], "the read goes first, and nothing beside it"
        ctx.set(dut.near.rvalid, 1)
        await ctx.tick().until(dut.bus.rvalid)
        ctx.set(dut.near.rvalid, 0)
        await ctx.tick().repeat(8)
        last = {"word": "w", "address": "aw"}[late]
        assert not ctx.get(dut.bus.bvalid)
        ctx.set(getattr(dut.bus, f"{last}valid"), 1)
        await ctx.tick().until(getattr(dut.bus, f"{last}ready"))
        ctx.set(getattr(dut.bus, f"{last}valid"), 0)
        await ctx.tick().repeat(8)
        assert sorted(seen[1:]) == [("other", "aw", 4), ("other", "w", 55)]

    simulator.add_testbench(parts, background=True)
    simulator.add_testbench(play)
    simulator.run()


def test_a_beat_a_cycle(seed):
    """A burst of 32 beats takes 32 cycles and a few."""
    dut, simulator = simulated(64)

    async def play(ctx):
        ctx.set(dut.port.rready, 1)
        ctx.set(dut.port.araddr, FIRST * PAGE_BYTES)
        ctx.set(dut.port.arlen, 31)
        ctx.set(dut.port.arvalid, 1)
        await ctx.tick().until(dut.port.arready)
        ctx.set(dut.port.arvalid, 0)
        cycles, beats = 0, 0
        while beats < 32:
            *_, valid = await ctx.tick().sample(dut.port.rvalid)
            cycles, beats = cycles + 1, beats + valid
        assert cycles <= 32 + 3

    simulator.add_testbench(play)
    simulator.run()
