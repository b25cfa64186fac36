"""Numbers of the data files that nothing else would miss: restated from the paper, or counted."""

import re
import tomllib
from pathlib import Path

import pytest

from resv import system
from resv.system import policy

ROOT = Path(__file__).parents[2]

RETRIEVED = {  # % of the cache in frames and text: the paper's table of accuracies
    "flexgen": (100, 100),
    "infinigen": (100, 6.8),
    "infinigenp": (50.8, 6.8),
    "rekv": (58.4, 31.2),
    "resv": (32.7, 2.5),
}

HEADS, KV_HEADS, HEAD_SIZE = 32, 8, 128  # of Llama-3 8B


@pytest.mark.parametrize("name", RETRIEVED)
def test_ratios_are_those_of_the_paper(name):
    one = policy.policy_of(name)
    assert (100 * one.frames, 100 * one.text) == pytest.approx(RETRIEVED[name])


def test_six_times_the_cores_are_six_times_the_chip():
    """Table III: 8 and 48 cores alike."""
    small, large = (system.load_platform(name) for name in ("v-rex8", "v-rex48"))
    assert large.cores == 6 * small.cores
    assert large.chip_w == pytest.approx(6 * small.chip_w, rel=0.01)


def test_cycles_are_those_of_the_page():
    """Columns of `docs/core.md`; its rows have 32 and 8 tokens a cluster."""
    page = (ROOT / "docs" / "core.md").read_text(encoding="utf-8")
    said = {}
    for line in re.findall(r"^\| [\d,]+ \| .*\|$", page, re.MULTILINE):
        tokens, _, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for each, cell in ((32, cells[0]), (8, cells[2])):
            pair = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", cell)]
            if len(pair) == 2:
                clusters = -(-int(tokens.replace(",", "")) // each)
                said.setdefault(clusters, []).append(max(pair))
    data = ROOT / "model" / "resv" / "system" / "data" / "cycles.toml"
    table = tomllib.loads(data.read_text(encoding="utf-8"))
    found = dict(zip(table["clusters"], table["cycles"], strict=True))
    means = {clusters: sum(cycles) / len(cycles) for clusters, cycles in said.items()}
    assert found == pytest.approx(means, abs=1)


def test_operations_of_choosing():
    """Products of ten tokens' queries with what represents 40,000 tokens, two operations each."""
    for name, represented in (("infinigenp", 0.3 * 40_000), ("rekv", 0.1 * 40_000)):
        layer = system.frame("a100", name, tokens=40_000, mode="stated").work.layers[0]
        assert layer.before[-1].flops == pytest.approx(2 * 10 * HEADS * HEAD_SIZE * represented)
    layer = system.frame("v-rex8", "kvmu", tokens=40_000, mode="stated").work.layers[0]
    hashes = 2 * 10 * KV_HEADS * HEAD_SIZE * 32
    means = 2 * 10 * HEADS * HEAD_SIZE * 40_000 / 32
    assert layer.before[-1].flops == pytest.approx(hashes + means)
