"""The arbiter between random masters and a memory that keeps to AXI4 and to nothing more."""

from collections import Counter

import pytest

from bus.builds_bus import BUILDS
from bus.master_bus import Temper
from bus.memory_bus import Habits
from bus.scene_bus import Scene

HABITS = (
    Habits(),
    Habits(latency=(5, 40), strays=0.02),
    Habits(latency=(0, 9), ready=0.5, answer=0.6, lazy=True, strays=0.05),
    Habits(latency=(0, 30), ready=0.3, switch=0.8, words_first=True),
)


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


@pytest.mark.parametrize("build", BUILDS)
def test_every_byte_is_where_it_belongs(build, seed):
    """Under all stalls; and reset at any moment."""
    seen = Counter()
    for kind, habits in enumerate(HABITS):
        scene = Scene(BUILDS[build], f"{seed} {build} {kind}", mixed, habits)

        async def process(scene):
            await scene.cycles(150)
            for _ in range(2):
                await scene.restart()
                await scene.cycles(scene.rng.randint(1, 100))
            await scene.settle()

        scene.play(process)
        seen += scene.seen
    print(seen)
