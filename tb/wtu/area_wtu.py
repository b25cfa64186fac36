"""What ``make area`` measures of the WTU: builds, and what they must keep to."""

import numpy as np
from amaranth.hdl import Value
from amaranth.sim import Simulator

from dre import WTU, WTUConfig
from dre.packing import pack
from resv import wicsum_integer
from synthesis.builds import Build, Work
from wtu.workload import bf16_bits

WORK = Work("row", "score")
CLUSTERS = 1024
"""Of the row that is simulated."""

TH = 19_661
K, SHIFT = wicsum_integer.kappa(128**-0.5)


def row(unit, lanes):
    """Cycles from the last score to the first mask of a normal row, and score bits read for it."""
    random = np.random.default_rng(1)
    scores = bf16_bits(random.normal(0, 30, CLUSTERS))
    counts = random.integers(1, 50, CLUSTERS)
    taken = {}

    async def send(ctx, port, name, values):
        for beat in _packet(port, lanes, values):
            ctx.set(Value.cast(port.payload), beat)
            ctx.set(port.valid, 1)
            await ctx.tick().until(port.ready)
            taken[name] = cycle[0]
        ctx.set(port.valid, 0)

    async def send_scores(ctx):
        await send(ctx, unit.scores, "scores", scores)

    async def send_counts(ctx):
        settings = {"TH": TH, "K": K, "k": SHIFT}
        ctx.set(Value.cast(unit.settings), pack(unit.settings.shape(), settings))
        chunk = {"clusters": CLUSTERS, "rows": 1}
        ctx.set(Value.cast(unit.chunks.payload), pack(unit.chunks.payload.shape(), chunk))
        ctx.set(unit.chunks.valid, 1)
        await ctx.tick().until(unit.chunks.ready)
        ctx.set(unit.chunks.valid, 0)
        await send(ctx, unit.counts, "counts", counts)

    async def receive(ctx):
        for port in (unit.reads, unit.rows, unit.selected):
            ctx.set(port.ready, 1)
        while True:
            _, _, valid, payload = await ctx.tick().sample(unit.rows.valid, unit.rows.payload)
            cycle[0] += 1
            if valid and not payload.first:
                break
        taken["mask"] = cycle[0] - 1

    cycle = [0]
    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    for process in (send_scores, send_counts):
        simulator.add_testbench(process, background=True)
    simulator.add_testbench(receive)
    simulator.run()
    return taken["mask"] - taken["scores"], 16 * CLUSTERS


def _packet(port, lanes, values):
    """Beats of a packet, as numbers."""
    layout = port.payload.shape()
    yield pack(layout, {"first": 1, "data": {"header": {"clusters": CLUSTERS}}})
    offset = layout["data"].offset
    for n in range(0, len(values), lanes):
        beat = np.asarray(values[n : n + lanes], "<u2").tobytes()
        last = pack(layout, {"last": n + lanes >= len(values)})
        yield int.from_bytes(beat, "little") << offset | last


def unit(preset, **sizes):
    """The whole WTU: monitor, loader and emitter too."""
    return WTU(WTUConfig(preset=preset, **sizes))


def build(name, preset, sizes, *targets, **more):
    """A build of the WTU with 16 lanes."""
    return Build(
        name,
        lambda: unit(preset, **sizes),
        lambda: row(unit(preset, **sizes), 16),
        *targets,
        **more,
    )


BUILDS = (
    build("WTU asic", "asic", {}, "<= 155", gates_aim="<= 110"),
    build("WTU fpga", "fpga", {}, None, ">= 140", ">= 180", one_hot=True),
)
