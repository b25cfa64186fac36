"""resv system run and fits: what an architect asks for in one line, mode beside mode."""

import csv
import re

import pytest

from resv import system
from resv.system import calibration, fields, modes
from resv.system.figures import methods
from resv.system.policy import POLICIES

ROW = re.compile(r"(  )?(\S.*?)  +(\S+(?: second)?)  +([\d.,]+(?:  +[\d.,]+)*)")
"""Indented or not, what, unit, numbers."""


def shown(out):
    """Numbers of `resv system run` by mode and row, rows of a question as ``question, busy``."""
    lines = out.splitlines()
    names, found, kind = lines[1].split()[1:], {}, ""
    for line in lines[2:]:
        parts = ROW.fullmatch(line)
        if not parts:
            break
        kind = kind if parts[1] else parts[2]
        row = f"{kind}, {parts[2]}" if parts[1] else kind
        for name, number in zip(names, parts[4].split(), strict=True):
            found[name, row] = float(number.replace(",", ""))
    return found


def test_one_line_changes_a_run(run):
    status, out, _ = run("system", "run", "--tokens", "40000", "--batch", "4")
    assert status == 0
    many = shown(out)
    one = shown(run("system", "run", "--tokens", "40000")[1])
    assert one["stated", "frame"] == pytest.approx(443.3, abs=0.5)
    assert one["calibrated", "frame"] == pytest.approx(216.6, abs=0.5)
    for mode in modes.MODES:
        for kind in ("frame", "question", "token"):
            assert one[mode, f"{kind}, in all"] == pytest.approx(1e3 / one[mode, kind], abs=0.01)
            assert many[mode, f"{kind}, in all"] == pytest.approx(4e3 / many[mode, kind], abs=0.01)
    more = ["--kv-bits", "8", "--area", "1", "--ahead", "0", "--share", "0.3"]
    status, out, err = run("system", "run", "--case", "T2@0.2", *more)
    assert (status, err) == (0, "")
    given = shown(out)
    assert given["ours", "frame, over the link"] != one["ours", "frame, over the link"] > 0
    assert given["calibrated", "frame"] == one["calibrated", "frame"]


def test_calibrated_is_never_alone(run):
    for command in (("run",), ("figure", "13a")):
        out = run("system", *command, "--mode", "calibrated")[1]
        assert re.search(r"stated .*calibrated", out.splitlines()[1])
        assert "ours" not in out.splitlines()[1]
        assert "stated" not in run("system", *command, "--mode", "ours")[1].splitlines()[1]


def test_modes_that_do_not_go_say_why(run):
    status, out, err = run("system", "run", "--policy", "flexgen")
    assert (status, err) == (0, "")
    assert "ours: mode ours goes with policy ours only, not ours with flexgen" in out
    assert {mode for mode, _ in shown(out)} == {"stated", "calibrated"}


def test_the_mode_asked_for_must_go(run, tmp_path):
    """A machine that nothing was fitted to: all modes that go, but not calibrated when asked."""
    text = (fields.DATA / "platforms" / "v-rex8.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('name = "V-Rex8"', 'name = "Mine"'), encoding="utf-8")
    status, out, _ = run("system", "run", "--platform", own)
    assert status == 0
    assert {mode for mode, _ in shown(out)} == {"stated", "ours"}
    message = "platform must be one of the paper's in mode calibrated, not Mine"
    assert f"calibrated: {message}" in out
    status, out, err = run("system", "run", "--platform", own, "--mode", "calibrated")
    assert (status, out, err) == (2, "", f"resv: {message}\n")


def test_a_machine_that_is_another_now_says_so(run, tmp_path):
    """Values were fitted to the paper's machine; a copy with other numbers has not been fitted."""
    text = (fields.DATA / "platforms" / "v-rex8.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    assert "fitted to" not in run("system", "run", "--platform", own)[1]
    changed, count = re.subn(r"(?m)^(link_gb_s = \{ value = )4\b", r"\g<1>8", text)
    assert count == 1
    own.write_text(changed, encoding="utf-8")
    out = run("system", "run", "--platform", own)[1]
    assert (
        "calibrated, ours: values are fitted to the paper's V-Rex8; this one has link_gb_s 8, "
        "not 4: a prediction"
    ) in out
    assert "fitted to" not in run("system", "run", "--platform", own, "--mode", "stated")[1]
    own.write_text(changed.replace('name = "V-Rex8"', 'name = "Mine"'), encoding="utf-8")
    assert (
        "ours: the engine's rates are those fitted to V-Rex8"
        in run("system", "run", "--platform", own)[1]
    )


def test_a_run_operation_by_operation(run, tmp_path):
    """Sums and uses are those of the machine's log."""
    file = tmp_path / "uses.csv"
    status, out, err = run("system", "run", "--tokens", "50000", "--parts", "-o", file)
    assert (status, err) == (0, "")
    frame = system.frame(tokens=50_000, mode="stated")
    part = out[out.index("stated, frame\n") : out.index("stated, question\n")]
    sizes = re.findall(r"^engine +(\S.*?) +\d+ +[\d.,]+ +[\d.,]+ +([\d.,]+)$", part, re.M)
    assert {name for name, _ in sizes} == {one.name for one in frame.work.operations}
    flops = sum(1e9 * float(number.replace(",", "")) for _, number in sizes)
    assert flops == pytest.approx(frame.work.flops, rel=1e-4)
    with file.open() as lines:
        uses = [row for row in csv.DictReader(lines) if row["mode"] == "stated"]
    own = [row for row in uses if row["chunk"] == "frame"]
    assert len(own) == len(frame.log)
    for resource, busy in frame.busy.items():
        times = [
            float(row["end_s"]) - float(row["begin_s"])
            for row in own
            if row["resource"] == resource
        ]
        assert sum(times) == pytest.approx(busy, rel=1e-4)
    fetches = [row for row in own if row["what"] == "fetch"]
    assert [int(row["number"]) for row in fetches] == list(range(32))
    fetched = sum(float(row["bytes"]) for row in fetches)
    assert fetched == pytest.approx(frame.work.fetched_bytes, rel=1e-6)


def test_fitted_values_are_listed(run):
    status, out, err = run("system", "fits")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(calibration.fits()) == int(lines[0].split()[0]) == len(lines) - 3  # empty line
    (row,) = re.findall(r"^V-Rex8 +moved_tokens +2600 +(.*)$", out, re.M)
    assert "frame.v-rex8.1.40000" in row
    assert "in every layer" in row
    assert re.search(r"^AGX Orin +hides_text +0 +flexgen.token.edge.1.40000 ", out, re.M)


def test_every_policy_has_a_machine(monkeypatch):
    """What a figure shows is what one run gives."""
    monkeypatch.setattr(methods, "LENGTHS", (20_000,))
    made = methods.policies(["stated", "calibrated"], lambda text: None)
    of = {value.what: value.ours for value in made.values}
    names = {what.split()[1] for what in of}
    assert names == set(POLICIES) - {"ours"}
    for what, machine, policy in (
        ("agx-orin rekv frame, 20K", "agx-orin", "rekv"),
        ("v-rex8 kvmu frame, 20K", "v-rex8", "kvmu"),
    ):
        for mode in ("stated", "calibrated"):
            own = system.frame(machine, policy, tokens=20_000, mode=mode)
            assert of[what][mode] == own.milliseconds
