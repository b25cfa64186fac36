"""Accesses that are shared out among the parts of a bring-up system."""

import pytest
from amaranth.sim import Simulator

from dre.bringup.split import LiteSplit
from onboard.memory_peers import EMPTY, NEAR, WINDOW_BITS


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
