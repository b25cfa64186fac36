"""The arbiter between random masters and a memory that keeps to AXI4 and to nothing more."""

import pytest

from bus.builds_bus import BUILDS
from bus.master_bus import Temper
from bus.memory_bus import Habits
from bus.scene_bus import Scene

HABITS = (
    Habits(),
    Habits(latency=(5, 40), strays=0.05),
    Habits(latency=(0, 9), ready=0.5, answer=0.6, lazy=True, strays=0.1),
    Habits(latency=(0, 30), ready=0.3, switch=0.8, words_first=True),
    Habits(latency=(10, 90), switch=0.8),
)

READS = ("ar waits", "a port lets r wait", "reset with reads under way", "ar is held back")
WRITES = ("aw waits", "w waits", "a port lets b wait", "reset with writes under way")
TURNS = (
    *("ar of two ports at once", "aw of two ports at once", "words of two ports at once"),
    *("as many writes ahead as may be", "beats of two bursts are mixed", "aw is held back"),
    *("writes end in another order", "a stray on r of a port", "a stray on b of a port"),
)
WANTED = {
    "one": (*READS, *WRITES, "beats of two bursts are mixed", "a stray on r of a port"),
    "two": (*READS, *WRITES, *TURNS, *(f"a{x} narrow, lane {n}" for x in "rw" for n in range(2))),
    "five": (
        *(*READS, *WRITES, *TURNS, "a stray on r of no port", "a stray on b of no port"),
        *(f"a{x} narrow, lane {n}" for x in "rw" for n in range(4)),
    ),
    "readers": (*READS, "ar of two ports at once", "a stray on r of a port"),
}
"""What the random masters must have come to, by build."""


def mixed(rng):
    """A master of some kind or other."""
    return Temper(
        busy=rng.choice([1.0, 0.3, 0.05]),
        offer=rng.choice([1.0, 0.7, 0.3]),
        take=rng.choice([1.0, 1.0, 0.6, 0.3]),
        longest=rng.choice([1, 4, 16]),
        pushy=rng.choice([0, 0, 2]),
        early_words=rng.random() < 0.3,
    )


def eager(rng):
    """A master that wants more than it gets."""
    return Temper(longest=rng.choice([1, 3]), pushy=2, take=rng.choice([1.0, 0.5]))


@pytest.mark.parametrize("build", BUILDS)
def test_every_byte_is_where_it_belongs(build, seed):
    """Under all stalls, with strays and places that fail; and reset at any moment."""
    scene = Scene(BUILDS[build], f"{seed} {build}", eager)

    async def process(scene):
        for habits in HABITS:
            for tempers in (eager, mixed):
                scene.change(tempers, habits)
                await scene.cycles(90)
                await scene.restart()
                await scene.cycles(scene.rng.randint(1, 60))
            await scene.settle()
            await scene.strays()

    scene.play(process)
    missing = [name for name in WANTED[build] if not scene.seen[name]]
    assert not missing, f"never seen: {missing}"
