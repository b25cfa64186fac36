"""The preflight on machines that lack something, played by fake programs on a PATH of their own."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "ci" / "preflight.sh"
NEEDED = ("c++", "make", "perl", "cat", "head", "mktemp", "rm")  # what it calls, beside Python

# A real Python that runs this before what it is given with -c.
OLD = "sys.version_info = (3, 9, 2, 'final', 0)"
NO_ENSUREPIP = "sys.modules['ensurepip'] = None"
NO_LIBPYTHON = """
import ctypes.util, sysconfig
sysconfig.get_config_var = {"LDLIBRARY": "libpython3.11.a", "LIBDIR": "/nowhere"}.get
sys.base_prefix = "/nowhere"
ctypes.util.find_library = lambda name: None
"""


def write_program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def write_python(path: Path, before: str = "") -> None:
    code = shlex.quote(f"import sys\n{before}\nexec(sys.argv.pop(1))")
    write_program(path, f'#!/bin/sh\nshift\nexec {sys.executable} -c {code} "$@"\n')


def write_stand_in(path: Path, flags: str = "") -> None:
    """The real program, which may need others: it gets the real PATH back."""
    real = shutil.which(path.name)
    assert real, f"{path.name} is needed to test the preflight"
    real_path = shlex.quote(os.environ["PATH"])
    write_program(path, f'#!/bin/sh\nPATH={real_path}\nexec {real} {flags} "$@"\n')


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with everything that the preflight asks for, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        write_stand_in(folder / name)
    write_python(folder / "python3")
    return folder


def advice(bin_folder: Path, cwd: Path = SCRIPT.parent, **environment: str) -> list[str]:
    """Run the preflight; the lines that it says, checked against its exit status."""
    environment["PATH"] = str(bin_folder)
    done = subprocess.run(
        ["/bin/sh", SCRIPT], env=environment, cwd=cwd, capture_output=True, text=True
    )
    lines = done.stderr.splitlines()
    assert done.stdout == ""
    assert all(line.startswith("preflight: ") for line in lines), done.stderr
    assert done.returncode == (2 if lines else 0)
    return lines


def test_silent_when_everything_is_there(bin_folder):
    assert advice(bin_folder) == []


@pytest.mark.parametrize("name", ["python3", "c++", "make", "perl"])
def test_missing_program_is_named(bin_folder, name):
    (bin_folder / name).unlink()
    (line,) = advice(bin_folder)
    assert line.startswith(f"preflight: {name} is not there: install ")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (OLD, "python3 is 3.9.2, 3.11 or newer is needed: install it, or pass PYTHON="),
        (NO_ENSUREPIP, "has no ensurepip or no venv: install python3-venv"),
        (NO_LIBPYTHON, "has no shared libpython, which cocotb loads: install libpython3."),
    ],
    ids=["old", "no_ensurepip", "no_libpython"],
)
def test_unfit_python_is_explained(bin_folder, before, words):
    write_python(bin_folder / "python3", before)
    (line,) = advice(bin_folder)
    assert words in line


def test_python_can_be_chosen(bin_folder):
    write_python(bin_folder / "python3", OLD)
    write_python(bin_folder / "python3.11")
    assert advice(bin_folder, PYTHON=str(bin_folder / "python3.11")) == []
    (line,) = advice(bin_folder, PYTHON="python3.99")
    assert "python3.99 is not there" in line


@pytest.mark.parametrize("flags", ["-std=c++14", "-nostdinc++", "-nostdlib"])
def test_compiler_that_cannot_build_is_explained(bin_folder, flags):
    write_stand_in(bin_folder / "c++", flags)
    (line,) = advice(bin_folder)
    assert "which does not build a C++17 program by default: install GCC 11" in line


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("GNU Make 3.81", "make is 'GNU Make 3.81', GNU make 4 or newer is needed"),
        ("", "not there"),
    ],
    ids=["old", "not_gnu"],
)
def test_unfit_make_is_explained(bin_folder, version, words):
    write_program(bin_folder / "make", f"#!/bin/sh\necho '{version}'\n")
    (line,) = advice(bin_folder)
    assert words in line


def test_small_perl_is_explained(bin_folder):
    small = '#!/bin/sh\ncase "$*" in *Pod::Usage*) exit 2 ;; esac\n'
    write_program(bin_folder / "perl", small)
    (line,) = advice(bin_folder)
    assert "Pod::Usage: install the whole of it" in line


def test_path_with_a_space_is_refused(bin_folder, tmp_path):
    place = tmp_path / "my project"
    place.mkdir()
    (line,) = advice(bin_folder, cwd=place)
    assert f"the path '{place}' has a space" in line


def test_everything_missing_is_said_at_once(bin_folder):
    for name in ("python3", "c++", "make", "perl"):
        (bin_folder / name).unlink()
    assert len(advice(bin_folder)) == 4
