"""The figures of given rows: what is measured, and what is made of it."""

import json

import numpy as np
import pytest

import simulate
from dre import WTUConfig
from dre.layouts import ScoreMode
from wtu import expected as expected_module
from wtu import figures_wtu, given_rows, limits, timed_rows
from wtu.broken import BrokenWTU
from wtu.chunks import Job

BUILD = WTUConfig(lanes=4, max_clusters=64, on_chip_clusters=30, max_rows=64)
NAME = "test-wtu-4-64"  # the program of `test_fast_wtu`


@pytest.mark.slow
def test_rows_take_what_the_limits_say(seed, tmp_path, monkeypatch):
    monkeypatch.setitem(simulate.UNITS, "wtu", (BrokenWTU, WTUConfig))  # right in these contexts
    groups = {size: list(given_rows.made_up(size, seed)) for size in (29, 57)}
    right = expected_module.fast_rows.select_rows_by_weight

    def wrong(weights, token_count, TH):
        rows = right(weights, token_count, TH)
        rows.mass[:] += weights.shape == (2, 57)
        return rows

    monkeypatch.setattr(expected_module.fast_rows, "select_rows_by_weight", wrong)
    found = timed_rows.play(NAME, BUILD, groups, folder=tmp_path)
    assert list(found) == [29, 57]
    json.dumps(found)  # as figures are
    for size, own in found.items():
        assert [group["name"] for group in own] == [name for name, _ in groups[size]]
        for group in own:
            weights = group["name"].startswith(figures_wtu.WEIGHTS)
            mode = ScoreMode.WEIGHT if weights else ScoreMode.EXP
            assert (group["rows"], group["clusters"], len(group["interval"])) == (2, size, 1)
            limit = limits.first_mask(BUILD, size, mode)
            assert max(group["decided"]) <= limit
            if "equal" in group["name"]:
                assert min(group["decided"]) >= limit - (size > BUILD.on_chip_clusters)
            assert max(group["interval"]) <= limits.interval(BUILD, size, mode)
            assert group["wrong"] == (weights and size == 57)
            assert all(0 < entries <= size for entries in group["entries"])


def of_group(name, clusters, decided, interval=(9,), wrong=0):
    """As `timed_rows.play` finds it."""
    numbers = {"decided": list(decided), "interval": list(interval), "entries": [4, 6]}
    return {"name": name, "rows": 2, "clusters": clusters, "wrong": wrong} | numbers


def test_figures_are_made_of_what_was_measured(monkeypatch):
    equal, weights = "equal, Th_r 0.3", "weights, Th_r 0.8"
    found = {
        1024: [of_group(equal, 1024, (200, 261)), of_group(weights, 1024, (240, 250), (900, 100))],
        5000: [of_group(equal, 5000, (70, 71), (781,)), of_group(weights, 5000, (2, 3), (779,))],
        "T2": [of_group("T2, 0.3", 50, (30, 40)), of_group("T2, 0.8", 70, (50, 60), wrong=1)],
    }
    paper = {key: [one | {"decided": [9_999]} for one in own] for key, own in found.items()}
    asked = []

    def play(name, build, groups, say):
        asked.append((name, build.variant, list(groups)))
        return {key: (found if build.variant == "exact" else paper)[key] for key in groups}

    def chunk(size):
        return [("x", Job(0, np.zeros((2, size), np.uint16), np.ones(size, np.int64)))]

    monkeypatch.setattr(timed_rows, "play", play)
    groups = {1024: chunk(1024), 5000: chunk(5000), "T2": chunk(50)}
    made = figures_wtu.timed({"w": WTUConfig()}, figures_wtu.control(), groups, lambda what: None)
    assert asked == [("wtu-buckets", "bucket", [1024, "T2"]), ("w", "exact", [1024, 5000, "T2"])]
    assert len({(figure.figure, figure.trace) for figure in made}) == len(made), "names are unique"

    def one(text, of=""):
        own = [one for one in made if one.figure.startswith(text) and one.trace.startswith(of)]
        (figure,) = own
        return figure

    first = "cycles from the last entry loaded to the first mask"
    slow = one(f"asic, N = 1,024: {first}, worst row of scores")
    assert (slow.value, slow.meets(slow.must), slow.trace) == (261, False, f"made up: {equal}")
    assert slow.baseline == "the paper's buckets (asic) 9,999"
    other = one(f"asic, N = 1,024: {first}, worst row of weights")
    assert (other.value, other.meets(other.must)) == (250, True)
    usual, other = figures_wtu.MEANS
    long = one("asic, N = 5,000: sustained cycles per row", usual)
    assert (long.value, long.meets(long.must), long.baseline) == (781, False, None)
    long = one("asic, N = 5,000: sustained cycles per row", other)
    assert (long.value, long.must) == (779, None)
    for rows, decided in ((usual, (200, 261)), (other, (240, 250))):
        mean = round(sum(decided) / 2 + 64, 1)
        assert one("asic, N = 1,024: cycles incl. load", rows).value == mean
    assert one(f"asic, N = 50 to 70: {first}, mean").value == 45
    wrong = one("asic, N = 50 to 70: chunks with a row that differs")
    assert (wrong.value, wrong.meets(wrong.must), wrong.trace) == (1, False, "T2")


def test_the_control_is_the_papers_method():
    build = figures_wtu.control()
    assert (build.variant, build.buckets, build.axis, build.lanes) == ("bucket", 20, "linear", 16)
