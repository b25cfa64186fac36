"""docs/system.md: its code runs, and its tables say what the model says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resv import system
from resv.system import laws
from resv.system.figures import needs
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


@pytest.mark.parametrize(
    ("row", "machine", "batch", "tokens"),
    [
        ("V-Rex8, batch 1, 10K", "v-rex8", 1, 10_000),
        ("V-Rex8, batch 4, 40K", "v-rex8", 4, 40_000),
        ("V-Rex8, batch 16, 40K", "v-rex8", 16, 40_000),
        ("V-Rex48, batch 1, 40K", "v-rex48", 1, 40_000),
        ("V-Rex48, batch 8, 40K", "v-rex48", 8, 40_000),
    ],
)
def test_shares_needed(row, machine, batch, tokens):
    milliseconds, hidden, not_hidden = (float(cell.replace(",", "")) for cell in cells(row))
    seconds = needs.paper_seconds(machine, batch, tokens)
    assert milliseconds == pytest.approx(1e3 * seconds, abs=0.6)
    for said, how in ((hidden, True), (not_hidden, False)):
        found = 100 * needs.needed(machine, batch, tokens, seconds, how)
        assert said == pytest.approx(found, abs=0.6)


@pytest.mark.parametrize("name", ["T2@0.3", "T2@0.2", "T3@0.3", "T3@0.08"])
def test_shares_reached(name):
    trace, th_r = name.split("@")
    said = [float(cell) for cell in cells(f"{trace}, Th_r {th_r} ") if cell]
    law = laws.law_of(name)
    for area, share in zip((0.5, 1, 1.5, 2), said, strict=True):
        assert share == pytest.approx(100 * (1 - law.read_share("frames", area)), abs=0.6)
