"""Seeded defects: realistic mistakes, planted in the source by name, that the benches must catch.

Each defect is a text of one source file and what stands there instead. The hardware's package is
copied, the copy changed, and its Verilog simulated with the real benches until a case fails. A text
that does not occur exactly once is an error: a defect that is no longer planted proves nothing. The
unchanged copy is the control, and must pass.

A unit brings ``tb/<core>/defects_<core>.py`` with ``DEFECTS`` (list of `Defect`), ``SAMPLE`` (names
of those in the sample for ``make test``) and ``PARAMETERS`` (of the build).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib import import_module

import simulate
from figures import Figure

FLAGS = ("--no-assert", "-Wno-UNOPTFLAT")

WRITE = """
import json, sys
from pathlib import Path
import dre, simulate
folder, core, parameters = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
assert Path(dre.__file__).is_relative_to(folder), dre.__file__
simulate.write_verilog(core, simulate.UNITS[core][1](**parameters), folder / "unit.v")
"""


@dataclass(frozen=True)
class Defect:
    """A mistake somebody could make.

    Attributes
    ----------
    name : str
        What is wrong.
    source : str
        File below ``hw``.
    right, wrong : str
        Text that occurs there exactly once, and what stands in its place.
    build : dict
        Where the build's parameters differ from the unit's ``PARAMETERS``.
    """

    name: str
    source: str
    right: str
    wrong: str
    build: dict = field(default_factory=dict)


def control_of(build):
    """No defect, in a build."""
    return Defect("-".join(["control", *map(str, build.values())]), "", "", "", build)


def run(core, *, full, seed, say):
    """Figures and notes on the seeded defects of a unit.

    Raises
    ------
    ValueError
        If a defect's text does not occur exactly once.
    simulate.BuildFailed
        If the control fails a bench.
    """
    unit = import_module(f"{core}.defects_{core}")
    benches = import_module(f"{core}.mutation_{core}")
    chosen = [d for d in unit.DEFECTS if full or d.name in unit.SAMPLE]
    notes, caught, usual = [], 0, {}
    for defect in chosen:
        control = control_of(defect.build)
        if control.name not in usual:
            say(f"seeded defects: {control.name}")
            verdict = try_defect(core, unit, benches, control, None, seed)
            if verdict["failed"]:
                raise simulate.BuildFailed(f"{core}: the {control.name} fails {verdict['failed']}")
            usual[control.name] = verdict["cycles"]
        say(f"seeded defects: {defect.name}")
        cycles = usual[control.name]
        failed = try_defect(core, unit, benches, defect, cycles, seed)["failed"]
        caught += bool(failed)
        notes.append(
            f"seeded defect: {defect.name}: {f'caught by {failed}' if failed else '**not caught**'}"
        )
    return [Figure("seeded defects caught", "", caught, "", f"== {len(chosen)}")], notes


def plant(defect, folder):
    """A copy of the hardware's package in ``folder``, with the defect."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(simulate.ROOT / "hw", folder, ignore=shutil.ignore_patterns("__pycache__"))
    if not defect.source:
        return
    path = folder / defect.source
    text = path.read_text()
    if text.count(defect.right) != 1:
        raise ValueError(
            f"defect {defect.name!r}: {defect.source} must have {defect.right!r} exactly once, "
            f"not {text.count(defect.right)} times"
        )
    path.write_text(text.replace(defect.right, defect.wrong))


def try_defect(core, unit, benches, defect, cycles, seed):
    """Simulate a defect; returns the verdict of `verification.bench_suite`."""
    config = simulate.UNITS[core][1](**{**unit.PARAMETERS, **defect.build})
    folder = simulate.BUILD / "verify" / core / "defects" / re.sub(r"\W+", "-", defect.name)
    folder = folder.resolve()
    plant(defect, folder / "hw")
    path = os.pathsep.join([str(folder / "hw"), str(simulate.ROOT / "tb")])
    write = subprocess.run(
        [sys.executable, "-c", WRITE, folder / "hw", core, json.dumps(asdict(config))],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if write.returncode:
        raise simulate.BuildFailed(f"defect {defect.name!r}: {write.stderr.splitlines()[-1]}")
    prepared = simulate.prepare(
        core,
        config,
        simulator="verilator",
        name=str(folder),
        source=folder / "hw" / "unit.v",
        extra_args=FLAGS,
    )
    output = folder / "verdict.json"
    output.unlink(missing_ok=True)
    chosen = {
        "benches": list(benches.BENCHES),
        "cases": benches.CASES,
        "cycles": cycles,
        "output": str(output),
    }
    simulate.run(
        prepared,
        "verification.bench_suite",
        seed=seed,
        settings={**benches.SETTINGS, "suite": chosen},
    )
    return json.loads(output.read_text())
