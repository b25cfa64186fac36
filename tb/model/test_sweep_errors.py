"""Each error of who declares a sweep, or calls `resv sweep`: one line, status 2, and no work."""

import re
import sys

import pytest

from model.sweeps_declared import GOOD, SIZES, TRACE, declared
from resv.sweeps import units

ALL_POLICIES = (
    "full, random, recent, topk_token, topk_frame_mean, topk_frame_exp, segment, cell, kmeans, "
    "resv, resv_plus"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("traces = [", "{f}: must be TOML: .*"),
        ("", "{f}: traces must be given, files or names"),
        ('traces = "T1"', "{f}: traces must be several, in a list, not 'T1'"),
        ("traces = []", "{f}: traces must be one or more, not none"),
        ("traces = [3]", "{f}: traces must be a text, not int"),
        (TRACE + "seed = 1", "{f}: key must be one of .*, not 'seed'; did you mean seeds?"),
        (TRACE + "seeds = [-1]", "{f}: seeds must be at least 0, not -1"),
        (TRACE + "seeds = [1, 1]", "{f}: seeds must be all different, not [1, 1]"),
        (TRACE + 'fit = "each"', "{f}: fit must be one of .*together.*, not 'each'"),
        (TRACE + "ratios = [33]", "{f}: ratios must be above 0 and below 1, not 33"),
        (TRACE + "knobs = [1.5]", "{f}: knobs must be between 0 and 1, not 1.5"),
        (TRACE + "ratios = []", "{f}: ratios must be one or more, all different, not []"),
        (
            TRACE + "policies = 'resv'",
            "{f}: policies must be a table, as resv = {{ Th_hd = 7 }}, not 'resv'",
        ),
        (
            TRACE + "[policies]\nresv = 7",
            "{f}: policies.resv must be a table of parameters, as {{ Th_hd = 7 }} or {{}}, not 7",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_hd = [] }}",
            "{f}: policies.resv.Th_hd must have one or more values, not []",
        ),
        (
            TRACE + "[policies]\nrsv = {{}}",
            "{f}: policy must be one of "
            + ALL_POLICIES
            + ", not 'rsv'; did you mean resv or resv_plus?",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_h = [3] }}",
            "{f}: parameter of resv must be one of hash_bits, Th_hd, max_clusters, cluster_cap, "
            "auto, prefix, tokens_per_cluster, not 'Th_h'; did you mean Th_hd?",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_hd = [3, 3] }}",
            "{f}: policies must be different ones, not 'resv:Th_hd=3' twice",
        ),
        ('traces = ["no.safetensors"]', "{t}/no.safetensors: No such file or directory"),
        (
            'traces = ["T9"]',
            "trace must be a file or one of T1, T2, T3, T1s, T2s, T3s, not 'T9'",
        ),
        ('traces = ["text"]', "{t}/text: must be an undamaged safetensors file, not .*"),
        (
            'traces = ["t0.safetensors", "t0.safetensors"]',
            "traces must be different ones, not {t}/t0.safetensors and {t}/t0.safetensors",
        ),
        (
            TRACE,
            "t0: trace must have more than its sinks and recent window (16 + 200 tokens) before "
            "its last chunk, not 70",
        ),
        (
            SIZES + TRACE + "layers = [0, 2]",
            "t0: layers must be in the trace, which has 0 to 1, not 2",
        ),
        (
            SIZES.replace("false", "true") + "traces = ['odd.safetensors']\npolicies.resv = {{}}",
            "odd: head size must divide 1,024 for link bytes, not 6: do without link",
        ),
    ],
)
def test_every_error_of_a_declaration_is_one_line_and_status_2(
    run, folder, tmp_path, monkeypatch, text, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    path = declared(folder, text.replace("{{", "{").replace("}}", "}"))
    status, out, err = run("sweep", path, "-o", tmp_path / "out")
    assert (status, out) == (2, "")
    pattern = re.escape(message.format(f=path, t=folder)).replace(r"\.\*", ".*")
    assert re.fullmatch(f"resv: {pattern}\n", err), err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing argument 'FILE'."),
        ("{t}/none.toml -o {o}", "{t}/none.toml: No such file or directory"),
        ("{f}", "Missing option '--output' / '-o'."),
        ("{f} -o {t}/text", "output must be a folder, not {t}/text"),
        ("{f} -o {o} --workers 0", "workers must be at least 1, not 0"),
        (
            "{f} -o {o} --workers 1 --scheduler tcp://h:1",
            "workers must be left out with a scheduler, which has its own",
        ),
        (
            "{f} -o {o} --scheduler nowhere",
            "scheduler must be the address of one that answers, not 'nowhere': .*",
        ),
    ],
)
def test_every_error_of_the_command_is_one_line_and_status_2(
    run, folder, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    names = {"f": declared(folder, GOOD), "t": folder, "o": tmp_path / "out"}
    status, out, err = run("sweep", *arguments.format(**names).split())
    assert (status, out) == (2, "")
    pattern = re.escape(message.format(**names)).replace(r"\.\*", ".*")
    assert re.fullmatch(f"resv: {pattern}\n", err), err


@pytest.mark.parametrize(
    ("module", "more", "message"),
    [
        ("distributed", [], "sweeps need dask: install it with `pip install vrex-open[sweep]`"),
        (
            "pyarrow",
            ["--parquet"],
            "Parquet needs pyarrow: install it with `pip install vrex-open[parquet]`, or do "
            "without (the same table is in sweep.csv)",
        ),
    ],
)
def test_what_is_not_installed_is_told_before_the_work(
    run, folder, tmp_path, monkeypatch, module, more, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    monkeypatch.setitem(sys.modules, module, None)
    path = declared(folder, GOOD)
    status, _, err = run("sweep", path, "-o", tmp_path / "out", *more)
    assert (status, err) == (2, f"resv: {message}\n")
    assert not (tmp_path / "out").exists()
