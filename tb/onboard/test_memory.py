"""The memories of a large board, and their windows: random bursts and looks, against bytes."""

import random

import pytest
from amaranth.sim import Simulator

from dre.axi import PAGE_BYTES
from dre.bringup.memory import OKAY, AXIMemory
from dre.registers.lite import SLVERR
from onboard.memory_peers import (
    BYTES,
    EMPTY,
    FIRST,
    NEAR,
    PAGES,
    WINDOW,
    Bursts,
    put,
    simulated,
    wide_port,
)
from registers.lite_master import Master


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
    dut = AXIMemory(wide_port(64), first_page=FIRST, pages=PAGES)
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
