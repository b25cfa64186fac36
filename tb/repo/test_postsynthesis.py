"""``make verify TOOL=postsynthesis``: benches pass on a netlist, and fail on one that is wrong."""

from types import SimpleNamespace

import pytest

from kvmu.builds_kvmu import MOVER_ONE
from verification import postsynthesis

UNIT = SimpleNamespace(CASES={"kvmu.bench_mover_limits": 3}, SETTINGS={})


def found(seed, change):
    build = {**MOVER_ONE, "preset": "asic"}
    name = "changed" if change else "right"
    return postsynthesis.play("mover", name, build, UNIT, seed, print, change)


@pytest.mark.slow
def test_a_netlist_passes(seed):
    (cells, failing), notes = found(seed, "")
    assert cells.value > 1_000
    assert (failing.value, failing.bound, notes) == (0, "of 3", [])


@pytest.mark.slow
def test_a_wrong_netlist_does_not(seed):
    (_, failing), notes = found(seed, "chtype -set $_NOR_ t:$_NAND_")
    assert failing.value
    assert not failing.meets(failing.must)
    assert notes[0].startswith("**Failed** on the netlist of `changed`: ")
