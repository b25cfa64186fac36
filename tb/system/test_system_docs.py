"""docs/system.md: its code runs, and its tables say what the model says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resv import system
from resv.system import laws
from resv.system.figures import needs, tables
from resv.system.figures.rates import DESIGNS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "system.md").read_text(encoding="utf-8")


def test_the_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    times = [float(line.split()[2]) for line in run.stdout.splitlines()]
    assert times == sorted(times, reverse=True)
    assert times[0] == pytest.approx(443, abs=1)


def cells(name):
    """The row of a table that begins so; what is in brackets, and emphasis, left out."""
    (line,) = re.findall(rf"^\| \**{re.escape(name)}\**[^|]*\|(.*)\|$", PAGE, re.MULTILINE)
    return [re.sub(r"\(.*?\)|[*%]|ms", "", cell).strip() for cell in line.split("|")]


@pytest.mark.parametrize("name", DESIGNS)
def test_frames_a_second(name):
    said = [float(cell) for cell in cells(name)]
    for tokens, rate in zip((1_000, 10_000, 40_000, 100_000, 200_000), said, strict=True):
        found = system.frame(tokens=tokens, mode="ours", options=DESIGNS[name]).fps
        assert rate == pytest.approx(found, rel=0.04, abs=0.05)


SHARES = [point for point in needs.POINTS if (point[0], point[3]) != ("token", 1_000)]


@pytest.mark.parametrize(("kind", "machine", "batch", "tokens"), SHARES)
def test_shares_needed(kind, machine, batch, tokens):
    machine_of = {"v-rex8": "V-Rex8", "v-rex48": "V-Rex48"}[machine]
    row = f"{machine_of}{' token' * (kind == 'token')}, batch {batch}, {tokens // 1_000}K"
    milliseconds, hidden, not_hidden = (float(cell.replace(",", "")) for cell in cells(row))
    seconds = needs.paper_seconds(machine, batch, tokens, kind)
    assert milliseconds == pytest.approx(1e3 * seconds, abs=0.6)
    for said, how in ((hidden, True), (not_hidden, False)):
        found = 100 * needs.needed(machine, batch, tokens, seconds, how, kind)
        assert said == pytest.approx(found, abs=0.6)


def test_a_time_of_the_paper_needs_what_is_left_of_it():
    """V-Rex8 at 40K: what the link brings in 254.5 ms, but the last layer's and the tower."""
    share = needs.needed("v-rex8", 1, 40_000, 0.254, True)
    vision = system.frame(tokens=0, mode="calibrated").work.first[0].seconds
    brought = (0.2545 - vision) * 4e9 / (0.327 * 40_000 * 131_072)
    assert 1 - brought < share < 1 - brought + 0.04
    assert needs.needed("v-rex8", 1, 40_000, 0.05, True) == 1.0  # not even if all is local
    assert needs.needed("v-rex8", 1, 40_000, 9.0, False) == 0.0


@pytest.mark.parametrize("name", ["T2@0.3", "T2@0.2", "T3@0.3", "T3@0.08"])
def test_shares_reached(name):
    trace, th_r = name.split("@")
    said = [float(cell) for cell in cells(f"{trace}, Th_r {th_r} ") if cell]
    law = laws.law_of(name)
    for area, share in zip((0.5, 1, 1.5, 2), said, strict=True):
        assert share == pytest.approx(100 * (1 - law.read_share("frames", area)), abs=0.6)


@pytest.mark.parametrize("name", ["hcu", "wtu", "kvmu", "table unit, arbiter, registers", "DRE"])
def test_areas_and_powers(name):
    ours = tables.our_units()
    parts = {
        "DRE": (tables._sum(tables.paper_units().values()), tables._sum(ours.values())),
        "table unit, arbiter, registers": (None, ours["rest"]),
    }
    theirs, own = parts.get(name) or (tables.paper_units()[name], ours[name])
    row = name.upper() if name in ours else name
    for cell, part in zip(cells(row), (theirs, own), strict=True):
        said = [float(text) for text in cell.split(",") if text]
        assert said == ([] if part is None else [round(part.area, 4), round(part.power, 1)])


def test_streams_together():
    """What streams can do in one pass, of the page's second table of them."""
    table = PAGE[PAGE.index("together: can do, FPS") :]
    said = re.findall(r"^\| (\d+) \| ([\d.]+) \| (\w+) \|", table, re.M)
    assert [int(count) for count, _, _ in said] == [1, 2, 4, 8, 16]
    for count, rate, binds in said:
        options = system.Options(kv_bits=8, sharing=int(count))
        one = system.frame(tokens=40_000, batch=int(count), mode="ours", options=options)
        assert one.fps == pytest.approx(float(rate), abs=0.05)
        assert binds == max(("engine", "link"), key=one.busy.__getitem__)
