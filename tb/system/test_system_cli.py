"""resv system: figures, runs, files and pictures; one line and exit status 2 for every error."""

import csv
import os
import re
import sys
from contextlib import contextmanager

import pytest

from model.lab_traces import made
from resv import console
from resv.laboratory.plots import pyplot
from resv.system import cycles, figures, measure, modes
from resv.system.figures import base, crowd

PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def few_streams(monkeypatch):
    """The figure of many streams takes half a minute otherwise."""
    monkeypatch.setattr(crowd, "STREAMS", (1, 4))
    monkeypatch.setattr(crowd, "FRAMES", 16)
    monkeypatch.setattr(crowd, "SEEDS", 2)


def test_figures_are_listed(run):
    status, out, err = run("system", "figures")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(figures.FIGURES)
    asked = {"4b", "4c", "13a", "13b", "14", "15", "16", "17", "18", "table-1", "table-3"}
    assert asked | {"policies", "local-share", "fps", "energy", "streams"} == set(figures.FIGURES)


def test_a_figure_is_a_table_a_file_and_a_picture(run, tmp_path):
    status, out, err = run("system", "figure", "13a", "-o", tmp_path / "new")
    assert (status, err) == (0, "")
    line = next(line for line in out.splitlines() if line.startswith("v-rex8 frame, 40K"))
    assert re.search(
        r"ms +254 +443 +\+75 % +217 +-15 % +\d+ +-\d+ % +fit +not reproduced as stated: ", line
    )
    with (tmp_path / "new" / "13a.csv").open() as file:
        kept = list(csv.DictReader(file))
    own = [row for row in kept if row["what"] == "v-rex8 frame, 40K"]
    assert [row["mode"] for row in own] == list(modes.MODES)
    assert [float(row["paper"]) for row in own] == [254.0] * 3
    error = float(own[1]["ours"]) / 254 - 1
    assert float(own[1]["error_percent"]) == pytest.approx(100 * error, abs=0.01)
    assert (tmp_path / "new" / "13a.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("mode", ["stated", "ours"])
def test_all_figures_in_one_mode(run, mode):
    status, out, err = run("system", "figure", "all", "--mode", mode)
    assert (status, err) == (0, "")
    titles = [name for name in figures.FIGURES if re.search(rf"^{name}: ", out, re.M)]
    assert titles == [name for name, one in figures.FIGURES.items() if mode in one.modes]
    assert len(titles) > 10


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_mode_acts_or_is_refused(run, name):
    for mode in modes.MODES:
        status, out, err = run("system", "figure", name, "--mode", mode)
        if mode not in figures.FIGURES[name].modes:
            assert (status, out) == (2, "")
            assert err == (
                f"resv: mode of figure {name} must be one of "
                f"{', '.join(figures.FIGURES[name].modes)}, not {mode!r}\n"
            )
            continue
        header = out.splitlines()[1].split()
        assert mode in header
        assert ("stated" in header) == (mode != "ours")  # calibrated is never alone


@pytest.mark.parametrize("name", ["policies", "17", "local-share", "energy"])
def test_a_picture_of_calibrated_has_stated_too(run, tmp_path, monkeypatch, name):
    kept = []
    monkeypatch.setattr(pyplot(), "close", kept.append)
    assert run("system", "figure", name, "--mode", "calibrated", "-o", tmp_path)[0] == 0
    drawing = kept[0]
    drawing.canvas.draw()
    said = {axis.get_title() for axis in drawing.axes} | {
        line
        for axis in drawing.axes
        for label in axis.get_xticklabels()
        for line in label.get_text().split("\n")
    }
    assert {"stated", "calibrated"} <= said


def test_progress_within_a_figure(run, monkeypatch):
    """The bar goes on behind each figure, and says meanwhile where it is."""
    told = []

    @contextmanager
    def bar(total):
        told.append(total)
        yield lambda what, steps=1: told.append((what, steps))

    monkeypatch.setattr(console, "bar", bar)
    assert run("system", "figure", "streams")[0] == 0
    said = [
        ("figure streams: 1 stream", 0),
        ("figure streams: 4 streams", 0),
        ("figure streams", 1),
    ]
    assert told == [1, *said]


@pytest.mark.slow
def test_all_figures_are_drawn(run, tmp_path):
    status, _, err = run("system", "figure", "all", "-o", tmp_path)
    assert (status, err) == (0, "")
    for name in figures.FIGURES:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(PNG)
        assert (tmp_path / f"{name}.csv").stat().st_size > 100
    pictures = {path.read_bytes() for path in tmp_path.glob("*.png")}
    assert len(pictures) == len(figures.FIGURES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("figure 99", "figure must be one of 4b, 4c, 13a, .*, streams, .*, all, not '99'"),
        ("figure 13a --mode best", "mode must be one of stated, calibrated, ours, all, not 'best'"),
        ("figure 13a -o {f}", "output must be a folder, not {f}"),
        ("figure fps --mode stated", "mode of figure fps must be one of ours, not 'stated'"),
        ("run --case T9", "case must be one of T2@0.3, .* not 'T9'"),
        ("run --share 2", "share must be above 0 and at most 1, not 2.0"),
        (
            "run --platform agx-orin --policy flexgen --kv-bits 8",
            "options must be left out where mode ours does not go: .*",
        ),
        ("run --platform h100", "platform must be one of a100, .* or a .toml file, not 'h100'"),
        ("run --platform {f}.toml", "{f}.toml: No such file or directory"),
        ("run --policy best", "policy must be one of flexgen, .* not 'best'"),
        ("run --tokens -3", "tokens must be between 0 and 10000000, not -3"),
        (
            "run --kv-bits 8 --mode calibrated",
            "options must be left out in mode calibrated, not .*",
        ),
        (
            "run --policy local --tokens 200000",
            "1 x 200,000 cached tokens must fit into near memory of V-Rex8 with policy local: .*",
        ),
        (
            "run --mode ours --policy kvmu",
            "mode ours goes with policy ours only, not ours with kvmu",
        ),
        ("run -o {f}/x.csv", "{f}/x.csv: Not a directory"),
        ("measure -o {f}/x.json", "{f}/x.json: Not a directory"),
        ("measure -o {f}.json", "trace T2 has not been made yet: run `make traces`.*"),
    ],
)
def test_every_error_is_one_line_and_status_2(run, tmp_path, monkeypatch, arguments, message):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = {"f": tmp_path / "file"}
    status, out, err = run("system", *arguments.format(**names).split())
    assert (status, out) == (2, "")
    assert re.fullmatch(f"resv: {message.format(**names)}\n", err), err


def test_missing_matplotlib_is_told_before_the_work(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, out, err = run("system", "figure", "4b", "-o", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("resv: plots need matplotlib: ")


def test_old_results_of_the_bench_are_a_warning(run, tmp_path, monkeypatch):
    bench = tmp_path / "dre.json"
    bench.write_text("[]")
    os.utime(bench, (0, 0))
    monkeypatch.setattr(cycles, "BENCH", bench)
    status, _, err = run("system", "run", "--mode", "ours")
    assert status == 0
    assert len(err.splitlines()) == 1
    assert re.match(r"resv: warning: .*dre\.json is older than the design", err)


@pytest.mark.parametrize("command", [("run",), ("figure", "13a"), ("figure", "fps")])
def test_damaged_results_of_the_bench_are_an_error(run, tmp_path, monkeypatch, command):
    """They are not as if mode ours did not go."""
    bench = tmp_path / "dre.json"
    bench.write_text('[{"figure": 3}]')
    monkeypatch.setattr(cycles, "BENCH", bench)
    for kept in (base.result, cycles.measured):
        kept.cache_clear()
    status, out, err = run("system", *command)
    cycles.measured.cache_clear()
    assert (status, out) == (2, "")
    assert re.fullmatch(r"resv: .*dre\.json: must be figures of `make bench CORE=dre`: .*\n", err)


def test_what_is_measured_is_written(run, tmp_path, monkeypatch):
    rows = [measure.Row("T2", 0.3, "frames", 0, 1_000, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)]
    asked = []
    traces = {name: made(0, layers=1, kv_heads=2) for name in ("T2", "T3")}
    monkeypatch.setattr(measure, "named", lambda names: {name: traces[name] for name in names})
    monkeypatch.setattr(measure, "measure", lambda cases, traces, say: asked.extend(cases) or rows)
    monkeypatch.setattr(
        measure, "write", lambda path, rows, traces: path.write_text(str(len(rows)))
    )
    status, out, _ = run("system", "measure", "-o", tmp_path / "m.json")
    assert (status, asked) == (0, list(measure.CASES))
    assert (tmp_path / "m.json").read_text() == "1"
    assert "m.json" in out
