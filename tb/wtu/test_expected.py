"""What a fast replay of the WTU is fed with: golden answers, the mixture, pieces, saved rows."""

import random
from dataclasses import replace

import numpy as np
import pytest

from dre import WTUConfig
from dre.layouts import RowStatus
from wtu import mixture, play, replay_wtu, saved
from wtu.expected import TRAILER, expected
from wtu.fast_wtu import events
from wtu.golden import golden_rows
from wtu.replay_wtu import Run
from wtu.workload import random_job, small_jobs

BUILD = WTUConfig(lanes=4, max_clusters=64, on_chip_clusters=30, max_rows=64)
STALLS = dict.fromkeys(replay_wtu.STREAMS, 0.5)


def test_the_fast_answers_are_those_of_the_plain_model(seed):
    rng = random.Random(seed)
    for _ in range(250):
        job = random_job(rng, BUILD)
        fast, plain = expected(job, BUILD), golden_rows(BUILD, job)
        for row, selected, golden in zip(fast.rows, fast.selected, plain, strict=True):
            assert np.array_equal(selected, golden.selected)
            assert {name: int(row[name]) for name in TRAILER.names} == golden.trailer
        assert fast.no_mass == sum(row.no_mass for row in plain)
        joined = np.any([row.selected for row in plain], axis=0) if plain else np.zeros(1)
        assert fast.entries == joined.sum()
        assert fast.status == max((row.trailer["status"] for row in plain), default=0)


@pytest.mark.parametrize("axis", ["linear", "logit"])
def test_of_the_control_the_plain_model_answers(axis, seed):
    build, rng = (
        replace(BUILD, on_chip_clusters=64, variant="bucket", axis=axis),
        random.Random(seed),
    )
    for count in (0, 1, 3, 3):
        job = random_job(rng, build, count=count)
        answer, plain = expected(job, build), golden_rows(build, job)
        assert answer.selected.shape == job.rows.shape
        for row, selected, golden in zip(answer.rows, answer.selected, plain, strict=True):
            assert np.array_equal(selected, golden.selected)
            assert {name: int(row[name]) for name in TRAILER.names} == golden.trailer


def test_a_refused_chunk_is_expected_to_have_no_rows(seed):
    (job,) = small_jobs(seed, 1)
    for bad in (replace(job, K=2**15 - 1), replace(job, header={"clusters": 65})):
        answer = expected(bad, BUILD)
        assert (len(answer.rows), answer.entries) == (0, 0)
        assert answer.status == RowStatus.BAD_CONFIG.value


def test_the_mixture_holds_what_it_says(seed, monkeypatch):
    monkeypatch.setattr(mixture, "REFUSED", 1 / 20)  # enough of them in few rows
    build, rows = WTUConfig(), 6_000
    jobs = list(mixture.jobs(seed, build, rows))
    counts = events(expected(job, build) for job in jobs)
    assert counts["rows"] == rows
    for name in ("not_finite", "too_many_tokens", "bad_config", "no_mass", "saturated"):
        assert counts[name] > 0, name
    assert {job.TH is None for job in jobs} == {True, False}
    assert {job.mode.name for job in jobs} == {"EXP", "WEIGHT"}
    sizes = {job.rows.shape[1] for job in jobs}
    assert min(sizes) == 0
    assert max(sizes) > 4_096
    again = list(mixture.jobs(seed, build, rows))
    assert all(np.array_equal(a.rows, b.rows) for a, b in zip(jobs, again, strict=True))


def test_pieces_hold_every_chunk_once(seed, monkeypatch):
    jobs = small_jobs(seed, 10)
    monkeypatch.setattr(play, "CHUNKS", 4)
    assert [len(piece) for piece in play.pieces(jobs)] == [4, 4, 2]
    monkeypatch.setattr(play, "ENTRIES", 130)
    assert [len(piece) for piece in play.pieces(jobs)] == [2] * 5
    monkeypatch.setattr(play, "ENTRIES", 1)
    pieces = list(play.pieces(jobs))
    assert [job.context for piece in pieces for job in piece] == list(range(10))
    assert list(play.pieces([])) == []


def test_builds_must_be_of_one_size():
    builds = {"a": BUILD, "b": replace(BUILD, lanes=8)}
    with pytest.raises(ValueError, match="builds must differ in their preset only, not as"):
        next(play.play(builds, [], [Run()]))


def test_saved_rows_are_read_as_they_were_written(seed, tmp_path):
    path, run = tmp_path / "new" / "x.rows.npz", Run(seed=5, stalls=STALLS, in_order=True)
    jobs = [random_job(random.Random(seed + n), BUILD, header={"rows": 9}) for n in range(5)]
    saved.save(path, saved.Saved(BUILD, run, 11, "why", jobs))
    read = saved.load(path)
    assert (read.build, read.run, read.index, read.difference) == (BUILD, run, 11, "why")
    for one, other in zip(read.jobs, jobs, strict=True):
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.token_count, other.token_count)
        for name in ("context", "TH", "mode", "K", "k", "header"):
            assert getattr(one, name) == getattr(other, name)
