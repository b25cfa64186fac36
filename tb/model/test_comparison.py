"""comparison: rows as a file, figures made from them, what is refused."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

import resv
from model.lab_traces import SMALL, made
from resv import laboratory, policies
from resv.laboratory import Row, Settings, comparison, rows

QUICK = ["random", "topk_token", "resv"]


@pytest.fixture(scope="module")
def traces():
    return {f"t{n}": made(n, frames=20) for n in range(3)}


@pytest.fixture(scope="module")
def found(traces):
    return resv.compare(traces, QUICK, [0.2, 0.5], config=SMALL, held_back=127, block_chunks=4)


# -- the file --------------------------------------------------------------------------------------


def test_rows_come_back_to_the_bit(found, tmp_path):
    found.save(tmp_path / "r.csv")
    back = laboratory.load(tmp_path / "r.csv")
    assert repr(back.rows) == repr(found.rows)
    assert repr(back.figures()) == repr(found.figures())
    assert repr(back.differences("random")) == repr(found.differences("random"))
    back.save(tmp_path / "s.csv")
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "s.csv").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("policy,", "police,"), "{path}: columns must be trace, trace_sha256, .*"),
        ((",True,", ",yes,"), "{path}, line 2: reached must be a bool, not 'yes'"),
        ((",frames,nan,", ",frames,few,"), "{path}, line 2: target must be a float, not 'few'"),
    ],
)
def test_damaged_files_are_refused(found, tmp_path, change, message):
    path = tmp_path / "r.csv"
    found.save(path)
    path.write_text(path.read_text().replace(*change, 1))
    pattern = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(ValueError, match="^" + pattern.replace(r"\{path\}", re.escape(str(path)))):
        laboratory.load(path)


def test_a_line_that_ends_too_early_is_refused(found, tmp_path):
    path = tmp_path / "r.csv"
    found.save(path)
    path.write_text(path.read_text()[:-120])
    with pytest.raises(ValueError, match=r"line \d+: \w+ must be a \w+, not"):
        laboratory.load(path)


# -- figures from rows -----------------------------------------------------------------------------


def row(**changes):
    """A row of which only what is given matters."""
    values = dict.fromkeys(Row.__dataclass_fields__, 1)
    texts = {"trace": "t", "clip": "c", "weights_seed": "0", "policy": "p", "table": "ratio"}
    return Row(**values | texts | {"kind": "frames", "target": 0.5, "regime": "r"} | changes)


def test_figures_are_sums_over_sums():
    found = laboratory.summary.figures([
        row(block=0, far_tokens=100, selected_tokens=10, query_rows=3, output_error=0.6,
            mass_recalled=1.5, operations=10, chunks=2, full_operations=100, table_bytes=7,
            kv_bytes=100, link_bytes=50, far_bytes=1_000),
        row(block=1, far_tokens=300, selected_tokens=90, query_rows=1, output_error=0.2,
            mass_recalled=0.5, operations=30, chunks=2, full_operations=300, table_bytes=9,
            kv_bytes=200, link_bytes=150, far_bytes=3_000, reached=False),
    ])  # fmt: skip
    assert (found.ratio, found.output_error, found.mass_recalled) == (0.25, 0.2, 0.5)
    assert (found.operations, found.operations_share) == (10, 0.1)
    assert (found.table_bytes, found.table_share) == (9, 9 / 200)
    assert (found.link_ratio, found.reached) == (0.05, False)
    with pytest.raises(ValueError, match="rows must be at least one, not none"):
        laboratory.summary.figures([])


def test_equal_link_bytes_are_between_measured_points():
    made_up = [
        row(target=t, link_bytes=b, far_bytes=100, output_error=e, query_rows=1)
        for t, b, e in ((0.1, 2, 0.8), (0.2, 4, 0.4), (0.3, 12, 0.2))
    ]
    made_up.append(row(policy="q", target=math.nan, link_bytes=5, far_bytes=100))
    made_up.append(row(policy="z", table="equal_k", link_bytes=math.nan))
    found = laboratory.at_equal_link(made_up, (0.01, 0.02, 0.03, 0.08, 0.13))
    assert list(found) == [("t", "p")]
    assert found["t", "p"] == pytest.approx([math.nan, 0.8, 0.6, 0.3, math.nan], nan_ok=True)


def test_differences_are_paired_by_clip_seed_and_block():
    """Blocks differ by much, the policies always by 0.25: pairing sees it."""
    made_up = []
    for clip, seed, block in np.ndindex(3, 2, 3):
        level = float(100 * clip + 10 * seed + block)
        at = {"clip": f"c{clip}", "weights_seed": str(seed), "trace": f"t{clip}{seed}"}
        at |= {"block": block, "query_rows": 4, "reached": True}
        made_up.append(row(policy="a", output_error=4 * (level - 0.25), **at))
        made_up.append(row(policy="b", output_error=4 * level, **at))
        made_up.append(row(policy="far", output_error=9.0, **at | {"reached": block == 0}))
    found = laboratory.differences(made_up, "b")
    one = found["r", "ratio", "frames", 0.5, "a"]
    assert (one.mean, one.low, one.high) == (-0.25, -0.25, -0.25)
    assert (one.clips, one.traces, one.blocks, one.verdict) == (3, 6, 18, "lower")
    assert found["r", "ratio", "frames", 0.5, "far"] is None  # its ratio was not reached
    assert len(found) == 2
    with pytest.raises(ValueError, match="against must be one of a, b, far, not 'c'"):
        laboratory.differences(made_up, "c")
    with pytest.raises(ValueError, match=r"metric must be one of output_error, .*, not 'x'"):
        laboratory.differences(made_up, "b", "x")


def test_a_difference_is_that_of_the_figures(traces, found):
    one = resv.compare(traces["t0"], QUICK, [0.5], config=SMALL, link=False, block_chunks=3)
    at = ("trace 0", "frames", "equal_k")
    figures = one.figures()
    expected = figures[*at, "topk_token", 0.5].output_error
    expected -= figures[*at, "random", 0.5].output_error
    interval = one.differences("random")["", "equal_k", "frames", 0.5, "topk_token"]
    assert interval.mean == pytest.approx(expected)
    assert interval.verdict == "lower"
    several = found.differences("random")["", "equal_k", "frames", 0.5, "topk_token"]
    assert (several.clips, several.traces) == (3, 3)


def test_near_memory_that_holds_everything_reads_nothing(found):
    assert {r.link_bytes for r in found.rows if r.table == "ratio" and r.kind == "frames"} == {0.0}


# -- what is told and refused ----------------------------------------------------------------------


def test_what_was_compared_is_told(traces):
    settings = Settings(policies=("resv:Th_hd=3", "random"), config=SMALL, held_back=127)
    about = json.loads(comparison.describe(traces, settings))
    assert about["settings_sha256"] == settings.sha256
    assert about["settings"]["policies"]["resv:Th_hd=3"]["Th_hd"] == 3
    assert about["formulas"]["resv:Th_hd=3"]["knob"] == "Th_r"
    assert list(about["traces"]) == ["t0", "t1", "t2"]
    changes = [{"seed": 1}, {"ratios": (0.1,)}, {"area_pages": 5}, {"policies": ("resv",)}]
    changes += [{"knobs": (0.3,)}, {"layers": (0,)}, {"kv_heads": (0,)}]
    assert len({settings.sha256, *(replace(settings, **one).sha256 for one in changes)}) == 8


def test_rows_are_written_as_they_are_finished(traces, tmp_path):
    class Breaks(policies.Policy):
        name = "breaks"

        def scores(self, past, rows):
            raise ValueError("it breaks")

    with (tmp_path / "r.csv").open("w", newline="") as file:
        writer = rows.RowWriter(file)
        with pytest.raises(ValueError, match="it breaks"):
            resv.compare(
                traces, ["random", Breaks()], [0.2], config=SMALL, link=False, write=writer.write
            )
        kept = laboratory.load(tmp_path / "r.csv")  # the file is still open
    assert {row.policy for row in kept.rows} == {"nothing", "random"}


@pytest.mark.parametrize(
    ("entries", "error", "message"),
    [
        (lambda F: np.full(F, np.nan), ValueError, "entries of own must be at least 0, not nan"),
        (lambda F: np.full(F, -0.5), ValueError, "entries of own must be at least 0, not -0.5"),
        (lambda F: np.zeros(F + 1), ValueError, "entries must have shape"),
        (lambda F: np.zeros(F, int), TypeError, "entries must be a float64 array, not int64"),
    ],
)
def test_entries_of_one_s_own_are_checked(traces, entries, error, message):
    class OwnHead(policies.Head):
        def entries(self, past, rows):
            return entries(past.far_tokens)

    class Own(policies.Policy):
        name = "own"

        def start(self):
            return OwnHead(self)

    with pytest.raises(error, match=f"^{message}"):
        resv.compare(traces["t0"], [Own()], config=SMALL, link=False)


def test_traces_of_one_clip_are_of_one_clip():
    def of(source, **more):
        trace = made(0, source=source, **more)
        return {r.clip for r in resv.compare(trace, ["recent"], config=SMALL, link=False).rows}

    assert of("film.mp4; 60 frames at 2 FPS") == of("film.mp4; all frames") == {"film.mp4"}
    assert of("film.mp4; 60 frames at 2 FPS", clip="scene 3") == {"scene 3"}


def test_progress_is_told(traces):
    seen = []
    resv.compare(
        traces["t0"], ["random"], [0.2], config=SMALL, link=False, say=lambda *a: seen.append(a)
    )
    assert seen == [
        (f"trace 0: {name}", n, 8) for name in ("nothing", "random") for n in range(1, 9)
    ]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"traces": []}, ValueError, "traces must be at least one, not none"),
        ({"traces": [3]}, TypeError, "traces must be Trace, not int"),
        ({"ratios": [0.2, 1.0]}, ValueError, "ratios must be above 0 and below 1, not 1"),
        ({"ratios": [0]}, ValueError, "ratios must be above 0 and below 1, not 0"),
        ({"ratios": ["5"]}, TypeError, "ratios must be a number, not str"),
        ({"ratios": []}, ValueError, "ratios must be one or more, all different, not []"),
        ({"ratios": [0.2, 0.2]}, ValueError, "ratios must be one or more, all different, not"),
        ({"knobs": [1.5]}, ValueError, "knobs must be between 0 and 1, not 1.5"),
        ({"knobs": [0.5, 0.5]}, ValueError, "knobs must be all different, not [0.5, 0.5]"),
        ({"layers": [2]}, ValueError, "trace 0: layers must be in the trace, which has 0 to 1"),
        ({"kv_heads": [1, 1]}, ValueError, "kv_heads must be one or more, all different, not [1,"),
        ({"layers": []}, ValueError, "layers must be one or more, all different, not []"),
        ({"layers": 1}, TypeError, "layers must be several, in a list, not 1"),
        ({"layers": [-1]}, ValueError, "layers must be at least 0, not -1"),
        ({"ratios": 0.2}, TypeError, "policies and ratios must be several, in a list, not 0.2"),
        ({"policies": "resv"}, TypeError, "policies and ratios must be several, in a list, not"),
        ({"policies": ["resw"]}, ValueError, "policy must be one of full"),
        ({"policies": ["resv", "resv"]}, ValueError, "policies must be different ones, not 'resv'"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
        ({"block_chunks": 0}, ValueError, "block_chunks must be at least 1, not 0"),
        ({"area_pages": 0}, ValueError, "area_pages must be at least 1, not 0"),
        ({"link": 1}, TypeError, "link must be True or False, not 1"),
        ({"config": 3}, TypeError, "config must be a Config, not int"),
        ({"link": True}, ValueError, "held_back must be at least a page less one token, 127 at"),
        ({"policies": ["kmeans"]}, ValueError, "kmeans:block_tokens must be at most recent_tokens"),
        (
            {"config": resv.Config()},
            ValueError,
            "trace 0: trace must have more than its sinks and recent window (16 + 200 tokens) "
            "before its last chunk, not 86",
        ),
    ],
)
def test_bad_arguments_are_refused_before_any_work(traces, monkeypatch, change, error, message):
    monkeypatch.setattr(comparison, "measure", lambda *_: pytest.fail("work was done"))
    good = {"traces": traces["t0"], "policies": QUICK, "ratios": [0.2], "config": SMALL}
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        resv.compare(**good | {"link": False, "held_back": 9} | change)


def test_head_sizes_that_fill_no_page_and_equal_traces_are_refused(traces, tmp_path):
    with pytest.raises(ValueError, match="t: head size must divide 1,024 for link bytes, not 6"):
        resv.compare({"t": made(0, d=6)}, QUICK, config=SMALL)
    resv.save_trace(tmp_path / "t", traces["t0"])
    same = [resv.load_trace(tmp_path / "t") for _ in range(2)]
    with pytest.raises(ValueError, match="traces must be different ones, not trace 0 twice"):
        resv.compare(same, QUICK, config=SMALL)
