"""resv compare: tables, files, pictures; one line and exit status 2 for every error of the user."""

import json
import re
import sys

import pytest

import resv
from model.lab_traces import SMALL, made
from resv import compare_cli, laboratory
from resv.laboratory import comparison, plots

PNG = b"\x89PNG"
FEW = ["--sink-tokens", "3", "--recent-tokens", "8", "--held-back", "127", "--block-chunks", "4"]
QUICK = ["--policies", "full,random,cell:frames=4,resv", "--ratios", "20,50"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("traces")
    for n in range(2):
        resv.save_trace(path / f"t{n}.safetensors", made(n, frames=24))
    resv.save_trace(path / "odd.safetensors", made(0, d=6))
    (path / "text").write_text("no trace\n")
    return path


def test_a_comparison_prints_and_keeps_what_it_measures(run, folder, tmp_path):
    names = [folder / "t0.safetensors", folder / "t1.safetensors"]
    status, out, err = run("compare", *names, *FEW, *QUICK, "-o", tmp_path / "new" / "out")
    assert (status, err) == (0, "")
    place = tmp_path / "new" / "out"
    kept = laboratory.load(place / "results.csv")
    expected = resv.compare(
        {f"t{n}": resv.load_trace(name) for n, name in enumerate(names)},
        ["full", "random", "cell:frames=4", "resv"],
        [0.2, 0.5],
        config=SMALL,
        held_back=127,
        block_chunks=4,
    )
    assert repr(kept.rows) == repr(expected.rows)
    about = json.loads((place / "about.json").read_text())
    assert {row.settings_sha256 for row in kept.rows} == {about["settings_sha256"]}
    assert about["traces"]["t1"]["trace_sha256"] == resv.load_trace(names[1]).sha256

    for key in (("t0", "frames", "ratio"), ("t1", "text", "equal_k")):
        figures = [expected.figures()[*key, "random", target] for target in (0.2, 0.5)]
        cells = []
        for one in figures:
            values = (one.output_error, one.output_error_centred, one.mass_recalled)
            cells += [f"{100 * value:.1f}" for value in values]
            cells[-3] += "" if one.reached else "*"
        lines = [line.split() for line in out.splitlines()]
        assert ["random", *cells] in lines
    least = 100 * expected.figures()["t0", "frames", "ratio", "resv", 0.2].ratio
    assert f"* resv: {least:.1f} % is the nearest it gets to 20 %" in out
    one = expected.figures()["t0", "frames", "ratio", "resv", 0.5]
    assert re.search(rf"^resv +Th_r .* {one.knob:.4f}: {100 * one.ratio:.1f}$", out, re.M)
    assert "error minus that of resv, points, 95 % interval; frames, equal k" in out
    assert "clips: 2, traces: 2, blocks of chunks: 12" in out
    assert "task accuracy: not testable with random weights" in out
    assert about["settings_sha256"] in out
    pictures = sorted(path.name for path in place.glob("*.png"))
    assert pictures == ["error.png", "heads.png"]  # nothing went over the link
    assert all((place / name).read_bytes().startswith(PNG) for name in pictures)
    assert len({(place / name).read_bytes() for name in pictures}) == 2


def test_against_another(run, folder, tmp_path):
    arguments = [folder / "t0.safetensors", *FEW, "--policies", "random,recent", "--no-plots"]
    status, out, _ = run("compare", *arguments, "--against", "random", "-o", tmp_path)
    assert status == 0
    grids = [part for part in out.split("\n\n") if part.startswith("error minus that of random")]
    assert len(grids) == 4
    assert all(re.search(r"^recent  ", grid, re.M) for grid in grids)
    assert not any(re.search(r"^random  ", grid, re.M) for grid in grids)


def test_less_can_be_asked_for(run, folder, tmp_path):
    arguments = [folder / "t0.safetensors", *FEW, "--policies", "random", "--ratios", "30"]
    status, out, _ = run("compare", *arguments, "--no-plots", "--no-link", "-o", tmp_path)
    assert status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["about.json", "results.csv"]
    assert "link" not in out
    assert "minus that of" not in out  # resv is not among them


def test_link_bytes_have_a_picture(tmp_path):
    found = resv.compare(
        made(0, frames=60, d=64), ["random", "full"], [0.3], config=SMALL, held_back=20,
        area_pages=2,
    )  # fmt: skip
    drawn = plots.draw(found, tmp_path)
    assert [path.name for path in drawn] == ["error.png", "heads.png", "link.png"]
    assert drawn[-1].read_bytes().startswith(PNG)


def test_what_is_finished_is_kept(run, folder, tmp_path, monkeypatch):
    """The second trace fails after its first policy."""
    real, calls = comparison.measure, []

    def fails(trace, policy, *rest):
        calls.append(policy.label)
        if len(calls) == 5:
            raise ValueError("the power went")
        return real(trace, policy, *rest)

    monkeypatch.setattr(comparison, "measure", fails)
    names = [folder / f"t{n}.safetensors" for n in range(2)]
    more = [*FEW, "--policies", "random,recent", "--no-link", "-o", tmp_path]
    status, out, err = run("compare", *names, *more)
    assert (status, out, err) == (2, "", "resv: the power went\n")
    kept = laboratory.load(tmp_path / "results.csv").rows
    finished = {(row.trace, row.policy) for row in kept}
    assert finished == {("t0", "nothing"), ("t0", "random"), ("t0", "recent"), ("t1", "nothing")}
    assert json.loads((tmp_path / "about.json").read_text())["format"] == "resv-comparison/1"


@pytest.mark.parametrize("torn", ["", "t1,abc", "t1,,,,,,random"])
def test_the_same_command_again_goes_on(run, folder, tmp_path, monkeypatch, torn):
    """What was finished is kept, and the result is as if it had never been stopped."""
    names = [folder / f"t{n}.safetensors" for n in range(2)]
    more = [*FEW, "--policies", "random,recent", "--no-link", "--no-plots", "-o"]
    assert run("compare", *names, *more, tmp_path / "whole")[0] == 0
    whole = (tmp_path / "whole" / "results.csv").read_bytes()
    real, calls, stops = comparison.measure, [], [5]

    def fails(trace, policy, *rest):
        calls.append(policy.label)
        if len(calls) in stops:
            raise ValueError("the power went")
        return real(trace, policy, *rest)

    monkeypatch.setattr(comparison, "measure", fails)
    assert run("compare", *names, *more, tmp_path / "part")[0] == 2
    results = tmp_path / "part" / "results.csv"
    with results.open("a") as file:
        file.write(torn)
    stops.clear()
    calls.clear()
    status, _, err = run("compare", *names, *more, tmp_path / "part")
    assert (status, err) == (0, "kept from before: 3 policies on traces\n")
    assert calls == ["nothing", "random", "recent"]  # of t1; the last that was there once more
    assert results.read_bytes() == whole
    calls.clear()
    assert run("compare", *names, *more[:-2], "--plots", "-o", tmp_path / "part")[0] == 0
    assert calls == ["recent"]


def test_another_comparison_begins_anew(run, folder, tmp_path):
    arguments = ["compare", folder / "t0.safetensors", *FEW, "--no-link", "--no-plots"]
    assert run(*arguments, "--policies", "random", "-o", tmp_path)[0] == 0
    status, _, err = run(*arguments, "--policies", "recent", "-o", tmp_path)
    assert (status, err) == (0, "")
    kept = laboratory.load(tmp_path / "results.csv").rows
    assert {row.policy for row in kept} == {"nothing", "recent"}


ALL_POLICIES = (
    "full, random, recent, topk_token, topk_frame_mean, topk_frame_exp, segment, cell, kmeans, "
    "resv, resv_plus"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing argument 'TRACE...'."),
        ("{t}/t0.safetensors", "Missing option '--output' / '-o'."),
        ("{t}/no.safetensors -o {o}", "{t}/no.safetensors: No such file or directory"),
        ("T9 -o {o}", "trace must be a file or one of T1, T2, T3, T1s, T2s, T3s, not 'T9'"),
        ("{t}/text -o {o}", "{t}/text: must be an undamaged safetensors file, not .*"),
        ("{t}/t0.safetensors -o {t}/text", "output must be a folder, not {t}/text"),
        (
            "{t}/t0.safetensors -o {o} --policies rsv",
            "policy must be one of "
            + ALL_POLICIES
            + ", not 'rsv'; did you mean resv or resv_plus?",
        ),
        (
            "{t}/t0.safetensors -o {o} --policies resv:Th=3",
            "parameter of resv must be one of hash_bits, Th_hd, max_clusters, cluster_cap, auto, "
            "prefix, tokens_per_cluster, not 'Th'; did you mean Th_hd?",
        ),
        (
            "{t}/t0.safetensors -o {o} --policies resv,resv",
            "policies must be different ones, not 'resv' twice",
        ),
        (
            "{t}/t0.safetensors -o {o} --policies resv,random --against randon",
            "against must be one of resv, random, not 'randon'; did you mean random?",
        ),
        (
            "{t}/t0.safetensors -o {o} --ratios 5,many",
            "ratios must be numbers with commas, in %, not '5,many'",
        ),
        (
            "{t}/t0.safetensors -o {o} --ratios 5,100",
            "ratios must be above 0 and below 100 %, not 100",
        ),
        (
            "{t}/t0.safetensors -o {o}",
            "t0: trace must have more than its sinks and recent window (16 + 200 tokens) before "
            "its last chunk, not 102",
        ),
        ("{t}/t0.safetensors {t}/t0.safetensors -o {o}", "traces must be different ones, not .*"),
        ("{t}/t0.safetensors -o {o} --seed -1", "seed must be at least 0, not -1"),
        (
            "{t}/odd.safetensors -o {o} --sink-tokens 3 --recent-tokens 8 --policies resv",
            "odd: head size must divide 1,024 for link bytes, not 6: do without link",
        ),
        (
            "{t}/t0.safetensors -o {o} --sink-tokens 3 --recent-tokens 8 --no-link",
            "kmeans:block_tokens must be at most recent_tokens (8), not 160: a token needs a "
            "cluster before it is far",
        ),
    ],
)
def test_every_error_is_one_line_and_status_2(
    run, folder, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr(comparison, "measure", lambda *_: pytest.fail("work was done"))
    names = {"t": folder, "o": tmp_path / "out"}
    status, out, err = run("compare", *arguments.format(**names).split())
    assert (status, out) == (2, "")
    pattern = re.escape(message.format(**names)).replace(r"\.\*", ".*")
    assert re.fullmatch(f"resv: {pattern}\n", err), err
    assert not (tmp_path / "out").exists()


def test_missing_matplotlib_is_told_before_the_work(run, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "measure", lambda *_: pytest.fail("work was done"))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, _, err = run("compare", folder / "t0.safetensors", *FEW, *QUICK, "-o", tmp_path)
    assert (status, err) == (
        2,
        "resv: plots need matplotlib: install it with `pip install vrex-open[plot]`, or do without "
        "(--no-plots)\n",
    )


def test_help(run):
    status, out, _ = run("compare", "--help")
    assert status == 0
    assert "topk_frame_mean" in " ".join(out.split())
    assert compare_cli.PERCENTS == "5,10,20,33"
