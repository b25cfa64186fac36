"""Runs ``yowasp-sby``: one wrapper, one mode, one solver."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from verification.harness import STARTED
from verification.netlist import yosys

FREE = "cutpoint -noscopeinfo {free}"
"""yosys: what drives a value of its own choice in each cycle instead."""

# Initial values go before anything is merged: else the one that stays may go with another's.
PREPARE = f"""
read_rtlil top.il
hierarchy -top top
proc -norom
setattr -unset init w:* w:*{STARTED}* %d
prep -top top -flatten
{{free}}
delete t:$meminit*
memory_map
opt -full
chformal -early
async2sync
opt_clean
write_rtlil ready.il
"""

SBY = """
[options]
mode {mode}
depth {depth}
timeout {timeout}
append 0
{more}
[engines]
smtbmc {solver}

[script]
read_rtlil ready.il
hierarchy -top top

[files]
{file}
"""

PROGRAMS = ("yosys", "yosys-smtbmc", "yosys-witness")


@dataclass(frozen=True)
class Verdict:
    """What a solver said.

    Attributes
    ----------
    status : str
        PASS, FAIL, UNKNOWN, TIMEOUT or ERROR, as sby names them.
    seconds : float
    log : Path
    """

    status: str
    seconds: float
    log: Path


def prepare(folder, free=""):
    """``ready.il`` from ``top.il``: flat, memories as registers, no initial values.

    Parameters
    ----------
    folder : Path
    free : str
        Cells whose outputs are to be free, as yosys selects them.

    Raises
    ------
    YosysFailed
        If yosys does not take it.
    """
    script = PREPARE.format(free=FREE.format(free=free) if free else "")
    yosys(folder, "ready", script)


def solve(folder, mode, depth, solver, timeout, skip=0):
    """Run sby in ``folder``, where ``ready.il`` is.

    Parameters
    ----------
    mode : {"prove", "bmc", "cover"}
    depth : int
        Cycles; with ``prove`` the length of the induction.
    solver : {"yices", "z3"}
    timeout : int
        Seconds.
    skip : int
        With ``bmc``: first cycles in which claims are not looked at.
    """
    name = f"{mode}_{solver}"
    text = SBY.format(
        mode=mode,
        depth=depth,
        timeout=timeout,
        solver=solver,
        more=f"skip {skip}\n" if skip else "",
        file=(folder / "ready.il").resolve(),
    )
    (folder / f"{name}.sby").write_text(text)
    start = monotonic()
    run = subprocess.run(
        [Path(sys.executable).parent / "yowasp-sby", "-f", f"{name}.sby"],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    log = folder / f"{name}.log"
    log.write_text(run.stdout + run.stderr)
    found = re.findall(r"DONE \((\w+), rc=", run.stdout)
    return Verdict(found[-1] if found else "ERROR", monotonic() - start, log)


def _environment(folder):
    """The names by which sby calls yosys, in front of PATH."""
    names = folder / "programs"
    names.mkdir(exist_ok=True)
    here = Path(sys.executable).parent
    for program in PROGRAMS:
        link = names / program
        if not link.exists():
            link.symlink_to(here / f"yowasp-{program}")
    path = os.pathsep.join([str(names.resolve()), str(here), os.environ["PATH"]])
    return {**os.environ, "PATH": path}


def clean(folder):
    """A fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
