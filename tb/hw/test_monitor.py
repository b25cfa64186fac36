"""Monitor: what is counted, what stays, and who wins in one cycle."""

import random

from amaranth.sim import Simulator

from dre.monitor import COUNTER_BITS, Monitor

COUNTED = ("done", "lost", "late")
STICKY = ("late", "lost")  # in another order, and not all


def play(bench):
    """Run a bench on a fresh monitor."""
    dut = Monitor(counted=COUNTED, sticky=STICKY)
    finished = []

    async def whole_bench(ctx):
        await bench(ctx, dut)
        finished.append(True)

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(whole_bench)
    simulator.run()
    assert finished


async def cycle(ctx, dut, events=(), clear=()):
    """One cycle with these events, and these status bits being cleared."""
    for name in COUNTED:
        ctx.set(dut.events[name], name in events)
    for name in STICKY:
        ctx.set(dut.clear[name], name in clear)
    await ctx.tick()


def counts(ctx, dut):
    return {name: ctx.get(dut.counters[name]) for name in COUNTED}


def status(ctx, dut):
    return {name for name in STICKY if ctx.get(dut.status[name])}


def test_an_event_shows_one_cycle_later_and_counts_once():
    async def bench(ctx, dut):
        assert counts(ctx, dut) == {"done": 0, "lost": 0, "late": 0}
        await cycle(ctx, dut, events={"done", "lost"})
        assert counts(ctx, dut) == {"done": 1, "lost": 1, "late": 0}
        await cycle(ctx, dut)
        assert counts(ctx, dut) == {"done": 1, "lost": 1, "late": 0}

    play(bench)


def test_a_status_bit_stays_until_it_is_cleared():
    async def bench(ctx, dut):
        assert status(ctx, dut) == set()
        await cycle(ctx, dut, events={"lost", "done"})
        for _ in range(3):
            assert status(ctx, dut) == {"lost"}
            await cycle(ctx, dut, clear={"late"})
        await cycle(ctx, dut, clear={"lost"})
        assert status(ctx, dut) == set()
        assert counts(ctx, dut)["lost"] == 1, "a counter is cleared by reset only"

    play(bench)


def test_an_event_wins_over_a_clear_in_the_same_cycle():
    async def bench(ctx, dut):
        await cycle(ctx, dut, events={"late"})
        await cycle(ctx, dut, events={"late"}, clear={"late", "lost"})
        assert status(ctx, dut) == {"late"}
        await cycle(ctx, dut, clear={"late"})
        assert status(ctx, dut) == set()

    play(bench)


def test_random_events(seed):
    async def bench(ctx, dut):
        rng = random.Random(seed)
        seen, held = dict.fromkeys(COUNTED, 0), set()
        for _ in range(500):
            events = {name for name in COUNTED if rng.random() < 0.4}
            clear = {name for name in STICKY if rng.random() < 0.4}
            await cycle(ctx, dut, events, clear)
            seen = {name: count + (name in events) for name, count in seen.items()}
            held = (held - clear) | (events & set(STICKY))
            assert (counts(ctx, dut), status(ctx, dut)) == (seen, held)

    play(bench)


def test_a_counter_wraps():
    async def bench(ctx, dut):
        ctx.set(dut.counters.late, 2**32 - 2)
        for expected in (2**32 - 1, 0, 1):
            await cycle(ctx, dut, events={"late"})
            assert counts(ctx, dut) == {"done": 0, "lost": 0, "late": expected}

    play(bench)
    assert COUNTER_BITS == 32


def test_an_even_amount_sets_the_status_bit_too():
    """Its lowest bit is 0."""
    dut = Monitor(counted=("lost",), sticky=("lost",), widths={"lost": 2})
    finished = []

    async def bench(ctx):
        ctx.set(dut.events.lost, 2)
        await ctx.tick()
        ctx.set(dut.events.lost, 0)
        await ctx.tick()
        assert ctx.get(dut.counters.lost) == 2
        assert ctx.get(dut.status.lost)
        finished.append(True)

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    assert finished
