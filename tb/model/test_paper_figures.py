"""``resv figure``: each figure's numbers on small traces, files, and what is refused."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest

import resv
from model.lab_traces import made
from resv import paper, save_trace
from resv.paper import clustering, full, hashing, likeness, policies_compared, ratios, residency


@pytest.fixture(scope="module")
def trace():
    return made(1, frames=70, layers=1, kv_heads=2)  # longer than 200 recent tokens and 16 sinks


def quiet(what):
    del what


def test_likeness_restated(trace):
    shown = likeness.measure(trace, 0, quiet)
    assert [row[2] for row in shown.rows] == [1, 2, 4, 8, 16, 32] * 2
    keys = trace.k[0, 1].astype(float)
    at = np.flatnonzero(trace.frame == 0)[0]
    found = []
    for n in range(at, at + 4 * (70 - 2)):  # four tokens a frame, two frames on
        one, other = keys[n], keys[n + 8]
        found.append(one @ other / np.sqrt((one @ one) * (other @ other)))
    row = next(row for row in shown.rows if row[:3] == [0, 1, 2])
    assert row[3] == pytest.approx(np.mean(found))
    assert row[4] < row[3] < row[5]


def test_likeness_without_the_mean_key_is_less():
    trace = made(1, frames=12, layers=1, kv_heads=1)
    trace = replace(trace, k=resv.to_bfloat16(trace.k.astype(float) + 5))
    row = likeness.measure(trace, 0, quiet).rows[-1]
    assert row[3] > 0.9
    assert row[6] < row[3]


def test_the_correlation_grows_with_the_bits(trace):
    shown = hashing.measure(trace, 3, quiet)
    assert len(shown.rows) == 2 * 2 * 4
    for _, group in by(shown.rows, lambda row: (row[1], row[3])):
        values = [row[4] for row in group]
        assert values[0] < values[-1]
        assert 0.2 < values[1] < 1
    assert shown.rows == hashing.measure(trace, 3, quiet).rows
    assert shown.rows != hashing.measure(trace, 4, quiet).rows


def test_without_clustering_each_token_is_a_cluster(trace):
    rows = {row[0]: row for row in clustering.measure(trace, 0, quiet).rows}
    before = trace.k.shape[2] - 5 - 4  # the last frame's first position
    assert rows["without clustering"][3] == (before - 16) * (4 + 20 + 16) + far(before) * (
        4 + 8 / 128
    )
    assert rows["ReSV"][2] < rows["without clustering"][2]
    assert all(0 < row[4] <= 100 for row in rows.values())


def far(first):
    """Far tokens before a position."""
    return first - 200 - 16


def test_ratios_are_those_of_the_selection(trace):
    rows = ratios.measure(trace, 0, quiet).rows
    config = resv.Config(scale=trace.scale)
    steps = resv.replay(trace, config, "fast")
    selected = total = 0
    for step in steps:
        if step.frame >= 0:
            selected += len(step.heads[1].selected_tokens)
            total += max(step.first - 200 - 16, 0)
    row = next(row for row in rows if row[:3] == ["frames", 0, 1])
    assert row[3] == pytest.approx(100 * selected / total)


def by(rows, key):
    """Rows by key."""
    found = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found.items()


@pytest.mark.parametrize("number", list(paper.FIGURES))
def test_the_command_writes_table_and_picture(run, tmp_path, trace, number):
    path = tmp_path / "t.safetensors"
    save_trace(path, trace)
    status, out, err = run("figure", number, str(path), "-o", str(tmp_path / "out"))
    assert (status, err) == (0, "")
    assert f"figure {number}, " in out
    assert "\npaper: " in out
    assert "\nhere: " in out
    assert "\nwhy: " in out
    with (tmp_path / "out" / f"{number}.csv").open() as file:
        table = list(csv.reader(file))
    assert len(table) > 1
    assert {len(row) for row in table} == {len(table[0])}
    assert (tmp_path / "out" / f"{number}.png").read_bytes()[:4] == b"\x89PNG"


def test_growth_counts_what_a_stream_has_made(trace):
    shown = paper.FIGURES["growth"](trace, 0, quiet)
    stream = resv.ReSV(resv.Config.paper(scale=trace.scale), engine="fast").start()
    forced = {}
    for chunk in trace.chunks():
        step = stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
        for head in step.heads:
            at = head.layer, head.kv_head
            forced[at] = forced.get(at, 0) + int(head.full.sum())
    last = {(row[0], row[1]): row for row in shown.rows}
    assert len(last) == len(forced)
    for at, (_, _, tokens, clusters, size, share) in last.items():
        members = stream.tokens - 16  # without sinks
        assert tokens == stream.tokens
        assert clusters == len(stream.table(*at))
        assert size == pytest.approx(members / clusters)
        assert share == pytest.approx(100 * forced[at] / members)


# -- a full table ----------------------------------------------------------------------------------


def test_a_full_table_restated(trace, monkeypatch):
    """One window: its numbers are those of the stream."""
    monkeypatch.setattr(full, "WINDOWS", 1)
    monkeypatch.setattr(full, "LIMITS", (9, 500))
    rows = {row[0]: row for row in full.measure(trace, 0, quiet).rows}
    for limit, row in rows.items():
        state = resv.ReSV(resv.Config(max_clusters=limit, scale=trace.scale)).start()
        forced, distances, far, selected = [], [], 0, 0
        for chunk in trace.chunks():
            step = state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
            for head in step.heads:
                forced += head.full[head.sinks :].tolist()
                distances += head.distances[head.sinks :].tolist()
            if step.frame >= 0:
                far, selected = far + step.far_tokens, selected + step.selected_tokens
            if step.frame == 69:  # the last one
                light, whole = (
                    f(step, chunk.q) for f in (state.light_attention, state.full_attention)
                )
                norm = np.linalg.norm
                error = np.mean(norm(light - whole, axis=-1) / norm(whole, axis=-1))
        clusters = np.mean([len(state.table(0, kv_head)) for kv_head in (0, 1)])
        expected = (100 * np.mean(forced), np.mean(distances), 100 * selected / far, 100 * error)
        assert row[1:3] == [state.tokens, clusters]
        assert row[3:] == pytest.approx(expected)
    assert rows[9][2] == 9
    assert rows[9][3] > 0 == rows[500][3]


def test_what_is_never_full_is_said(trace, monkeypatch):
    monkeypatch.setattr(full, "LIMITS", (9, 500))
    shown = full.measure(trace, 0, quiet)
    said = r"9: full within \d+ tokens, then up to \d+ % of a window's tokens join by force; "
    assert re.match(said, shown.ours)
    assert "500: never full, " in shown.ours
    windows = [row[1] for row in shown.rows if row[0] == 9]
    assert len(windows) > 12
    assert windows == sorted(set(windows))


# -- all policies ----------------------------------------------------------------------------------


def test_error_and_heads_are_those_of_a_comparison(trace):
    found = resv.compare({"t": trace}, resv.policies.names(), [0.2, 0.33], link=False, seed=4)
    figures = found.figures()
    rows = policies_compared.error(trace, 4, quiet).rows
    assert {row[1] for row in rows} == {"nothing", *resv.policies.names()}
    for kind, policy, asked, reached, *numbers in rows:
        if asked in (20, 33):
            one = figures["t", kind, "ratio", policy, asked / 100]
            shares = (one.ratio, one.output_error, one.output_error_centred, one.mass_recalled)
            assert (reached == "yes") == one.reached
            assert numbers == pytest.approx([100 * share for share in shares])
    heads = policies_compared.by_head(trace, 4, quiet).rows
    by_head = found.by_head()
    assert len(heads) == 2 * 2 * 10  # kinds, KV heads, policies with a knob
    for kind, policy, layer, kv_head, ratio, error in heads:
        one = by_head["t", kind, "ratio", policy, 0.33, layer, kv_head]
        assert (ratio, error) == pytest.approx((100 * one.ratio, 100 * one.output_error))


# -- what stays ------------------------------------------------------------------------------------


def test_the_more_pages_stay_the_less_is_read():
    """What is selected is what ReSV selects in frames."""
    trace = made(1, frames=120, layers=1, kv_heads=2, d=64)
    rows = residency.measure(trace, 0, quiet).rows
    by_area = {(row[0], row[1]): row for row in rows[2:]}
    steps = list(resv.replay(trace, resv.Config(scale=trace.scale), "fast"))
    frames = [step for step in steps if step.frame >= 0 and step.far_tokens]
    entry = 4 * 64
    for row, name in zip(rows, ("far_tokens", "selected_tokens"), strict=False):
        assert row[3] == entry * sum(getattr(step, name) for step in frames) / len(frames)
    assert rows[0][4] == 100
    stays = [by_area["pages that stay", area][3] for area in residency.AREAS]
    bound = [by_area["Belady's bound", area][3] for area in residency.AREAS]
    assert by_area["its pages: none stays", 0.0][3] >= stays[0] >= stays[-1] >= bound[-1] > 0
    assert all(least <= own for least, own in zip(bound, stays, strict=True))
    near = [row[5] for row in rows if not np.isnan(row[5])]
    assert near == sorted(near)


def test_without_pictures(run, tmp_path, trace):
    path = tmp_path / "t.safetensors"
    save_trace(path, trace)
    status, _, _ = run("figure", "7a", str(path), "-o", str(tmp_path / "out"), "--no-plots")
    assert status == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["7a.csv"]


def test_without_a_folder_it_only_prints(run, tmp_path, trace, monkeypatch):
    path = tmp_path / "t.safetensors"
    save_trace(path, trace)
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("figure", "20", str(path))
    assert status == 0
    assert "figure 20, " in out
    assert "written" not in out
    assert [file.name for file in tmp_path.iterdir()] == ["t.safetensors"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "7 -o {o}",
            "figure must be one of 7a, 7b, 19, 20, growth, full, error, heads, residency, not '7'; "
            "did you mean 7b or 7a?",
        ),
        ("7a -o {t}", "output must be a folder, not {t}"),
        ("7a -o {o} --seed -1", "seed must be at least 0, not -1"),
        ("7a {t} -o {o}", "trace must have two or more frames, all of as many tokens"),
        ("19 {t} -o {o}", "trace must have frames with far tokens"),
        ("20 {t} -o {o}", "trace must have chunks with far tokens"),
        ("full {t} -o {o}", "trace must have frames with far tokens"),
        ("residency {t} -o {o}", "trace must have frames with far tokens"),
        *(
            (
                f"{number} {{t}} -o {{o}}",
                "trace: trace must have more than its sinks and recent window (16 + 200 tokens) "
                "before its last chunk, not 10",
            )
            for number in ("error", "heads")
        ),
    ],
)
def test_every_error_is_one_line_and_status_2(run, tmp_path, arguments, message):
    path = tmp_path / "short.safetensors"
    save_trace(path, made(1, frames=1, layers=1, kv_heads=1))
    names = {"o": tmp_path / "out", "t": path}
    status, _, err = run("figure", *arguments.format(**names).split())
    assert status == 2
    assert err == f"resv: {message.format(**names)}\n"


def test_too_few_tokens_for_pairs():
    with pytest.raises(ValueError, match="trace must have more than 18 tokens, not 11"):
        hashing.measure(made(1, frames=1, layers=1, kv_heads=1), 0, quiet)
