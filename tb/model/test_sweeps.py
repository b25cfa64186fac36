"""Sweeps: the same on any number of processes, in parts that are kept, as one table."""

import csv
import json
import os
from contextlib import nullcontext
from dataclasses import replace

import distributed
import pytest

import resv
from model.lab_traces import SMALL, made
from resv import laboratory, sweeps
from resv.laboratory import Settings
from resv.sweeps import pool, units

POLICIES = ("random", "resv", "resv:Th_hd=3")


def settings(**changes):
    given = {"policies": POLICIES, "ratios": (0.2, 0.5), "knobs": (0.3,), "config": SMALL}
    return Settings(**given | {"link": False, "block_chunks": 4} | changes)


def sweep(folder, seeds=(0, 7), fit="together", **changes):
    traces = [folder / f"t{n}.safetensors" for n in range(2)]
    return sweeps.Sweep(traces=traces, settings=settings(**changes), seeds=seeds, fit=fit)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("traces")
    for n in range(2):
        resv.save_trace(path / f"t{n}.safetensors", made(n, frames=16, name=f"t{n}"))
    return path


@pytest.fixture
def here(monkeypatch):
    """No processes; what was measured, in order."""
    done = []

    def finished(client, work, items):
        del client
        for item in items:
            done.append(str(item))
            try:
                yield item, work(item)
            except ValueError as error:
                yield item, error

    monkeypatch.setattr(pool, "processes", lambda *_: nullcontext())
    monkeypatch.setattr(pool, "finished", finished)
    return done


def table(path):
    """The rows of a sweep's table, as texts by column."""
    with (path / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# -- processes -------------------------------------------------------------------------------------


def test_one_and_four_processes_and_a_scheduler_give_the_same_bytes(folder, tmp_path):
    one, said = sweep(folder), []
    for workers in (1, 4):
        sweeps.run(one, tmp_path / str(workers), workers=workers, say=said.append)
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        address = cluster.scheduler_address
        sweeps.run(one, tmp_path / "there", scheduler=address, say=said.append)
    first, *others = ((tmp_path / name / "sweep.csv").read_bytes() for name in ("1", "4", "there"))
    assert others == [first, first]
    assert len(first.splitlines()) > 300
    assert len(said) == 3 * len(set(said)) == 3 * 2 * 2 * 4


def test_a_process_is_another_one(folder):
    with pool.processes(1, None) as client:
        [(item, result)] = pool.finished(client, _process, [3])
    assert item == 3
    assert result[0] != os.getpid()
    assert result[1] == "1"  # threads of its matrix library


def _process(item):
    del item
    return os.getpid(), os.environ["OMP_NUM_THREADS"]


def test_an_error_in_a_process_comes_back():
    with pool.processes(1, None) as client:
        results = dict(pool.finished(client, _inverse, [0, 4]))
    assert isinstance(results[0], ZeroDivisionError)
    assert results[4] == 0.25


def _inverse(number):
    return 1 / number


# -- what is measured ------------------------------------------------------------------------------


def test_a_sweep_measures_what_a_comparison_does(folder, tmp_path, here):
    found = sweeps.run(sweep(folder, seeds=[7]), tmp_path)
    traces = {f"t{n}": resv.load_trace(folder / f"t{n}.safetensors") for n in range(2)}
    expected = resv.compare(
        traces, POLICIES, [0.2, 0.5], knobs=[0.3], config=SMALL, link=False, block_chunks=4, seed=7
    )
    assert repr(expected.figures()) == repr(found.figures())  # NaN is not equal to itself
    assert len(here) == 2 * 4


def test_seeds_draw_anew(folder, tmp_path, here):
    sweeps.run(sweep(folder, policies=("random",)), tmp_path)
    by_seed = {
        seed: [row["output_error"] for row in table(tmp_path) if row["seed"] == seed]
        for seed in ("0", "7")
    }
    assert len(by_seed["0"]) == len(by_seed["7"]) > 50
    assert by_seed["0"] != by_seed["7"]


def test_alone_each_head_has_its_own_knob(folder, tmp_path, here):
    one = sweep(folder, fit="alone", seeds=[0], layers=[1], policies=("resv:Th_hd=3",))
    found = sweeps.run(one, tmp_path)
    assert here[-1] == "t1, resv:Th_hd=3, seed 0, layer 1, KV head 1"
    assert len(here) == 2 * 2 * 2  # traces, policy and reference, KV heads
    trace = resv.load_trace(folder / "t1.safetensors")
    knobs = {}
    for kv_head in (0, 1):
        alone = resv.compare(
            {"t1": trace}, ["resv:Th_hd=3"], [0.5], config=SMALL, link=False,
            layers=[1], kv_heads=[kv_head],
        )  # fmt: skip
        knobs[kv_head] = alone.figures()["t1", "frames", "ratio", "resv:Th_hd=3", 0.5].knob
    assert knobs[0] != knobs[1]
    of_sweep = {
        row.kv_head: row.knob
        for row in found.rows
        if (row.trace, row.kind, row.table, row.target, row.policy)
        == ("t1", "frames", "ratio", 0.5, "resv:Th_hd=3")
    }
    assert of_sweep == knobs


def test_the_table_is_sums_over_sums(folder, tmp_path, here):
    found = sweeps.run(sweep(folder, seeds=[0]), tmp_path)
    rows = table(tmp_path)
    key = ("t1", "frames", "ratio", "0.5", "resv:Th_hd=3", "1", "0")
    columns = ("trace", "kind", "table", "target", "policy", "layer", "kv_head")
    [row] = [row for row in rows if tuple(row[column] for column in columns) == key]
    own = [
        one for one in found.rows if tuple(str(getattr(one, column)) for column in columns) == key
    ]
    assert len(own) > 1  # blocks
    queries = sum(one.query_rows for one in own)
    assert int(row["query_rows"]) == queries
    assert float(row["output_error"]) == sum(one.output_error for one in own) / queries
    selected, far = (sum(getattr(one, n) for one in own) for n in ("selected_tokens", "far_tokens"))
    assert float(row["ratio"]) == selected / far == int(row["selected_tokens"]) / far
    assert row["parameter_Th_hd"] == "3"
    assert (row["seed"], row["version"]) == ("0", resv.__version__)
    assert row["settings_sha256"] == own[0].settings_sha256
    assert row["trace_sha256"] == resv.load_trace(folder / "t1.safetensors").sha256
    assert row["link_ratio"] == ""
    by_policy = {row["policy"]: row["parameter_Th_hd"] for row in rows}
    assert by_policy == {"nothing": "", "random": "", "resv": "7", "resv:Th_hd=3": "3"}
    assert len({row["settings_sha256"] for row in rows}) == 4
    about = json.loads((tmp_path / "about.json").read_text())
    assert (about["seeds"], about["fit"]) == ([0], "together")


# -- parts -----------------------------------------------------------------------------------------


def test_an_interrupted_sweep_goes_on(folder, tmp_path, here, monkeypatch):
    sweeps.run(sweep(folder), tmp_path / "whole")
    every, finished = list(here), pool.finished
    here.clear()

    def interrupted(*arguments):
        for number, one in enumerate(finished(*arguments)):
            yield one
            if number == 4:
                raise KeyboardInterrupt

    monkeypatch.setattr(pool, "finished", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweeps.run(sweep(folder), tmp_path / "out")
    assert here == every[:5]
    partial = table(tmp_path / "out")
    assert partial == table(tmp_path / "whole")[: len(partial)]
    assert {(row["policy"], row["seed"]) for row in partial} == {
        *((policy, "0") for policy in ("nothing", *POLICIES)),
        ("nothing", "7"),
    }
    monkeypatch.setattr(pool, "finished", finished)
    here.clear()
    said = []
    sweeps.run(sweep(folder), tmp_path / "out", say=said.append)
    assert here == every[5:]
    assert said == every
    written = [(tmp_path / name / "sweep.csv").read_bytes() for name in ("whole", "out")]
    assert written[0] == written[1]
    here.clear()
    sweeps.run(sweep(folder), tmp_path / "out")
    assert here == []
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_only_what_changed_is_measured(folder, tmp_path, here, monkeypatch):
    sweeps.run(sweep(folder, seeds=[0]), tmp_path)
    here.clear()
    sweeps.run(sweep(folder, seeds=[0], policies=(*POLICIES, "recent")), tmp_path)
    assert here == ["t0, recent, seed 0", "t1, recent, seed 0"]
    here.clear()
    sweeps.run(sweep(folder, seeds=[0], ratios=(0.2, 0.6)), tmp_path)
    assert len(here) == 8
    here.clear()
    monkeypatch.setattr(resv, "__version__", "9")
    sweeps.run(sweep(folder, seeds=[0]), tmp_path)
    assert len(here) == 8
    assert {row["version"] for row in table(tmp_path)} == {"9"}


def test_another_trace_of_the_same_name_is_measured(tmp_path, here):
    path, seen = tmp_path / "t.safetensors", []
    for seed in (0, 1):
        resv.save_trace(path, made(seed, frames=16))
        one = sweeps.Sweep(traces=[path], settings=settings(policies=("random",)))
        sweeps.run(one, tmp_path / "out")
        seen += [row["output_error"] for row in table(tmp_path / "out")[-1:]]
    assert len(here) == 4
    assert seen[0] != seen[1]


def test_a_damaged_part_is_measured_again(folder, tmp_path, here):
    sweeps.run(sweep(folder), tmp_path)
    before = (tmp_path / "sweep.csv").read_bytes()
    part = next((tmp_path / "parts").iterdir())
    part.write_text(part.read_text()[:-90])
    here.clear()
    sweeps.run(sweep(folder), tmp_path)
    assert len(here) == 1
    assert (tmp_path / "sweep.csv").read_bytes() == before
    assert laboratory.load(part).rows


def test_a_unit_that_fails_does_not_stop_the_others(folder, tmp_path, here, monkeypatch):
    real = units.measure

    def fails(trace, policy, *rest):
        if policy.label == "resv":
            raise ValueError("the power went")
        return real(trace, policy, *rest)

    monkeypatch.setattr(units, "measure", fails)
    with pytest.raises(
        ValueError,
        match=r"^t0, resv, seed 0: the power went; 2 of 8 units failed, the others are kept$",
    ):
        sweeps.run(sweep(folder, seeds=[0]), tmp_path)
    assert {row["policy"] for row in table(tmp_path)} == {"nothing", "random", "resv:Th_hd=3"}
    monkeypatch.setattr(units, "measure", real)
    here.clear()
    sweeps.run(sweep(folder, seeds=[0]), tmp_path)
    assert here == ["t0, resv, seed 0", "t1, resv, seed 0"]


def test_a_worker_with_another_trace_or_version_is_refused(folder, tmp_path, monkeypatch):
    one = sweeps.plan(sweep(folder)).units[0]
    other = replace(one, path=folder / "t1.safetensors")
    with pytest.raises(ValueError, match=r"t1\.safetensors: trace must have SHA-256 \w+, not \w+"):
        units.measured(other)
    monkeypatch.setattr(resv, "__version__", "9")
    with pytest.raises(ValueError, match=r"worker must have resv 0\.1\.0, not 9"):
        units.measured(one)
