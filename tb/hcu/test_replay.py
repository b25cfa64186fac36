"""The fast replay of the HCU: right where the hardware is, wrong where it is not."""

import json
import re
import shlex
import subprocess
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest

import resv
import sim
import simulate
from dre import HCUConfig
from dre.layouts import ChunkStatus
from hcu import fast_hcu, figures_hcu_replay, replay_hcu, saved, stream_hcu
from hcu.broken import FAULTS, LATE, BrokenHCU
from replay.records import DamagedRecord
from resv import named_traces

STALLS = dict.fromkeys(replay_hcu.STREAMS, 0.6)
SMALL = HCUConfig(hash_bits=24, lanes=3, max_clusters=37, max_chunk=11, preset="fpga")
WIDE = HCUConfig(hash_bits=128, lanes=1, max_clusters=65_535, max_chunk=13)


def replayed(build, chunks, places, **how):
    """A stream through the compiled unit, with nothing wrong."""
    expected = fast_hcu.golden(build, chunks)
    name = f"test-{build.preset}-{build.hash_bits}-{build.max_clusters}"
    judged, path = fast_hcu.replay_stream(build, chunks, places, expected, name=name, **how)
    assert (judged.mismatches, judged.difference, path) == (0, None, None)
    return judged


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["asic", "fpga"])
def test_the_excerpt_and_a_long_stream_are_right(preset, seed, tmp_path):
    build, config = HCUConfig(preset=preset, max_clusters=1024), resv.Config.paper()
    chunks, places = stream_hcu.of_trace(resv.load_trace(resv.excerpt_path()), config)
    fast = replayed(build, chunks, places, folder=tmp_path, seed=seed, first_number=65_530)
    assert (sum(row["tokens"] for row in fast.rows), fast.rows[-1]["clusters"]) == (624, 41)
    slow = replayed(
        build, chunks, places, folder=tmp_path, seed=seed, stalls=STALLS, table_latency=100
    )
    assert slow.replayed.cycles > fast.replayed.cycles + 100 * len(chunks) / 2
    again = replayed(
        build, chunks, places, folder=tmp_path, seed=seed, stalls=STALLS, table_latency=100
    )
    assert again.rows == slow.rows, "a seed repeats its stalls"

    for row in as_in_cocotb(build, seed, fast.rows):
        assert row["cycles"] <= row["bound"]
    rng = np.random.default_rng(seed)
    chunks, places = stream_hcu.wander(rng, config, frames=600)
    long = replayed(build, chunks, places, folder=tmp_path, seed=seed)
    assert long.rows[-1]["clusters"] > 100
    assert all(row["cycles"] <= row["bound"] for row in long.rows)


def as_in_cocotb(build, seed, rows):
    """The same rows from cocotb, to the cycle; chunks end as far from each other too."""
    name = f"test-replay-{build.preset}"
    prepared = simulate.prepare("hcu", build, simulator="verilator", name=name)
    output = prepared.folder / "replay.json"
    given = {
        "trace": str(resv.excerpt_path()),
        "config": asdict(resv.Config.paper()),
        "output": str(output),
    }
    case = "trace_is_clustered_as_in_the_golden_model/mix=ready"
    run = simulate.run(prepared, "hcu.bench_hcu_replay", seed=seed, testcase=case, settings=given)
    assert (run.passed, run.failures) == (1, ())
    theirs = json.loads(output.read_text())["rows"]
    shift = theirs[0]["ended"] - rows[0]["ended"]
    assert [row | {"ended": row["ended"] + shift} for row in rows] == theirs
    return theirs


def many_contexts(rng, build, chunks=400):
    """Chunks of any size and settings, in four contexts that take turns at random."""
    config = resv.Config(hash_bits=build.hash_bits, max_chunk=build.max_chunk)
    work, _ = stream_hcu.wander(rng, config, frames=chunks, tokens=build.max_chunk)
    return [
        replace(
            chunk,
            context=int(rng.integers(0, 4)) * 1365,
            words=chunk.words[: rng.integers(0, build.max_chunk + 1)],
            Th_hd=int(rng.integers(0, build.hash_bits + 2)),
            max_clusters=int(rng.integers(1, min(build.max_clusters, 300) + 1)),
            cluster_cap=None if rng.random() < 0.5 else int(rng.integers(1, 9)),
        )
        for chunk in work
    ]


@pytest.mark.slow
@pytest.mark.parametrize("build", [SMALL, WIDE], ids=["small", "wide"])
def test_contexts_settings_and_widths(build, seed, tmp_path):
    chunks = many_contexts(np.random.default_rng(seed), build)
    places = [stream_hcu.Place(n, resv.Kind.FRAME, c.context) for n, c in enumerate(chunks)]
    for stalls in ({}, STALLS):
        judged = replayed(build, chunks, places, folder=tmp_path, seed=seed, stalls=stalls)
        assert sum(row["full"] for row in judged.rows) > 0
    idle = replace(chunks[0], words=chunks[0].words[:0])
    assert replayed(build, [idle], places[:1], folder=tmp_path).rows[0]["cycles"] == 0


@pytest.mark.slow
def test_tables_that_are_there_already(seed, tmp_path):
    """Given at the start, they are used, returned, and may make the unit refuse a chunk."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 256, (37, 3), np.uint8)
    tables = {9: (words, np.full(37, 65_530)), 8: (words, np.full(37, 65_524))}
    chunks = [replay_hcu.Chunk(n, words[:5], 7, 37) for n in (9, 8)]
    made = replay_hcu.build_program(SMALL, "test-fpga-24-37")
    out = replay_hcu.replay(made, SMALL, chunks, replay_hcu.Run(), tables, tmp_path)
    assert [answer.status for answer in out.answers] == [ChunkStatus.REFUSED, ChunkStatus.OK]
    assert out.tables[9][1].tolist() == [65_530] * 37
    assert out.tables[8][1].tolist() == [65_525] * 5 + [65_524] * 32
    assert out.entries_read == 4 * 37
    assert (out.status, out.counters[4]) == (1, 1)


@pytest.mark.slow
def test_a_stimulus_that_cannot_be_used_is_one_line(tmp_path):
    made = replay_hcu.build_program(SMALL, "test-fpga-24-37")

    def said(change, records_of=SMALL):
        chunks = [replay_hcu.Chunk(0, np.zeros((2, 3), np.uint8), max_clusters=37)] * 3
        path = tmp_path / "stimulus.bin"
        content = replay_hcu.stimulus_records(records_of, chunks, replay_hcu.Run(), {})
        replay_hcu.records.write(path, "hcu", content)
        path.write_bytes(change(path.read_bytes()))
        command = [made, path, tmp_path / "results.bin"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert not (tmp_path / "results.bin").exists()
        assert done.stderr.startswith(f"{path}: ")
        return done.stderr.removeprefix(f"{path}: ").rstrip("\n")

    def flipped(at):
        return lambda good: good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]

    first = 16 + 28 + 12 + 48  # the first chunk's record
    assert said(flipped(first + 8)) == "record 2 has a wrong checksum"
    assert said(lambda good: good[: first + 38]) == "record 3 is cut off"
    assert said(lambda good: good[:-16]) == "record 5 is cut off"
    assert said(lambda good: good + b"\0") == "record 5 must be the last"
    assert said(lambda good: b"") == "must be a file of records of hcu, version 1"
    assert said(lambda good: good, WIDE) == "record 0 is for another build"
    chunk = replay_hcu.Chunk(0, np.zeros((1, 3), np.uint8), max_clusters=64)
    with pytest.raises(DamagedRecord, match="record 2 max_clusters must be below 64, not 64"):
        replay_hcu.replay(made, SMALL, [chunk], replay_hcu.Run(), folder=tmp_path)


SAID = {
    "cluster": r"token \d+: {'cluster': 0, .*}, not {'cluster': .*}",
    "changes": r"no answer; cycle \d+: assignments: a beat changed",
    "withdraws": r"no answer; cycle \d+: assignments: a beat was withdrawn",
    "stuck": r"no answer; cycle \d+: no beat moved for 501 cycles",
    "no header": r"no answer; cycle \d+: no header",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_unit_is_found_out(fault, seed, monkeypatch, tmp_path):
    monkeypatch.setitem(simulate.UNITS, "hcu", (BrokenHCU, HCUConfig))
    rng, config = np.random.default_rng(seed), resv.Config(hash_bits=24, max_clusters=37)
    work = stream_hcu.wander(rng, config, frames=250, tokens=5, context=FAULTS.index(fault))
    expected = fast_hcu.golden(SMALL, work[0])
    how = {"seed": seed, "stalls": STALLS, "patience_cycles": 500, "folder": tmp_path}
    judged, path = fast_hcu.replay_stream(SMALL, *work, expected, name="test-broken", **how)
    assert re.fullmatch(SAID[fault], judged.difference)
    assert judged.mismatches > 0
    assert expected[0][judged.first].before >= LATE
    what = saved.load(path)
    assert (what.index, what.difference) == (judged.first, judged.difference)
    assert len(what.chunks) == fast_hcu.LEAD + 1
    assert what.chunks[-1].words.tolist() == work[0][judged.first].words.tolist()
    (table,) = what.tables.values()
    assert len(table[0]) == expected[0][judged.first - fast_hcu.LEAD].before


@pytest.fixture
def run_sim(monkeypatch, capsys):
    """``sim.main`` with these settings; returns exit status and what it printed."""

    def main(**given):
        for name in ("CORE", "SIM", "WAVES", "SEED", "TESTCASE", "TRACE"):
            monkeypatch.setenv(name, given.get(name, ""))
        try:
            sim.main()
            status = 0
        except SystemExit as stop:
            status = stop.code
        return status, capsys.readouterr().out

    return main


@pytest.mark.slow
def test_the_first_mismatch_can_be_replayed_in_cocotb(seed, monkeypatch, run_sim):
    """The whole way: a wrong unit, the command that is printed, the chunk in cocotb, waves."""
    monkeypatch.setattr(sim, "PRESETS", ("asic",))
    small = partial(HCUConfig, lanes=1)  # compiles in less time
    monkeypatch.setitem(simulate.UNITS, "hcu", (BrokenHCU, small))
    status, said = run_sim(CORE="hcu", SIM="fast", SEED=str(seed))
    assert status == 1
    assert re.search(r"failed asic chunk \d+: token \d+: {'cluster': 0", said)
    assert said.splitlines()[-1] == f"reproduce: make sim CORE=hcu SIM=fast SEED={seed}"
    command = re.search(r"this chunk with waves: make sim (.*)", said)[1]
    given = dict(word.split("=", 1) for word in shlex.split(command))
    assert (given["SIM"], given["WAVES"]) == ("verilator", "1")

    status, said = run_sim(**given)
    assert status == 1
    assert "failed saved_chunk_is_clustered_as_in_the_golden_model, log " in said
    log = simulate.BUILD / "sim" / "hcu-chunk-verilator"
    assert re.search(r"token \d+: {'cluster': 0", (log / "bench_hcu_chunk.log").read_text())
    assert (log / "dump.vcd").stat().st_size > 10_000


def test_a_chunk_that_is_right_in_cocotb_says_so(monkeypatch, run_sim, tmp_path):
    path = tmp_path / "x.chunk.json"
    saved.save(path, saved.Saved(SMALL, replay_hcu.Run(), 11, "why", {}, []))
    prepared = simulate.Prepared(None, "hcu", SMALL, tmp_path, False)
    outcome = simulate.Outcome(1, (), tmp_path / "r.xml", tmp_path / "r.log")
    monkeypatch.setattr(sim, "prepare", lambda *arguments, **given: prepared)
    monkeypatch.setattr(sim, "run", lambda *arguments, **given: outcome)
    status, said = run_sim(TRACE=str(path), SEED="1")
    assert status == 0
    assert "chunk 11, fpga: why" in said
    assert "agree here: the cause lies before these chunks" in said


def test_a_saved_chunk_is_read_as_it_was_written(tmp_path, seed):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 256, (3, 3), np.uint8)
    run = replay_hcu.Run(seed=5, stalls=STALLS, first_number=9)
    chunks = [replay_hcu.Chunk(7, words, 3, 20, cap) for cap in (None, 4)]
    path = tmp_path / "x.chunk.json"
    written = saved.Saved(SMALL, run, 11, "why", {7: (words, np.array([1, 2, 3]))}, chunks)
    saved.save(path, written)
    read = saved.load(path)
    assert (read.build, read.run, read.index, read.difference) == (SMALL, run, 11, "why")
    assert read.tables[7][0].tolist() == words.tolist()
    assert read.tables[7][1].tolist() == [1, 2, 3]
    for one, other in zip(read.chunks, chunks, strict=True):
        for name in ("context", "Th_hd", "max_clusters", "cluster_cap"):
            assert getattr(one, name) == getattr(other, name)
        assert one.words.tolist() == other.words.tolist()


def test_a_table_on_the_chip_has_no_fast_replay():
    with pytest.raises(ValueError, match="table must be 'stream' in a fast replay, not 'memory'"):
        replay_hcu.build_program(HCUConfig(table="memory"), "none")


def test_a_stream_is_what_resv_clusters():
    trace, config = resv.load_trace(resv.excerpt_path()), resv.Config.paper()
    chunks, places = stream_hcu.of_trace(trace, config)
    heads = [(step, head) for step in resv.replay(trace, config) for head in step.heads]
    for chunk, place, (step, head) in zip(chunks, places, heads, strict=True):
        assert chunk.words.tolist() == head.words.tolist()
        assert (place.chunk, place.kind, place.context) == (step.chunk, step.kind, 0)


def test_figures_are_of_T3_if_it_is_made(monkeypatch):
    def find(name):
        if name not in made:
            raise FileNotFoundError(name)
        return resv.excerpt_path()

    monkeypatch.setattr(named_traces, "find", find)
    config, made = resv.Config.paper(), {"T3"}
    name, chunks, places = figures_hcu_replay._long_stream(config, 1)
    assert (name, sum(len(chunk.words) for chunk in chunks)) == ("T3", 624)
    assert len(chunks) == len(places)
    made = set()
    name, chunks, places = figures_hcu_replay._long_stream(config, 1)
    assert (name, len(chunks), len(places)) == ("made-up words", 4_000, 4_000)
    assert sum(len(chunk.words) for chunk in chunks) == 40_000
    assert list(figures_hcu_replay._of_heads(1, print)) == []
