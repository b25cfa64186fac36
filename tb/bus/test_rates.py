"""Cycles: a beat in each on R and on W, an address in each, whoever asks (spec D116)."""

import pytest

from bus.master_bus import Temper
from bus.memory_bus import Habits
from bus.scene_bus import Scene
from dre.bus import ArbiterConfig, BusPort

CYCLES, FIRST = 100, 20
SPARED = 2
"""Cycles that masters lose, which keep away from each other's bytes."""


def build(**port):
    """Two ports of the bus's width."""
    ports = [BusPort(name=name, data_bits=128, **port) for name in ("a", "b")]
    return ArbiterConfig(ports=ports, data_bits=128, address_bits=16)


READERS, WRITERS = build(ids=16, reads=1), build(ids=16, writes=16)


@pytest.mark.parametrize(
    ("config", "longest", "channels"),
    [
        pytest.param(READERS, 1, ("ar", "r"), id="single reads"),
        pytest.param(READERS, 16, ("r",), id="long reads"),
        pytest.param(WRITERS, 1, ("aw", "w", "b"), id="single writes"),
        pytest.param(WRITERS, 16, ("w",), id="long writes"),
    ],
)
def test_no_cycle_is_lost(config, longest, channels, seed):
    scene = Scene(config, seed, lambda _: Temper(longest=longest), Habits(switch=0.0), failing=0)

    async def process(scene):
        await scene.cycles(FIRST)
        before = dict(scene.moves)
        await scene.cycles(CYCLES)
        for channel in channels:
            moved = scene.moves[channel] - before[channel]
            assert moved >= CYCLES - SPARED, f"{channel}: {moved} in {CYCLES} cycles"
        await scene.settle()

    scene.play(process)


def test_an_address_and_an_answer_take_a_cycle():
    """A read in a memory without latency: each register on the way is a cycle."""
    scene = Scene(READERS, 0, lambda _: Temper(busy=0, longest=1), failing=0)
    bus, master = scene.bench.wires["out"], scene.masters["a"]

    async def process(scene):
        ctx = scene._ctx
        await scene.cycles(3)
        master.temper = Temper(longest=1)
        await scene.cycles(1)
        master.temper = Temper(busy=0, longest=1)
        asked = scene.bench.wires["a"]["ar"]
        assert ctx.get(asked.seen) & 3 == 3, "offered, and taken at once"
        assert not ctx.get(bus["ar"].seen) & 1
        await scene.cycles(1)
        assert ctx.get(bus["ar"].seen) & 3 == 3
        await scene.cycles(1)
        assert ctx.get(bus["r"].seen) & 3 == 3
        assert not ctx.get(scene.bench.wires["a"]["r"].seen) & 1
        await scene.cycles(1)
        assert ctx.get(scene.bench.wires["a"]["r"].seen) & 3 == 3
        await scene.settle()
        assert master.done["read"] == 1

    scene.play(process)
