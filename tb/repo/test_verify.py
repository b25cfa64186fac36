"""``make verify``: which tools run, what the page keeps, what a missed target and wrong use do."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

import settings
import verify
from figures import Figure
from verification import page, versions
from verification.section import Section

ROOT = Path(__file__).parents[2]
ORIGIN = {"commit": "v1-2-gabc", "versions": {"python": "3.11.2", "yosys": "0.70"}}

TOOL = """
import json
import os
import time
from figures import Figure
from verification.section import Section

def run(core, *, full, seed, say):
    say("half way")
    told = json.loads(os.environ["FAKE"])
    if told.get("raises"):
        raise ValueError(told["raises"])
    if told.get("dies"):
        os._exit(told["dies"])
    if told.get("sleeps"):
        open(told["sleeps"], "w").close()
        time.sleep(60)
    figure = Figure("mutants killed", "hcu", told["value"], "%", "== 100")
    return Section("Fake", f"full {full}, seed {seed}", [figure], ["a gap"], {"holes": [1]})
"""


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """``make verify`` with one tool, ``fake``, and a page and a build folder of its own."""
    for folder in ("verification", "hcu"):
        (tmp_path / folder).mkdir()
    (tmp_path / "verification" / "fake.py").write_text(TOOL)
    (tmp_path / "hcu" / "fake_hcu.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(verify, "TOOLS", ("fake", "absent"))
    monkeypatch.setattr(verify, "PAGE", tmp_path / "verification.md")
    monkeypatch.setattr(verify, "BUILD", tmp_path)
    for name in ("CORE", "SIM", "TOOL", "WAVES", "TRACE", "TESTCASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEED", "7")

    def main(**told):
        monkeypatch.setenv("FAKE", json.dumps(told))
        try:
            verify.main()
        except SystemExit as stop:
            return stop.code
        return 0

    return main


def test_a_good_run_writes_page_and_json(fake, tmp_path, capsys):
    assert fake(value=100) == 0
    text = (tmp_path / "verification.md").read_text()
    assert "| mutants killed | 100 % | must == 100 | [fake](#hcu-fake) |" in text
    assert "| absent: not there yet | – | a gap | – |" in text
    assert "full True, seed 7" in text
    assert "`make verify CORE=hcu SEED=7 TOOL=fake`" in text
    written = json.loads((tmp_path / "verify" / "hcu" / "fake.json").read_text())
    assert written["seed"] == 7
    assert written["figures"][0]["value"] == 100
    assert written["details"] == {"holes": [1]}
    assert "gap absent: not there for hcu" in capsys.readouterr().out


def test_a_missed_must_fails_and_says_how_to_repeat_it(fake, tmp_path, capsys):
    assert fake(value=99) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "missed fake, mutants killed, hcu: 99, must == 100" in lines
    assert lines[-1] == "reproduce: make verify CORE=hcu SEED=7 TOOL=fake"
    assert "**99 %, missed**" in (tmp_path / "verification.md").read_text()


def test_a_tool_that_fails_is_no_result(fake, tmp_path, capsys):
    assert fake(value=100) == 0
    assert fake(raises="no solver") == 1
    lines = capsys.readouterr().out.splitlines()
    assert "failed fake: ValueError: no solver" in lines
    assert lines[-1].startswith("reproduce: ")
    text = (tmp_path / "verification.md").read_text()
    assert "| fake: did not finish |" in text
    assert "mutants killed" not in text, "an old figure would look like this run's"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("CORE", "nvdla", "make verify: CORE must be one of bus, dre, hcu, kvmu, wtu, not 'nvdla'"),
        ("TOOL", "lint", "make verify: TOOL must be one of fake, not 'lint'"),
        ("TOOL", "absent", "make verify: TOOL must be one of fake, not 'absent'"),
    ],
)
def test_wrong_use_is_one_line(fake, monkeypatch, capsys, tmp_path, name, value, line):
    monkeypatch.setenv(name, value)
    assert fake(value=100) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()) == ("", [line])
    assert not (tmp_path / "verification.md").exists()


def test_a_unit_without_tools_leaves_the_page(fake, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(verify, "TOOLS", ("absent", "missing"))
    assert fake() == 2
    line = "make verify: CORE=hcu has none of the tools yet: absent, missing\n"
    assert capsys.readouterr() == ("", line)
    assert not (tmp_path / "verification.md").exists()


def test_an_interrupted_run_leaves_the_page_and_no_process(fake, monkeypatch, tmp_path):
    assert fake(value=100) == 0
    before = (tmp_path / "verification.md").read_text()
    asleep, started = tmp_path / "asleep", []
    popen = subprocess.Popen

    def watched(*arguments, **options):
        process = popen(*arguments, **options)
        if "verification.one_tool" in arguments[0]:
            started.append(process)
        return process

    def interrupted(jobs):
        while not asleep.exists():
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "as_completed", interrupted)
    monkeypatch.setattr(verify.one_tool.subprocess, "Popen", watched)
    assert fake(sleeps=str(asleep)) == 130
    assert [process.returncode for process in started] == [-signal.SIGTERM]
    assert (tmp_path / "verification.md").read_text() == before
    assert not list(tmp_path.glob(".verification.md.*"))


def test_a_tool_that_dies_is_a_failure(fake, capsys):
    assert fake(dies=9) == 1
    assert "failed fake: it ended early, with status 9" in capsys.readouterr().out


def test_nothing_is_started_after_a_stop():
    tools = verify.one_tool.Tools()
    tools.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        tools.run("hcu", "formal", 1, print)


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "page.md"
    page.replace(target, "old")
    monkeypatch.setattr(Path, "replace", lambda *arguments: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        page.replace(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def report(value, title="Tool", **more):
    figures = [Figure("holes", name, value, "", "<= 3", **more) for name in ("a", "b|c")]
    return page.Report(
        Section(title, f"about {title}", figures, [f"note {value}"]), 61.4, 5, ORIGIN
    )


def test_one_tool_of_one_core_replaces_only_its_section():
    order = ["one", "two"]
    first = page.update("", "hcu", {"one": report(1, "One"), "two": report(2, "Two")}, {}, order)
    both = page.update(first, "wtu", {"one": report(3, "Wtu")}, {"two": "not there yet"}, order)
    assert both.count("<!-- begin part") == 2
    assert both.index("## HCU") < both.index("## WTU")
    again = page.update(both, "hcu", {"two": report(0, "Two")}, {}, order)
    for kept in ("note 1", "note 3", "about One", "| two: not there yet |"):
        assert again.count(kept) == 1, kept
    assert "note 2" not in again
    assert again.count("[one](#hcu-one)") == again.count("[two](#hcu-two)") == 1
    assert "b\\|c" in again, "a bar would end the cell"


def test_the_summary_gives_the_range_over_builds():
    figures = [
        Figure("lines", build, value, "%", ">= 98", "== 100")
        for build, value in (("a", 100.0), ("b", 98.5), ("c", 99))
    ]
    figures += [Figure("area", "a", 12345678, "µm²"), Figure("worst", "a", 4, "", "<= 3")]
    section = Section("Tool", "about", figures)
    text = page.update("", "hcu", {"tool": page.Report(section, 1, 5, ORIGIN)}, {}, ["tool"])
    summary = text[: text.index("<!-- begin hcu tool")]
    assert "| lines | 98.5 to 100 % | must >= 98, aim == 100 | [tool](#hcu-tool) |" in summary
    assert "| worst | **4, missed** |" in summary
    assert "area" not in summary, "a figure without target is no claim"
    assert "| area | a | 12,345,678 µm² |" in text
    assert "commit `v1-2-gabc`, seed 5, 1 s. With python 3.11.2, yosys 0.70." in text


def test_versions_name_every_program():
    found = versions.read()
    for name in ("python", "verilator", "cocotb", "yosys", "amaranth", "numpy", "z3", "yices"):
        assert found["versions"][name][0].isdigit()


@pytest.mark.skipif(not shutil.which("git"), reason="needs git, and there is none on PATH")
def test_a_changed_file_marks_the_commit(tmp_path):
    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    assert versions.commit(tmp_path) == "unknown"
    git("init")
    (tmp_path / "docs").mkdir()
    (tmp_path / "file").write_text("one")
    git("add", ".")
    git("commit", "-m", "one")
    git("tag", "v1")
    assert versions.commit(tmp_path) == "v1"
    (tmp_path / versions.PAGE).write_text("the page itself does not count")
    assert versions.commit(tmp_path) == "v1"
    (tmp_path / "file").write_text("two")
    assert versions.commit(tmp_path) == "v1-modified"


def test_make_verify_as_a_program():
    done = subprocess.run(
        [sys.executable, "tb/verify.py"],
        cwd=ROOT,
        env={**os.environ, "TOOL": "lint"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("make verify: TOOL must be one of sizes, coverage, powerup")


def test_being_told_to_end_is_an_interruption():
    with pytest.raises(KeyboardInterrupt):
        verify.stop(signal.SIGTERM, None)


def test_every_tool_that_is_there_has_the_interface():
    for tool in verify.TOOLS:
        if verify.usable("hcu", tool):
            module = import_module(f"verification.{tool}")
            assert callable(module.run)
            assert module.__doc__.count("\n\n") >= 1, "a paragraph says how it works"
    assert settings.UNITS.keys() >= {"hcu"}
