# amaranth: UnusedElaboratable=no
"""Parts of the mover in moments that a bench hardly ever meets."""

import pytest
from amaranth.hdl import Module, Value
from amaranth.sim import Simulator

from dre.kvmu import MoverConfig
from dre.kvmu.check import JobCheck
from dre.kvmu.endings import Endings
from dre.kvmu.watch import Watch
from dre.kvmu.writer import Writer
from dre.queue import Queue

CONFIG = MoverConfig(outstanding=4, burst_bytes=64, jobs=2, job_bytes=256, timeout=128)


def simulate(unit, process):
    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(process)
    simulator.run()


def test_an_id_given_anew_is_not_overdue():
    """Its old burst was found overdue, but has ended before that could be told."""
    unit = Watch(CONFIG)

    async def process(ctx):
        ctx.set(unit.overdue_taken, 0)
        while not ctx.get(unit.overdue.valid):
            await ctx.tick()
        number = ctx.get(unit.overdue.index)
        await ctx.tick().repeat(5)
        assert ctx.get(unit.overdue.valid), "it is told until it is taken"
        ctx.set(unit.opened.valid, 1)
        ctx.set(unit.opened.id, number)
        await ctx.tick()
        ctx.set(unit.opened.valid, 0)
        assert not ctx.get(unit.overdue.valid)
        ctx.set(unit.overdue_taken, 1)
        count = 0
        while True:  # the others are found meanwhile
            await ctx.tick()
            count += 1
            if ctx.get(unit.overdue.valid) and ctx.get(unit.overdue.index) == number:
                break
        assert CONFIG.timeout <= count <= 2 * CONFIG.timeout + 8

    simulate(unit, process)


@pytest.mark.parametrize("delay", range(-3, 4))
def test_an_id_that_gets_a_burst_as_it_is_found_free_is_not_given_up(delay):
    """It had none for so long that it counts as aged; whenever that is told, the burst is young."""
    m = Module()
    m.submodules.watch = watch = Watch(CONFIG)
    m.submodules.endings = endings = Endings(CONFIG)
    m.d.comb += [
        endings.overdue.eq(watch.overdue),
        watch.overdue_taken.eq(endings.overdue_taken),
        watch.opened.eq(endings.opened),
    ]

    async def process(ctx):
        told = await moments(ctx)
        await ctx.tick().repeat(told[1] - told[0] + delay - 1)  # the same ID is told once more
        ctx.set(endings.opened.valid, 1)
        ctx.set(endings.opened.id, 2)
        ctx.set(endings.opened.tag, 1)
        await ctx.tick()
        ctx.set(endings.opened.valid, 0)
        for _ in range(CONFIG.timeout):
            assert not ctx.get(endings.event.valid)
            assert not ctx.get(endings.expired.valid)
            await ctx.tick()
        assert ctx.get(endings.live) == 0b0100
        while not ctx.get(endings.event.valid):
            await ctx.tick()
        assert ctx.get(endings.event.tag) == 1

    async def moments(ctx):
        """When ID 2 is told, twice; it has no burst."""
        told, now = [], 0
        while len(told) < 2:
            if ctx.get(watch.overdue.valid) and ctx.get(watch.overdue.index) == 2:
                told.append(now)
            await ctx.tick()
            now += 1
        return told

    simulate(m, process)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_job_longer_than_the_address_space_is_refused(side):
    config = MoverConfig(address_bits=16, job_bytes=2**20)
    unit = JobCheck(config)

    async def process(ctx):
        ctx.set(unit.regions[side].limit, 1)
        ctx.set(unit.regions["target" if side == "source" else "source"].limit, 15)
        for size, refused in (
            (4096, False),
            (2**16 + 8, True),
            (2**17 + 8, True),
            (2**19 + 8, True),
        ):
            ctx.set(unit.jobs.payload.bytes, size)
            ctx.set(unit.jobs.valid, 1)
            ctx.set(unit.checked.ready, 1)
            assert not ctx.get(unit.idle), "what begins to be looked at shows at once"
            while not ctx.get(unit.checked.valid):
                await ctx.tick()
            assert ctx.get(unit.checked.payload.refused) == refused
            await ctx.tick()
        ctx.set(unit.hold, 1)
        assert ctx.get(unit.idle)

    simulate(unit, process)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_region_beyond_the_address_space_has_no_address_there(side):
    """A limit says more pages than there are: a job up to the last one may be, none further."""
    config = MoverConfig(address_bits=16, job_bytes=4096)
    unit = JobCheck(config)

    async def process(ctx):
        for name in ("source", "target"):
            ctx.set(unit.regions[name].limit, 31)
        ctx.set(unit.jobs.valid, 1)
        ctx.set(unit.checked.ready, 1)
        for size, refused in ((64, False), (72, True), (4096, True)):
            ctx.set(unit.jobs.payload[side], 2**16 - 64)
            ctx.set(unit.jobs.payload.bytes, size)
            while not ctx.get(unit.checked.valid):
                await ctx.tick()
            assert ctx.get(unit.checked.payload.refused) == refused
            await ctx.tick()

    simulate(unit, process)


@pytest.mark.parametrize("delay", range(6))
def test_a_burst_given_up_as_it_would_begin_is_not_written(delay):
    """Whenever it is given up: it is either begun before, or skipped."""
    unit = Writer(CONFIG)

    async def process(ctx):
        ctx.set(unit.requests.ready, 1)
        ctx.set(unit.words.ready, 1)
        ctx.set(unit.live, 0b0010)
        ctx.set(unit.landed.payload.id, 1)
        ctx.set(unit.landed.valid, 1)
        started = skipped = False
        given_up = None
        for now in range(20):
            ctx.set(unit.expiring, now == delay)
            if now == delay + 1:  # a flag is cleared behind the cycle that gives up
                ctx.set(unit.live, 0)
                given_up = not started
            ctx.set(unit.skip_taken, 0)
            if ctx.get(unit.skipped.valid):
                ctx.set(unit.skip_taken, 1)
                skipped = True
            begins = ctx.get(unit.started.valid)
            assert not (begins and given_up), "it was begun behind that"
            assert not (begins and now == delay), "it was begun in that cycle"
            started = started or bool(begins)
            taken = ctx.get(unit.landed.ready)
            await ctx.tick()
            if taken:
                ctx.set(unit.landed.valid, 0)
        assert started != skipped

    simulate(unit, process)


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_a_queue_gives_what_it_got(depth):
    unit = Queue(8, depth)
    pushed, got = list(range(40)), []

    async def process(ctx):
        waiting = list(pushed)
        for now in range(600):
            push = bool(waiting) and len(pushed) - len(waiting) - len(got) < depth and now % 3 != 1
            ctx.set(unit.push, push)
            ctx.set(unit.i, waiting[0] if push else 255)
            ctx.set(unit.o.ready, now % 5 != 0 and now % 50 < 35)
            took = ctx.get(unit.o.valid) and ctx.get(unit.o.ready)
            value = ctx.get(Value.cast(unit.o.payload))
            await ctx.tick()
            if push:
                waiting.pop(0)
            if took:
                got.append(value)

    simulate(unit, process)
    assert got == pushed
