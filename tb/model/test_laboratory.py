"""laboratory: figures against the golden model's own attention, and what must hold of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resv
from model.lab_traces import KINDS, SMALL, compared, made
from resv import policies
from resv.attention import full_attention, light_attention
from resv.laboratory import knobs, summary
from resv.laboratory.attending import Attending

ALL = [
    "full", "random", "recent", "topk_token", "topk_frame_mean", "topk_frame_exp", "segment",
    "cell:frames=4", "kmeans:block_tokens=8:clusters=2", "resv", "resv:Th_hd=3",
]  # fmt: skip


@pytest.fixture(scope="module")
def trace():
    return made(0, frames=30)


@pytest.fixture(scope="module")
def found(trace):
    return compared(trace, ALL)


# -- one chunk -------------------------------------------------------------------------------------


def far_mass(seen, chosen):
    """Share of each row's far softmax mass on the chosen positions, in plain Python."""
    far = range(seen.past.far.start, seen.past.far.stop)
    shares = []
    for row in seen.rows:
        logits = {p: seen.past.scale * float(row @ seen.keys[p]) for p in far}
        top = max(logits.values())
        weights = {p: math.exp(x - top) for p, x in logits.items()}
        shares.append(math.fsum(weights[p] for p in chosen) / math.fsum(weights.values()))
    return math.fsum(shares)


@pytest.mark.parametrize("seed", range(3))
def test_quality_is_that_of_light_against_full_attention(seed):
    trace, rng = made(seed), np.random.default_rng(seed)
    for seen in policies.walk(trace, 1, 1, SMALL):
        past, end = seen.past, len(seen.keys)
        q = trace.q[1, 2:4, past.first : end]
        k, v = (a[1, 1:, :end] for a in (trace.k, trace.v))
        full = full_attention(q, k, v, 0.5)
        order = rng.permutation(past.far_tokens)
        counts = [0, 1, past.far_tokens // 2, past.far_tokens, past.far_tokens // 2]
        for count, quality in zip(counts, Attending(seen).first(order, counts), strict=True):
            chosen = np.sort(order[:count]) + 3
            attended = np.concatenate([np.arange(3), chosen, np.arange(past.first - 8, past.first)])
            light = light_attention(q, k, v, 0.5, [attended])
            distance = np.linalg.norm(light - full, axis=-1)
            centre = v[0].astype(float).mean(axis=0)
            expected = (
                far_mass(seen, chosen.tolist()),
                (distance / np.linalg.norm(full, axis=-1)).sum(),
                (distance / np.linalg.norm(full - centre, axis=-1)).sum(),
            )
            result = (quality.mass, quality.error, quality.error_centred)
            assert result == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_row_without_far_mass_and_an_output_of_zero_do_not_divide_by_zero():
    trace = made(0)
    seen = list(policies.walk(trace, 0, 0, SMALL))[-1]
    seen = replace(seen, keys=np.zeros_like(seen.keys), values=np.zeros_like(seen.values))
    quality = Attending(seen).first(np.arange(seen.past.far_tokens), [0])[0]
    assert (quality.mass, quality.error, quality.error_centred) == (0, 0, 0)
    keys = np.zeros_like(seen.keys)
    keys[seen.past.far] = -1e6 * np.sign(seen.rows[0])
    seen = replace(seen, keys=keys, rows=seen.rows[:1])
    assert Attending(seen).first(np.arange(seen.past.far_tokens), [1])[0].mass == 1


# -- knobs -----------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]), min_size=1, max_size=40),
    st.floats(0.01, 0.99),
)
def test_a_knob_gives_the_nearest_ratio_there_is(values, ratio):
    entries = np.sort(values)
    tried = {knob: sum(v <= knob for v in values) / len(values) for knob in {0.0, *values}}
    nearest = min(abs(found - ratio) for found in tried.values())
    knob = knobs.find(entries, ratio)
    assert knob.ratio == tried[knob.value]
    assert abs(knob.ratio - ratio) == pytest.approx(nearest)
    assert knob.reached == (abs(knob.ratio - ratio) <= 0.0025)


def test_of_two_nearest_the_smaller():
    assert knobs.find(np.array([0.1, 0.1, 0.4, 0.9]), 0.25) == knobs.Knob(0.0, 0.0, False)


# -- whole traces ----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["resv", "resv:Th_hd=3"])
def test_resv_measures_what_the_golden_model_gives(trace, found, policy):
    """At the knob that was found: its selections, and its own light and full attention."""
    checked = 0
    for key, figures in found.figures().items():
        name, kind, table, label, _target = key
        if (table, label) != ("ratio", policy):
            continue
        Th_hd = 3 if "Th_hd" in policy else 7
        config = replace(SMALL, Th_r=figures.knob, Th_hd=Th_hd, scale=trace.scale)
        state = resv.ReSV(config, engine="fast").start()
        selected = far = rows = 0
        errors = 0.0
        for chunk in trace.chunks():
            step = state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
            if step.kind in KINDS[kind] and step.far_tokens:
                selected, far = selected + step.selected_tokens, far + step.far_tokens
                light, full = (
                    f(step, chunk.q) for f in (state.light_attention, state.full_attention)
                )
                error = np.linalg.norm(light - full, axis=-1) / np.linalg.norm(full, axis=-1)
                errors, rows = errors + error.sum(), rows + error.size
        assert name == "trace 0"
        assert figures.ratio == selected / far
        assert figures.output_error == pytest.approx(errors / rows, rel=1e-9)
        checked += 1
    assert checked == 6


def test_what_is_reached_is_near_and_what_is_not_is_said(found):
    reached = set()
    for (_, _, table, policy, target), figures in found.figures().items():
        if table == "ratio" and target is not None:
            assert figures.reached == (abs(figures.ratio - target) <= 0.0025), policy
            reached.add(figures.reached)
    assert reached == {True, False}


def test_resv_cannot_retrieve_less_than_the_first_cluster_of_each_row(trace, found):
    figures = found.figures()["trace 0", "frames", "ratio", "resv", 0.1]
    steps = resv.replay(trace, replace(SMALL, Th_r=0.0), engine="fast")
    steps = [step for step in steps if step.kind == resv.Kind.FRAME]
    least = sum(s.selected_tokens for s in steps) / sum(s.far_tokens for s in steps)
    assert least > 0.1
    assert (figures.ratio, figures.reached, figures.knob) == (least, False, 0.0)


def test_equal_k_is_equal_for_all(trace, found):
    selected = {}
    for row in found.rows:
        if row.table == "equal_k":
            at = (row.kind, row.target, row.layer, row.kv_head, row.block)
            selected.setdefault(at, set()).add(row.selected_tokens)
    assert selected
    assert all(len(counts) == 1 for counts in selected.values())
    far = [c.start - 11 for c in trace.chunks() if c.start > 11 and c.kind == resv.Kind.FRAME]
    for target in (0.1, 0.25, 0.5):
        one = [
            r for r in found.rows if (r.table, r.kind, r.target) == ("equal_k", "frames", target)
        ]
        one = [r for r in one if (r.policy, r.layer, r.kv_head) == ("random", 0, 0)]
        assert sum(r.selected_tokens for r in one) == sum(round(target * n) for n in far)


def test_no_policy_recalls_more_mass_than_the_best_tokens_at_equal_k(found):
    best, others = {}, []
    for key, figures in found.by_head().items():
        if key[2] == "equal_k":
            at = (key[1], *key[4:])
            if key[3] == "topk_token":
                best[at] = figures.mass_recalled
            else:
                others.append((at, figures.mass_recalled))
    assert len(others) > 100
    assert all(mass <= best[at] + 1e-12 for at, mass in others)


def test_the_ends(found):
    figures = found.figures()
    for kind in KINDS:
        full = figures["trace 0", kind, "ratio", "full", None]
        assert (full.ratio, full.reached) == (1.0, True)
        assert math.isnan(full.knob)
        assert full.output_error < 1e-12
        assert full.mass_recalled == pytest.approx(1)
        nothing = figures["trace 0", kind, "ratio", "nothing", None]
        assert (nothing.ratio, nothing.mass_recalled) == (0.0, 0.0)
        errors = [f.output_error for k, f in figures.items() if k[1] == kind]
        assert nothing.output_error == max(errors)


def test_a_larger_ratio_recalls_more(found):
    figures = found.figures()
    for (trace, kind, table, policy, target), one in figures.items():
        if target in (0.1, 0.25):
            more = figures[trace, kind, table, policy, {0.1: 0.25, 0.25: 0.5}[target]]
            assert more.ratio >= one.ratio
            assert more.mass_recalled >= one.mass_recalled - 1e-12


def test_text_policies_have_no_knob_for_frames(trace):
    found = compared(trace, ["topk_token", "topk_token:stage=text"]).figures()
    own = [key for key in found if key[3] == "topk_token:stage=text"]
    assert [key for key in own if key[1] == "frames"] == [
        ("trace 0", "frames", "ratio", "topk_token:stage=text", None)
    ]
    for key in own:
        if key[1] == "text":
            other = found[(*key[:3], "topk_token", key[4])]
            assert repr(found[key]) == repr(other)


def test_costs_are_sums_of_the_formulas(trace, found):
    chunks = [c for c in trace.chunks() if c.start > 11 and c.kind == resv.Kind.FRAME]
    figures = found.figures()
    topk = figures["trace 0", "frames", "ratio", "topk_token", 0.5]
    work = [2 * 4 * (c.start - 11) * 8 for c in chunks]  # rows x far x d
    full = [2 * (2 * 4) * c.stop * 8 for c in chunks]  # scores and values, rows x seen x d
    assert topk.operations == pytest.approx(np.mean(work))
    assert topk.operations_share == pytest.approx(sum(work) / sum(full))
    assert topk.table_bytes == 2 * 8 * (chunks[-1].start - 11)
    assert topk.table_share == pytest.approx(topk.table_bytes / (4 * 8 * chunks[-1].start))


def test_the_same_seed_gives_the_same(trace, found):
    assert repr(compared(trace, ALL).rows) == repr(found.rows)
    other = compared(trace, ["random", "recent"], seed=1)
    own = {(r.policy, r.table, r.layer) for r in found.rows}
    assert {(r.policy, r.table, r.layer) for r in other.rows} < own
    by = ("policy", "table", "kind", "target", "layer", "kv_head", "block")
    before, after = (summary.grouped(f.rows, by) for f in (found, other))
    changed = {key[0] for key in after if after[key][0].output_error != before[key][0].output_error}
    assert changed == {"random"}


def test_rows_say_where_they_come_from(found):
    row = found.rows[-1]
    assert (row.trace, row.clip, row.weights, row.weights_seed) == (
        "trace 0", "clip 0", "random", "0",
    )  # fmt: skip
    assert row.version == resv.__version__
    assert len(row.settings_sha256) == 64
    blocks = {r.block: r.chunks for r in found.rows if r.kind == "frames" and r.layer == 0}
    assert list(blocks.values()) == [4] * 6 + [3]  # 27 of 30 frames have far tokens


def test_a_group_that_k_ends_in_is_cut_at_random(trace):
    one, other = (
        resv.compare(trace, ["cell:frames=40"], [0.1], config=SMALL, link=False, seed=seed)
        for seed in (0, 1)
    )
    at = ("trace 0", "frames", "equal_k", "cell:frames=40", 0.1)
    assert one.figures()[at].ratio == other.figures()[at].ratio
    assert one.figures()[at].mass_recalled != other.figures()[at].mass_recalled
    at = (*at[:2], "ratio", *at[3:])
    errors = [found.figures()[at].output_error for found in (one, other)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)  # whole groups: nothing to cut
