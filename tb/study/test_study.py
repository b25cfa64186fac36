"""The study: its clips, what is chosen for each, and how figures come of rows."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from resv.laboratory import Row
from study import clips, comparing, figures_study, holding, report, tuning

ROW = Row(
    trace="t", trace_sha256="", clip="a", weights="random", weights_seed="1", regime="calibrated",
    policy="resv", table="ratio", kind="frames", target=0.1, knob=0.5, reached=True, layer=0,
    kv_head=0, block=0, chunks=4, query_rows=160, far_tokens=1_000, selected_tokens=100,
    mass_recalled=50.0, output_error=48.0, output_error_centred=50.0, operations=4_000.0,
    full_operations=8_000.0, table_bytes=300.0, kv_bytes=9_000.0, far_bytes=1.0,
    link_bytes=float("nan"), seed=0, version="0", settings_sha256="",
)  # fmt: skip
CLIPS = "abc"


def rows(policy, error, cost=1.0, clip="a", seed="1", **changed):
    """Rows of a policy at all ratios, ratio and equal k: five blocks with nearly this error."""
    about = {"trace": f"{clip}{seed}", "clip": clip, "weights_seed": seed, "policy": policy}
    return [
        replace(
            ROW,
            **about | changed,
            table=table,
            target=target,
            block=block,
            output_error=160 * (error + 0.001 * block),
            operations=cost * ROW.operations,
            table_bytes=cost * ROW.table_bytes,
        )
        for table in ("ratio", "equal_k")
        for target in tuning.RATIOS
        for block in range(5)
    ]


def test_no_two_clips_have_a_picture_in_common():
    seconds = clips.FRAMES / clips.FPS
    for one, other in combinations(clips.STARTS, 2):
        assert abs(one - other) >= seconds
    parts = clips.parts()
    assert len(parts) == 3 * 8 * 5
    assert len({part.path for part in parts}) == len(parts)
    assert len({part.clip for part in parts}) == 8
    assert clips.tokens(parts[0]) == 1_040
    assert 0 not in clips.SEEDS  # what methods were tried on first


def test_a_clip_is_judged_with_what_the_others_chose():
    grid = ("fine", "coarse", "dear")
    found = []
    for clip in CLIPS:
        # On clip a alone "coarse" is better, by so much that it would win with it.
        found += rows("resv", 0.4, clip=clip)
        found += rows("fine", 0.2, 1.8, clip=clip)
        found += rows("coarse", 0.01 if clip == "a" else 0.25, 1.2, clip=clip)
        found += rows("dear", 0.1, 1.9, clip=clip)
    assert tuning.chosen(found, grid) == {"a": "fine", "b": "coarse", "c": "coarse"}


def test_costs_are_over_the_same_traces():
    found = [*rows("resv", 0.4), *rows("resv", 0.4, 3.0, clip="b")]
    found += [*rows("x", 0.3, 2.0), *rows("x", 0.3, 4.0, clip="b")]
    assert tuning.costs(found, "x") == (1.5, 1.5)
    with pytest.raises(ValueError, match=r"rows must have y at 0\.1"):
        tuning.costs(found, "y")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([*rows("resv", 0.4), *rows("x", 0.3)], "rows must be of two clips or more, not 1"),
        (
            [row for clip in CLIPS for row in (*rows("resv", 1, 1, clip), *rows("x", 1, 3, clip))],
            "grid must have a setting that costs at most 1.82 times ReSV",
        ),
    ],
)
def test_no_choice(found, message):
    with pytest.raises(ValueError, match=message):
        tuning.chosen(found, ("x",))


@pytest.fixture
def study():
    """Errors of all policies on three clips, two seeds."""
    error = dict.fromkeys(report.SHOWN, 0.45)
    error |= {"random": 0.4, "topk_token": 0.1, "topk_frame_exp": 0.3, "cell": 0.35, "resv": 0.38}
    error |= {"resv_plus": 0.22, tuning.HELD_OUT: 0.2}
    found = [
        row
        for policy, value in error.items()
        for clip in CLIPS
        for seed in "12"
        for kind in ("frames", "text")
        for row in rows(policy, value + 0.01 * CLIPS.index(clip), 1.5, clip, seed, kind=kind)
    ]
    return comparing.Study(
        found, {("resv_plus", "calibrated"): dict.fromkeys(CLIPS, "resv_plus:Th_hd=5")}
    )


def test_figures_hold_it_to_the_better_bar(study):
    found = {figure.figure: figure for figure in figures_study.of_study(study)}
    one = found["resv_plus at 20 %, frames: output error"]
    assert (one.value, one.must, one.aim) == (21.2, "<= 31.20", "<= 21.20")  # means of five blocks
    assert one.meets(one.must)
    assert one.baseline == "topk_frame_exp 31.2, random 41.2"
    below = "resv_plus at 20 %, frames: error minus that of random, upper end of the 95 % interval"
    assert found[below].meets("< 0")
    assert found[below].baseline == "3 clips, 6 traces"
    assert found["resv_plus: table bytes over those of resv"].value == 1


def test_a_missed_bar_fails_but_where_nothing_can_reach_it(study):
    worse = [replace(row, output_error=160 * 0.5) for row in study.rows if "plus" in row.policy]
    others = [row for row in study.rows if "plus" not in row.policy]
    for regime, fails in (("calibrated", True), ("isotropic", False)):
        both = [replace(row, regime=regime) for row in (*others, *worse)]
        found = figures_study.of_study(comparing.Study(both, {}))
        missed = [one for one in found if not one.meets(one.must)]
        assert bool(missed) is fails


def test_the_report_has_every_policy(study, tmp_path):
    report.write(study, [], [], tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text()
    for policy in report.SHOWN:
        assert text.count(f"| `{policy}` | ") >= 2  # frames and text
    assert "| `random` | -20.0 [-20.0, -20.0] lower" in text
    assert "| 31.2 (30–32) |" in text
    assert "- resv_plus, calibrated: `resv_plus:Th_hd=5` in 3 clips\n" in text
    assert "equal link bytes" not in text  # nothing was measured


def test_equal_link_bytes_are_held_trace_by_trace(study, tmp_path):
    """Fewer bytes for what was held out; points at 10, 20 and 33 %."""
    found = [
        replace(
            row, far_bytes=1_000.0,
            link_bytes=1_000 * row.target * (0.5 if row.policy == tuning.HELD_OUT else 0.6),
            output_error=row.output_error - 100 * row.target,
        )
        for row in study.rows
    ]  # fmt: skip
    report.write(comparing.Study(found, {}), [], [], tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text().split("equal link bytes")[1]
    (line,) = (line for line in text.splitlines() if line.startswith("| `random` |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")][1:]
    assert cells[0] == "–"  # less than random ever reads
    # At 10 % random retrieves 1/6 of the tokens: 40 % of error, 1 % by clip, less 62.5 times that.
    assert cells[1].startswith(f"{41.2 - 62.5 / 6:.1f} (6 traces); ")
    assert cells[1].endswith(" lower")


def test_what_can_be_tuned_is_tuned_alike():
    for policy, grid in tuning.GRIDS.items():
        assert policy in grid  # as it is by default
        assert len(set(grid)) == len(grid) > 3
    found = []
    for clip in CLIPS:  # "little" does not reach 10 %: what it retrieves more must not count for it
        found += rows("resv", 0.4, clip=clip)
        found += rows("fine", 0.3, clip=clip)
        for row in rows("little", 0.5, clip=clip):
            changed = {"reached": False, "output_error": 160 * 0.1} if row.table == "ratio" else {}
            found.append(replace(row, **changed))
    assert tuning.chosen(found, ("fine", "little")) == dict.fromkeys(CLIPS, "fine")


def held(clip, automatic, by_Th_r):
    start = clips.STARTS[CLIPS.index(clip)]
    return holding.Held(clips.Part(start, 1), "resv", "ratio", automatic, np.array(by_Th_r))


def test_one_Th_r_for_all_comes_from_the_other_clips():
    found = [held("a", 0.3, [0.1, 0.9]), held("b", 0.4, [0.3, 0.5]), held("c", 0.5, [0.3, 0.5])]
    own = holding.holds(found, 0.33, automatic=True)
    assert own.mean.mean == pytest.approx(0.4)
    assert own.off.mean == pytest.approx((0.03 + 0.07 + 0.17) / 3)
    assert own.worst == pytest.approx(0.17)
    shared = holding.holds(found, 0.33, automatic=False)
    assert shared.mean.mean == pytest.approx((0.1 + 0.3 + 0.3) / 3)  # the first Th_r for all
    assert shared.mean.clips == 3


def test_what_each_Th_r_selects():
    worth = np.array([1.0, 2.0, 4.0])
    found = holding._up_to(np.array([0.5, 0.0, 0.995]), worth)
    at = dict(zip(np.round(holding.GRID, 3), found, strict=True))
    assert (at[0.0], at[0.49], at[0.5], at[0.994], at[0.995]) == (2, 2, 3, 3, 7)
