"""The replay of a trace through the WTU: its rows, its judge, its table and picture."""

import json
import os
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from rich.console import Console

import resv
import sim
import simulate
from dre import WTUConfig
from dre.layouts import RowStatus
from replayed import Replay
from resv.replay import for_trace
from wtu import fast_wtu, saved, trace_rows
from wtu.broken import BrokenWTU
from wtu.chunks import Answer, RowAnswer
from wtu.golden import Golden, golden_rows, masks
from wtu.replay_wtu import Run
from wtu.sim_wtu import UNIT, thresholded

BUILD = WTUConfig(lanes=4, max_clusters=64, on_chip_clusters=30, max_rows=64)
MOST_ROWS = 300
PROGRAM = "test-wtu-4-64"  # of the fast replay


@pytest.fixture(scope="module")
def trace():
    return resv.load_trace(resv.excerpt_path())


@pytest.fixture(scope="module")
def config(trace):
    return replace(for_trace(resv.Config.paper(), trace), wicsum="integer")


def test_every_chunk_gives_its_rows(trace, config):
    work = list(trace_rows.of_trace(trace, config))
    steps = list(resv.replay(trace, config))
    assert [one.chunk for one in work] == list(range(len(steps)))
    assert sum(len(one.job.rows) for one in work) == 4 * 640
    for one, step in zip(work, steps, strict=True):
        (head,) = step.heads
        assert one.job.rows.shape == (4 * step.tokens, head.clusters_before)
        assert one.job.token_count.tolist() == head.token_count.tolist()
        assert np.flatnonzero(one.selected).tolist() == head.selected_clusters.tolist()


def test_of_a_longer_trace_only_some_chunks_are_taken(trace, config):
    assert trace_rows.every(trace, 256, 2_560) == 1
    assert trace_rows.every(trace, 256, 2_559) == 2
    assert trace_rows.every(trace, 256, 1) == 70, "one chunk at least"
    assert [one.chunk for one in trace_rows.of_trace(trace, config, 30)] == [29, 59]
    assert [one.chunk for one in trace_rows.of_trace(trace, config, 70)] == [69]


class Judge:
    """As `wtu.scene.Scene`."""

    def judge(self, answers):
        for answer in answers:
            Golden(BUILD).judge(answer)


def answered(work):
    """The right answer, all news of a row in as many parts as it has beats."""
    job, found = work.job, golden_rows(BUILD, work.job)
    whose = {"context": job.context, "chunk": 7, "clusters": job.rows.shape[1]}
    answer = Answer(job, 7, len(job.rows), header=whose, entries=int(work.selected.sum()))
    joined = np.zeros(job.rows.shape[1], bool)
    for n, row in enumerate(found):
        shown = masks(row.selected, BUILD.lanes)
        answer.rows.append(RowAnswer(whose | {"row": n}, shown, dict(row.trailer)))
        news = masks(row.selected & ~joined, BUILD.lanes)
        answer.parts += [(beat, mask) for beat, mask in enumerate(news) if mask]
        joined |= row.selected
    answer.status = RowStatus.OK
    return answer


def test_rows_that_differ_are_counted(trace, config):
    *_, work = trace_rows.of_trace(trace, config)

    def differences(answer, work=work):
        return trace_rows.differences(work, answer, Judge(), BUILD)

    assert differences(answered(work)) == []
    wrong = answered(work)
    wrong.rows[1].masks[0] ^= 1
    wrong.rows[3].trailer["mass"] += 1
    first, *others = differences(wrong)
    assert first.startswith("trace chunk 69: chunk 7 (EXP, TH 19661), row 1: ")
    assert others == ["row 3"]
    fewer = answered(work)
    del fewer.rows[2:]
    assert len(differences(fewer)) == 2
    other = replace(work, selected=~work.selected)
    assert differences(answered(work), other) == ["trace chunk 69: ReSV selects other clusters"]


@pytest.fixture(scope="module")
def prepared():
    simulator = os.environ["SIM"]
    name = f"test-wtu-replay-{simulator}"
    return simulate.prepare("wtu", BUILD, simulator=simulator, name=name)


@pytest.fixture(scope="module")
def outcome(prepared, seed):
    """A short replay of the excerpt; what the bench wrote."""
    output = prepared.folder / "replay.json"
    output.unlink(missing_ok=True)
    given = {
        "trace": str(resv.excerpt_path()),
        "config": asdict(resv.Config.paper()),
        "output": str(output),
        "most_rows": MOST_ROWS,
    }
    done = simulate.run(prepared, UNIT.replay, seed=seed, settings=given)
    assert (done.passed, done.failures) == (2, ())
    return json.loads(output.read_text())


@pytest.mark.slow
def test_a_short_replay_is_right(outcome, trace, config, tmp_path):
    assert (outcome["mismatches"], outcome["every"]) == (0, 9)
    replays = [Replay(preset, **outcome) for preset in sim.PRESETS]
    rows = thresholded(outcome["rows"])
    assert 0 < len(rows) < len(outcome["rows"])
    assert all(row["mass"] > config.Th_r * row["total"] for row in rows)
    assert all(row["bucket_entries"] >= row["entries"] > 0 for row in rows)
    assert all(row["bucket_tokens"] >= row["tokens"] >= row["entries"] for row in rows)
    assert any(row["bucket_tokens"] > row["tokens"] for row in rows)
    assert all((row["cycles"] is None) == (row["row"] == 0) for row in rows)
    assert all((row["decided"] is None) == (row["row"] > 0) for row in rows)

    shown = UNIT.table(trace, replays)
    assert shown.caption.endswith("weights: random; 1 of 9 chunks")
    console = Console(record=True, width=100)
    console.print(shown)
    for name, value in {"rows with a threshold to find": len(rows), "mismatches": 0}.items():
        assert re.search(
            rf"│ {name} +│ +{value:,} │ +{value:,} │", console.export_text(clear=False)
        )
    picture = UNIT.draw(trace, replays, tmp_path / "new" / "wtu.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_compiled_unit_takes_the_same_cycles(outcome, trace, seed, tmp_path, monkeypatch):
    monkeypatch.setitem(simulate.UNITS, "wtu", (BrokenWTU, WTUConfig))  # right in these contexts
    builds, said = {PROGRAM: BUILD}, []
    (fast,) = fast_wtu.replay_trace(trace, builds, seed, said.append, tmp_path, outcome["every"])
    assert (fast.mismatches, fast.difference) == (0, None)
    slow = [{name: row[name] for name in fast.rows[0]} for row in outcome["rows"]]
    assert fast.rows == slow, "the same, but for the paper's buckets"
    assert {"decided", "cycles", "entries", "mass"} <= set(fast.rows[0])
    assert said[-1] == f"{PROGRAM}: {len(fast.rows)} rows, 0 mismatches"


@pytest.mark.slow
def test_saved_rows_are_judged_in_cocotb(prepared, trace, config, seed, tmp_path):
    jobs = [work.job for work in list(trace_rows.of_trace(trace, config))[-2:]]
    jobs = [job.with_rows(job.rows[:3]) for job in jobs]
    path = tmp_path / "first.rows.npz"

    def played(alone):
        run = Run(stalls={"rows": 0.7}, alone=alone)
        saved.save(path, saved.Saved(BUILD, run, 69, "why", jobs))
        return simulate.run(prepared, UNIT.chunk, seed=seed, settings={"chunk": str(path)})

    outcome = played(alone=False)
    assert (outcome.passed, outcome.failures) == (1, ())
    jobs[-1].header["rows"] = 2  # the unit answers fewer rows than the golden model
    outcome = played(alone=True)
    assert len(outcome.failures) == 1
    assert "chunk 69: 2 rows" in outcome.log.read_text()


@pytest.mark.filterwarnings("error")
def test_rows_without_threshold_can_be_drawn(trace, tmp_path):
    row = {"chunk": 0, "context": 0, "row": 0, "clusters": 0, "entries": 0, "mass": 0, "total": 0}
    row |= {"passes": 1, "decided": None, "cycles": None}
    row |= {"bucket_entries": 0, "bucket_decided": 14, "tokens": 0, "bucket_tokens": 0}
    replays = [Replay("asic", [row], 0)]
    assert UNIT.draw(trace, replays, tmp_path / "wtu.png").exists()
    assert UNIT.table(trace, replays).row_count == 14
