"""The measurements of the golden model, on small inputs: they must be able to tell."""

import numpy as np
import pytest

import resv
from figures import Figure
from model import (
    figures_forms,
    figures_model,
    made_up,
    measure_forms,
    measure_search,
    measure_stream,
    one_core,
)
from resv import Config, ReSV, wicsum, wicsum_integer
from simulate import BuildFailed


def test_a_measurement_runs_on_one_core_and_a_failed_one_says_where_to_look(monkeypatch, tmp_path):
    monkeypatch.setattr(one_core, "BUILD", tmp_path)
    with pytest.raises(BuildFailed, match=r"^measure_forms failed, see .*measure_forms\.log$"):
        one_core.measured("measure_forms", trace=str(tmp_path / "none"))
    assert "FileNotFoundError" in (tmp_path / "bench" / "measure_forms.log").read_text()


def test_the_search_measures_both_and_compares_answers(monkeypatch, seed):
    monkeypatch.setattr(measure_search, "REPETITIONS", {64: 3})
    [row] = measure_search.measure(seed)
    assert row["entries"] == 64
    assert row["different"] == 0
    assert 0 < row["faiss"][0] <= row["faiss"][1]
    assert 0 < row["ours"][0] <= row["ours"][1]
    right = measure_search.search.nearest

    def wrong(distance):
        index, least = right(distance)
        return index + 1, least

    monkeypatch.setattr(measure_search.search, "nearest", wrong)
    assert measure_search.measure(seed)[0]["different"] == 10


def test_the_whole_stream_is_sampled_in_the_plain_engine(seed, monkeypatch):
    trace = made_up.growing_stream(seed, frames=60, d=16)
    monkeypatch.setattr(measure_stream, "WINDOW", 20)
    found = measure_stream._whole(trace)
    assert (found["tokens"], found["chunks"]) == (600, 60)
    assert (found["different"], found["compared"]) == (0, 15)
    assert [first for first, _, _ in found["windows"]] == [0, 200, 400]
    assert found["windows"][2][1] <= found["clusters"]
    plain = measure_stream._same
    monkeypatch.setattr(measure_stream, "_same", lambda one, other: plain(one, one) and False)
    assert measure_stream._whole(trace)["different"] == 15


def test_steps_that_differ_in_anything_are_not_the_same(seed):
    trace = made_up.growing_stream(seed, frames=40, d=16)
    steps = [list(resv.replay(trace, Config(Th_r=Th_r))) for Th_r in (0, 1)]
    assert measure_stream._same(steps[0][39].heads[0], steps[0][39].heads[0])
    assert not measure_stream._same(steps[0][39].heads[0], steps[1][39].heads[0])
    assert not measure_stream._same(steps[0][38].heads[0], steps[0][39].heads[0])


def test_a_constant_stream_keeps_its_clusters(seed):
    trace = made_up.constant_stream(seed, clusters=50, frames=60, d=32)
    state = ReSV(engine="fast").start()
    clusters = []
    for chunk in trace.chunks():
        state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame)
        clusters.append(len(state.table(0, 0)))
    assert 20 < clusters[10]
    assert len(set(clusters[10:])) == 1


def test_times_of_the_constant_stream_are_taken_late_too(seed, monkeypatch):
    monkeypatch.setattr(measure_stream, "CONSTANT", 30)
    monkeypatch.setattr(measure_stream, "WINDOW", 20)
    found = measure_stream._constant(seed, frames=60)
    windows, listing = found["windows"], found["listing"]
    assert [first for first, _, _ in windows] == [0, 200, 400]
    assert 0 < windows[1][1] == windows[2][1] <= 30
    assert listing[1][1] < listing[2][1]  # positions
    assert all(ms > 0 for _, _, ms in windows)


def test_forms_are_compared_on_the_excerpt():
    pairs = measure_forms.measure(str(resv.excerpt_path()))
    for facts in pairs.values():
        assert facts["rows"] > 1_000
        assert 0 < facts["rows_differ_percent"] < 20
        assert abs(facts["points"]) < 2
        assert 0 <= facts["short_mean_points"] <= facts["short_most_points"] < 2


def test_the_unrounded_form_is_the_float64_form_on_rounded_scores(seed):
    rng = np.random.default_rng(seed)
    scores = resv.to_bfloat16(20 * rng.standard_normal((20, 50)))
    counts = rng.integers(0, 4, 50)
    selected, masses = measure_forms._unrounded(scores.astype(float), counts, 19_661, 0.2)
    assert np.array_equal(selected, wicsum.select(scores, counts, 19_661, 0.2)[0])
    assert np.array_equal(masses > 0, np.broadcast_to(counts > 0, masses.shape))


def test_a_pair_counts_rows_tokens_and_mass():
    pair = measure_forms._Pair(0.5)
    one = np.array([[True, False, False], [True, True, False]])
    other = np.array([[False, True, False], [True, True, False]])
    masses = np.array([[6.0, 2.0, 2.0], [5.0, 5.0, 0.0]])
    pair.add(one, other, masses, np.array([3, 4, 3]))
    assert pair.facts() == pytest.approx(
        {
            "rows": 2,
            "rows_differ_percent": 50,
            "points": 0,
            "short_mean_points": 15,
            "short_most_points": 30,
        }
    )
    pair.add(one[:1], other[:1], masses[:1], np.array([3, 4, 3]))
    assert pair.facts()["points"] == pytest.approx(5)
    with pytest.raises(ValueError, match="trace must have far tokens"):
        measure_forms._Pair(0.5).facts()


def test_the_integer_form_would_show_if_it_were_wrong(monkeypatch):
    """Half the threshold in the integer form only: mass falls short, tokens are fewer."""
    right = wicsum_integer.select
    monkeypatch.setattr(
        wicsum_integer,
        "select",
        lambda scores, counts, TH, scale: right(scores, counts, TH // 2, scale),
    )
    facts = measure_forms.measure(str(resv.excerpt_path()))["integer against float64"]
    assert facts["rows_differ_percent"] > 20
    assert facts["short_most_points"] > 5
    assert facts["points"] < 0


def test_figures_are_made_of_what_was_measured(seed, monkeypatch):
    monkeypatch.setattr(measure_stream, "WINDOW", 5)
    monkeypatch.setattr(measure_stream, "CONSTANT", 50)
    whole = measure_stream._whole(made_up.growing_stream(seed, frames=60, d=16))
    streams = {"whole": whole, "constant": measure_stream._constant(seed, frames=200)}
    forms = measure_forms.measure(str(resv.excerpt_path()))
    made = [
        *figures_model._of_whole(whole, "made up"),
        *figures_model._of_growth(streams),
        *figures_model._of_memory(whole, "made up"),
        *figures_forms.every_pair(forms, "excerpt"),
    ]
    values = {figure.figure: figure.value for figure in made}
    assert len(values) == len(made), "every figure has a name of its own"
    assert all(figure.trace for figure in made)
    missed = [figure.figure for figure in made if not figure.meets(figure.must)]
    assert "clusters at the end" in missed  # of a small stream
    table = "table on the accelerator / K and V, 32 tokens a cluster, without mean keys"
    assert values[table] == 1.123


def test_what_is_demanded_of_the_integer_form_is_met_or_missed_by_its_values():
    facts = measure_forms.measure(str(resv.excerpt_path()))[figures_forms.PAIR]
    tokens, mass = figures_forms.demanded(facts, "excerpt")
    for figure in (tokens, mass):
        assert figure.meets(figure.must)
        assert figure.meets(figure.aim)
    worse = facts | {"points": -0.21, "short_most_points": 0.011}
    tokens, mass = figures_forms.demanded(worse, "excerpt")
    assert (tokens.value, mass.value) == (0.21, 0.00011)
    assert not tokens.meets(tokens.must)
    assert not mass.meets(mass.must)


@pytest.mark.parametrize("made", [(), ("T2",), ("T2", "T3")])
def test_the_wtu_takes_the_excerpt_if_no_longer_trace_is_made(made, monkeypatch, tmp_path):
    monkeypatch.setattr(figures_forms.named_traces, "path_of", lambda name: tmp_path / name)
    for name in made:
        (tmp_path / name).touch()
    facts = {"rows": 1, "rows_differ_percent": 0, "points": 0, "short_most_points": 0}
    monkeypatch.setattr(
        figures_forms, "measured", lambda module, trace: {figures_forms.PAIR: facts}
    )
    found = list(figures_forms.of_wtu(lambda what: None))
    assert list(dict.fromkeys(figure.trace for figure in found)) == list(made or ("excerpt",))


@pytest.mark.parametrize("made", [("T3",), ("T3s",), ()])
def test_every_figure_names_its_trace_and_a_missing_t3_is_said(made, monkeypatch, tmp_path):
    monkeypatch.setattr(figures_model.named_traces, "path_of", lambda name: tmp_path / name)
    for name in made:
        (tmp_path / name).touch()
    path, name = figures_model._long_trace()
    assert (path, name) == ((tmp_path / made[0], made[0]) if made else (None, name))
    assert made or name == "made up, as T3 (run make traces)"
    assert list(figures_forms.real_traces()) == ["excerpt"] + [n for n in made if n == "T3"]


def test_the_musts_of_the_figures_are_met_or_missed_by_their_values():
    row = {"entries": 64, "faiss": [8.0, 9.0], "ours": [4.0, 5.0], "different": 0}
    faster, equal = figures_model._of_search(row)
    assert isinstance(faster, Figure)
    assert (faster.value, faster.meets(faster.must), faster.meets(faster.aim)) == (2, True, True)
    assert equal.meets(equal.must)
    slower, wrong = figures_model._of_search(row | {"ours": [9.0, 9.0], "different": 1})
    assert not slower.meets(slower.must)
    assert not wrong.meets(wrong.must)
