"""Random chunks through a whole DRE: a sample of `make verify CORE=dre TOOL=endurance`."""

import numpy as np
import pytest

from core import endurance_core
from dre.core import DREConfig
from dre.rtl import RTL
from verification import endurance

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)

pytestmark = pytest.mark.slow


def quiet(text):
    pass


def test_hundreds_of_chunks_are_right(seed):
    section = endurance.run("dre", full=False, seed=seed, say=quiet)
    values = {figure.figure: figure for figure in section.figures}
    assert values["operations"].value >= 400
    assert not [one for one in section.missed if one.figure != "situations never seen"], (
        section.notes
    )


def test_a_full_run_is_long_enough():
    shares = endurance_core.SHARES
    assert sum(share.count for share in shares.values()) >= 100_000
    assert {name.partition("-")[2] for name in shares} == {"asic", "fpga"}


def spoil(name, change):
    """A device of which one result is another than it was."""

    class Spoilt(RTL):
        def chunks(self, works):
            dones = super().chunks(works)
            for done in dones:
                value = getattr(done, name)
                if value is not None and np.size(value):
                    setattr(done, name, change(value))
            return dones

    return Spoilt


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("slots", lambda slots: slots[::-1] + (len(slots) == 1)),
        ("clusters", lambda clusters: clusters + 1),
        ("full", np.logical_not),
        ("distances", lambda distances: distances ^ 1),
        ("selected", np.logical_not),
        ("delivered", lambda delivered: delivered + 1),
        ("content", lambda content: content ^ 1),
        ("rows", lambda rows: rows | {"mass": rows["mass"] + 1}),
        ("lost", lambda lost: lost + 1),
    ],
)
def test_whatever_is_wrong_is_found(name, change, seed):
    tally = endurance_core.play(BUILD, seed, 60, make=spoil(name, change))
    assert tally.mismatches == 1
    assert f"piece {seed}" in tally.difference


def test_counts_and_tables_are_looked_at(seed, monkeypatch):
    def forgets(device, traffic):
        traffic.seen["pages_read"] += 1
        endurance_core.finish_(device, traffic)

    monkeypatch.setattr(endurance_core, "finish_", endurance_core.finish, raising=False)
    monkeypatch.setattr(endurance_core, "finish", forgets)
    tally = endurance_core.play(BUILD, seed, 20)
    assert "pages_read" in tally.difference
