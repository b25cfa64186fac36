"""Tables I and III: ours beside the paper's, from gates, and gates from what was measured."""

import re
from pathlib import Path

import pytest

from resv.system import modes
from resv.system.figures import FIGURES, tables

ROOT = Path(__file__).parents[2]
CORE_MM2, CORE_MW = 1.89, 2_609.43


def of(name, chosen=modes.MODES):
    return {value.what: value for value in FIGURES[name][1](chosen, lambda text: None).values}


def test_gates_are_those_of_the_page():
    """`make area CORE=dre` as docs/area.md has it."""
    page = (ROOT / "docs" / "area.md").read_text(encoding="utf-8").split("## The DRE\n")[1]
    names = {"HCU": "hcu", "WTU": "wtu", "KVMU": "kvmu", "table unit": "table", "DRE": "dre"}
    names |= {"arbiter": "arbiter", "registers, counts of 64 bits, queues of commands": "registers"}
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+) \| [\d,]+ \| ([\d,]+) \|$", page, re.M)
    found = {names[row[0]]: [float(row[1]), int(row[2].replace(",", ""))] for row in rows}
    gates = tables._gates()
    assert found == {name: gates[name] for name in names.values()}


def test_areas_are_gates():
    """0.15 square micrometres a NAND2: 256.6 thousand are 0.038 mm²."""
    table = of("table-3")
    kilo = {"HCU": 14.0, "WTU": 140.4, "KVMU": 65.1, "DRE": 256.6}
    for name, gates in kilo.items():
        assert table[f"{name} area"].ours["ours"] == pytest.approx(gates * 1.5e-4)
    rest = 256.6 - 14.0 - 140.4 - 65.1
    assert table["others' area"].ours["ours"] == pytest.approx(rest * 1.5e-4)


def test_power_is_the_papers_by_area():
    table = of("table-3")
    theirs = {"HCU": (0.28, 2.99), "WTU": (1.23, 39.04), "KVMU": (0.53, 15.01)}
    sums = 0.0
    for name, (percent, power) in theirs.items():
        area = table[f"{name} area"].ours["ours"]
        expected = power * area / (CORE_MM2 * percent / 100)
        assert table[f"{name} power"].ours["ours"] == pytest.approx(expected)
        assert table[f"{name} power"].paper == power
        sums += expected
    rest = table["others' area"].ours["ours"]
    sums += rest * (2.99 + 39.04 + 15.01) / (CORE_MM2 * 0.0204)
    assert table["DRE power"].ours["ours"] == pytest.approx(sums)
    core = table["core with DRE power"]
    assert core.ours["ours"] == pytest.approx(CORE_MW - 57.04 + sums)
    assert core.paper == CORE_MW


@pytest.mark.parametrize(("name", "cores", "link"), [("V-Rex8", 8, 12), ("V-Rex48", 48, 48)])
def test_machines_are_their_cores(name, cores, link):
    core, table = of("table-3"), of("table-1")
    area = table[f"{name} area"]
    assert area.ours["stated"] == pytest.approx(cores * CORE_MM2)
    assert area.ours["ours"] == pytest.approx(cores * core["core with DRE area"].ours["ours"])
    memories = table[f"{name} memories"].ours["stated"]
    power = table[f"{name} power"]
    assert power.ours["stated"] == pytest.approx(cores * CORE_MW / 1e3 + link + memories)
    ours = cores * core["core with DRE power"].ours["ours"] / 1e3
    assert power.ours["ours"] == pytest.approx(ours + link + memories)
    as_left = table[f"{name} power, memories as left"]
    assert as_left.ours["ours"] == pytest.approx(ours - cores * CORE_MW / 1e3 + as_left.paper)


def test_only_the_modes_asked_for():
    assert {mode for value in of("table-1", ["ours"]).values() for mode in value.ours} == {"ours"}
    assert of("table-1", ["calibrated"]) == {}
