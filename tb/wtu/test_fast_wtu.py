"""The fast replay of the WTU: right where the hardware is, and whatever is wrong is found out."""

import re
import shlex
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import resv
import sim
import simulate
from dre import WTU, WTUConfig
from replay import records
from replay.records import DamagedRecord
from wtu import expected as expected_module
from wtu import fast_wtu, figures_wtu_replay, mixture, play, replay_wtu, saved
from wtu.broken import FAULTS, BrokenWTU, context_of
from wtu.expected import TRAILER, expected
from wtu.replay_wtu import Run
from wtu.workload import small_jobs

BUILD = WTUConfig(lanes=4, max_clusters=64, on_chip_clusters=30, max_rows=64)
NAME = "test-wtu-4-64"  # the program, one for all tests


@pytest.fixture(scope="module")
def made():
    """The program of a unit that is wrong in the contexts of `broken.FAULTS`, else right."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(simulate.UNITS, "wtu", (BrokenWTU, WTUConfig))
        return replay_wtu.build_program(BUILD, NAME)


@pytest.fixture
def compiled(made, monkeypatch):
    """The program, without a look at every use whether it is up to date."""
    monkeypatch.setattr(replay_wtu, "build_program", lambda config, name: made)
    return made


def stream(jobs, runs, folder, **how):
    """The `Tally` of chunks in the small build."""
    return fast_wtu.replay_stream({NAME: BUILD}, jobs, runs, folder=folder, **how)[NAME]


@pytest.mark.slow
def test_thousands_of_rows_are_right(compiled, seed, tmp_path, monkeypatch):
    """In pieces, each run in another way, the last one with fewer chunks."""
    monkeypatch.setattr(play, "CHUNKS", 60)
    said, heard = [], []
    jobs = mixture.jobs(seed, BUILD, 6_000)
    tally = stream(jobs, mixture.runs(seed), tmp_path, say=said.append, heed=heard.append)
    assert (tally.mismatches, tally.difference, tally.first, tally.path) == (0, None, None, None)
    assert tally.rows == 6_000
    assert 0.3 < tally.worst_interval <= 1
    assert 0.3 < tally.worst_first <= 1
    assert len(heard) > 6
    assert [piece.first for piece in heard] == list(range(0, 60 * len(heard), 60))
    assert said[-1] == f"{NAME}: 6,000 rows, 0 mismatches"
    assert any(piece.run.stalls for piece in heard)


@pytest.mark.slow
def test_runs_differ_in_how_the_rows_come(compiled, seed, tmp_path):
    jobs = small_jobs(seed, 20)

    def cycles(**how):
        tally = stream(jobs, [Run(seed=seed, **how)], tmp_path)
        assert (tally.rows, tally.mismatches, tally.difference) == (60, 0, None)
        return tally.cycles

    ready = cycles()
    assert cycles(in_order=True) <= ready
    assert cycles(alone=True) > ready + 20 * 10
    assert cycles(latency=150) > ready + 60 * 50
    assert cycles(stalls={"rows": 0.1}) > ready + 60 * 5


SAID = {
    "mask": r"row 0 \(.*\): mask 0 is 0x[0-9a-f], not 0x[0-9a-f]",
    "row": r"row 0 \(.*\): header: row is 1, not 0",
    "changes": r"cycle \d+: rows: a beat changed",
    "withdraws": r"cycle \d+: rows: a beat was withdrawn",
    "no header": r"cycle \d+: rows: no header",
    "part": r"the selection \(.*\): part \d+ is 0x[0-9a-f], not of 0x[0-9a-f], which row 0 adds",
    "read": r"cycle \d+: reads: row 1 of chunk 5 with counts 1 is not what is due",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_unit_is_found_out(fault, compiled, seed, tmp_path):
    jobs = small_jobs(seed)
    jobs[4] = replace(jobs[4], context=context_of(fault))
    runs = [Run(seed=seed, first_number=1, stalls={"rows": 0.5})]
    tally = stream(jobs, runs, tmp_path)
    assert re.fullmatch(SAID[fault], tally.difference), tally.difference
    # A rule may be broken while the rows of the chunk before are still on their way.
    assert tally.first in ((4,) if fault in ("mask", "row", "part") else (3, 4))
    wrong = {"mask": range(3, 5), "row": [3], "part": [1]}.get(fault, range(3, 3 * 3 + 3))
    assert tally.mismatches in wrong
    assert saved.load(tally.path).index == tally.first


def planted(index, change):
    """A golden function whose answer to the ``index``'th chunk is changed."""
    seen = []

    def golden(job, build):
        answer = expected(job, build)
        seen.append(job)
        return change(answer) if len(seen) == index + 1 else answer

    return golden


def of_field(name, row=1):
    """Expect another number in a row's trailer."""

    def change(answer):
        rows = answer.rows.copy()
        rows[name][row] ^= 1
        return replace(answer, rows=rows)

    return change


def of_mask(answer):
    """Expect cluster 17 of row 2 to be selected, or not."""
    selected = answer.selected.copy()
    selected[2, 17] ^= True
    return replace(answer, selected=selected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said", "wrong"),
    [
        *((of_field(name), rf"row 1 \(.*\): {name} is \d+, not \d+", 1) for name in TRAILER.names),
        (of_mask, r"row 2 \(EXP, TH 19661, 21 clusters\): mask 4 is 0x[0-9a-f], not 0x[0-9a-f]", 0),
        (lambda a: replace(a, entries=a.entries + 1), r"the selection \(.*\): entries is", 1),
        (lambda a: replace(a, status=3), r"the selection \(.*\): status is 0, not 3", 1),
    ],
)
def test_a_wrong_row_is_named_counted_and_saved(
    change, said, wrong, compiled, seed, tmp_path, monkeypatch
):
    """The expectation is changed, which is the same to the judge as if the hardware were wrong."""
    monkeypatch.setattr(play, "CHUNKS", 4)
    runs = [Run(seed=seed, first_number=65_533)]
    tally = stream(small_jobs(seed), runs, tmp_path, golden=planted(5, change))
    assert re.match(said, tally.difference), tally.difference
    assert tally.mismatches == wrong or (not wrong and 1 <= tally.mismatches <= 2)
    assert tally.first == 5
    what = saved.load(tally.path)
    assert (what.index, what.difference) == (5, tally.difference)
    assert [job.context for job in what.jobs] == [4, 5], "of its piece"
    assert what.run.first_number == 65_533


@pytest.mark.slow
@pytest.mark.parametrize("extra", [True, False])
def test_a_part_of_the_selection_that_is_not_due_is_found_out(compiled, extra, seed, tmp_path):
    """A row is expected to select one cluster more, or less, than any row of the chunk does."""

    def change(answer):
        selected = answer.selected.copy()
        joined = selected.any(axis=0)
        selected[0, np.flatnonzero(joined != extra)[0]] = extra
        return replace(answer, selected=selected)

    jobs = [job.with_rows(job.rows[:1]) for job in small_jobs(seed, 3)]
    tally = stream(jobs, [Run()], tmp_path, golden=planted(1, change))
    assert tally.mismatches == 2
    folder = tmp_path / "piece-0.results.bin"
    found = [c[8:].decode() for k, c in records.read(folder, "wtu") if k == replay_wtu.DIFFERENCE]
    said = "what row 0 adds never came" if extra else r"part \d is 0x\w+, not of 0x\w+, which row 0"
    assert any(re.match(said, text) for text in found), found


@pytest.mark.slow
def test_counters_and_hangs_are_found_out(compiled, seed, tmp_path):
    more = planted(1, lambda answer: replace(answer, no_mass=answer.no_mass + 1))
    tally = stream(small_jobs(seed), [Run()], tmp_path, golden=more)
    assert (tally.mismatches, tally.path) == (0, None)
    assert tally.difference == "counter no_mass is 0, not 1"
    with pytest.raises(figures_wtu_replay.BuildFailed, match="counter no_mass is 0, not 1"):
        figures_wtu_replay._insist(BUILD, tally)

    tally = stream(small_jobs(seed), [Run(latency=400, patience_cycles=300)], tmp_path)
    assert re.fullmatch(r"cycle 3\d\d: no beat moved for 301 cycles", tally.difference)
    assert (tally.first, tally.mismatches) == (0, 6 * 3 + 6)


@pytest.mark.slow
def test_a_stimulus_that_cannot_be_used_is_one_line(made, seed, tmp_path):
    path, jobs = tmp_path / "x.bin", small_jobs(seed, 2)

    def said(change, build=BUILD):
        replay_wtu.write(path, build, jobs, Run())
        path.write_bytes(change(path.read_bytes()))
        done = subprocess.run([made, path, tmp_path / "y"], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr.removeprefix(f"{path}: ").rstrip("\n")

    assert said(lambda good: good[:-13]) == "record 4 is cut off"
    assert said(lambda good: good, replace(BUILD, lanes=8)) == "record 0 is for another build"
    wrong = replace(jobs[0], context=4096)
    answers = replay_wtu.write(path, BUILD, [jobs[1], wrong], Run())
    with pytest.raises(DamagedRecord, match="record 3 context must be below 4096, not 4096"):
        replay_wtu.replay(made, path, answers)
    with pytest.raises(ValueError, match=r"stalls must name one of chunks, .*, not 'row'"):
        replay_wtu.write(path, BUILD, jobs, Run(stalls={"row": 0.5}))


@pytest.mark.slow
def test_make_sim_names_the_first_wrong_row_and_how_to_see_it(
    compiled, seed, tmp_path, monkeypatch, capsys
):
    """Of the excerpt; with a golden model that is wrong about one row of the last chunk."""
    right = expected_module.fast_rows.select_rows

    def wrong(scores, token_count, TH, scale):
        rows = right(scores, token_count, TH, scale)
        rows.mass[1:2] += scores.shape[1] == 41 and token_count.sum() > 420
        return rows

    monkeypatch.setattr(expected_module.fast_rows, "select_rows", wrong)
    monkeypatch.setattr(sim, "PRESETS", ("asic",))
    small = partial(WTUConfig, lanes=4, max_clusters=64, on_chip_clusters=30, max_rows=64)
    monkeypatch.setitem(simulate.UNITS, "wtu", (WTU, small))
    monkeypatch.setattr(fast_wtu, "folder_of", lambda name: tmp_path)
    for name, value in {"CORE": "wtu", "SIM": "fast", "SEED": str(seed)}.items():
        monkeypatch.setenv(name, value)
    for name in ("WAVES", "TESTCASE", "TRACE"):
        monkeypatch.setenv(name, "")
    with pytest.raises(SystemExit) as stop:
        sim.main()
    said = capsys.readouterr().out
    assert stop.value.code == 1
    assert re.search(r"│ rows +│ +2,560 │", said)
    chunk, number = re.search(
        r"failed asic chunk (\d+): row 1 \(EXP, TH 19661, 41 clusters\): mass is (\d+), not", said
    ).groups()
    assert int(number) > 0
    command = re.search(r"this chunk with waves: make sim (.*)", said)[1]
    given = dict(word.split("=", 1) for word in shlex.split(command))
    assert (given["CORE"], given["SIM"], given["WAVES"]) == ("wtu", "verilator", "1")
    assert saved.load(Path(given["TRACE"])).index == int(chunk)
    assert said.splitlines()[-1] == f"reproduce: make sim CORE=wtu SIM=fast SEED={seed}"


@pytest.mark.slow
def test_figures_are_made_of_what_was_replayed(compiled, seed, tmp_path, monkeypatch):
    traces = {"excerpt": resv.excerpt_path()}
    monkeypatch.setattr(figures_wtu_replay, "real_traces", lambda: traces)
    builds = {NAME: BUILD}
    made = figures_wtu_replay.measure(builds, seed, lambda what: None, rows=300, of_trace=90)
    values = {(figure.figure, figure.trace): figure for figure in made}
    wrong = [key for key in values if "rows that differ" in key[0]]
    assert [trace for _, trace in wrong] == [figures_wtu_replay.MIXTURE, "excerpt"]
    assert wrong[0][0].startswith("asic: rows that differ from integer Eq. 3, of 300 ")
    assert all(figure.meets(figure.must) for figure in values.values())
    assert {values[key].value for key in wrong} == {0}
