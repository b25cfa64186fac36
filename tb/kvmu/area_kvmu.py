"""What ``make area`` measures of the KVMU and its mover, and what they must keep to."""

from amaranth.hdl import Value
from amaranth.sim import Simulator

from axi.plain import serve_reads, serve_writes
from dre.kvmu import KVMU, KVMUConfig, Mover, MoverConfig
from dre.kvmu.keeper.keeper import Keeper, amounts
from dre.kvmu.movers import Movers
from dre.kvmu.unit import COUNTED, STICKY, make_store
from dre.monitor import Monitor
from dre.packing import pack
from synthesis.builds import Build, Work

PAGE_BYTES = 4096
WORK = Work("page", "source")


def page(unit):
    """Cycles from a job of one page to its end, in memories without latency, and bits read."""
    config = unit._build
    source, target = unit.source, unit.target
    cycles = []

    async def order(ctx):
        regions = {side: {"limit": 16} for side in ("source", "target")}
        ctx.set(Value.cast(unit.regions), pack(config.regions, regions))
        ctx.set(Value.cast(unit.jobs.payload), pack(config.job, {"bytes": PAGE_BYTES}))
        ctx.set(unit.jobs.valid, 1)
        ctx.set(unit.done.ready, 1)
        await ctx.tick().until(unit.jobs.ready)
        ctx.set(unit.jobs.valid, 0)
        count = 0
        while not ctx.get(unit.done.valid):
            await ctx.tick()
            count += 1
        cycles.append(count)

    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(serve_reads(source), background=True)
    simulator.add_testbench(serve_writes(target), background=True)
    simulator.add_testbench(order)
    simulator.run()
    return cycles[0], 8 * PAGE_BYTES


def build(name, preset, *targets, **more):
    """A mover of 64 bits with 16 bursts outstanding."""

    def make():
        return Mover(MoverConfig(preset=preset))

    return Build(name, make, lambda: page(make()), *targets, **more)


def whole(preset):
    """The unit in the paper's size, its metadata in near memory."""
    return lambda: KVMU(KVMUConfig(store="near", preset=preset))


def part(name, make):
    """Of the unit as ``asic``; only its gates are counted."""
    return Build(name, make, None, gates_only=True)


PAPER = KVMUConfig(store="near", preset="asic")


def counters():
    """Of the unit, and its sticky bits."""
    return Monitor(counted=COUNTED, sticky=STICKY, widths=amounts(PAPER))


BUILDS = (
    build("mover asic", "asic"),
    build(
        "mover fpga",
        "fpga",
        *(None, ">= 110", ">= 130"),
        luts_must="<= 2534",
        luts_aim="<= 2000",
        one_hot=True,
    ),
    Build(
        "unit asic",
        whole("asic"),
        None,
        gates_must="<= 67",
        gates_aim="<= 50",
        gates_only=True,
    ),
    part("unit asic: lists and steps", lambda: Keeper(PAPER)),
    part("unit asic: two movers", lambda: Movers(PAPER.mover, PAPER.mover)),
    part("unit asic: store", lambda: make_store(PAPER)),
    part("unit asic: counters", lambda: counters()),
    Build("unit fpga", whole("fpga"), None, gates_only=True),
)
