"""Seeded defects: realistic mistakes, planted in the source by name, that the benches must catch.

Each defect is a text of one source file and what stands there instead. The hardware's package is
copied, the copy changed, and its Verilog simulated with the real benches until a case fails. A text
that does not occur exactly once is an error: a defect that is no longer planted proves nothing. The
unchanged copy is the control, and must pass.

A unit brings ``tb/<core>/defects_<core>.py`` with ``DEFECTS`` (list of `Defect`), ``SAMPLE`` (names
of those in the sample for ``make test``) and ``PARAMETERS`` (of the build; its benches are those of
``tb/<core>/mutation_<core>.py``). Or, instead of these, ``TRIED``: name to `Tried`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
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
config = (simulate.UNITS | simulate.PARTS)[core][1](**parameters)
simulate.write_verilog(core, config, folder / "unit.v")
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
        Where the build's parameters differ from those that it is tried with.
    tried : str
        On what: a name of the unit's ``TRIED``.
    """

    name: str
    source: str
    right: str
    wrong: str
    build: dict = field(default_factory=dict)
    tried: str = ""


@dataclass(frozen=True)
class Tried:
    """What defects are planted in, and who has to catch them.

    Attributes
    ----------
    core : str
        The unit, or a part of it that is simulated by itself.
    parameters : dict
        Of the build.
    benches : tuple of str
    cases, sample : str
        Patterns of their names, in a full run and in the sample.
    settings : dict
        For the benches.
    optimise : str
        As in `simulate.prepare`.
    """

    core: str
    parameters: dict
    benches: tuple
    cases: str = "*"
    sample: str = "*"
    settings: dict = field(default_factory=dict)
    optimise: str = "full"


def control_of(defect):
    """No defect, in the same build."""
    words = ["control", defect.tried, *map(str, defect.build.values())]
    return Defect("-".join(filter(None, words)), "", "", "", defect.build, defect.tried)


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
    every = tried_of(core, unit)
    notes, caught, usual = [], 0, {}
    chosen = [d for d in unit.DEFECTS if full or d.name in unit.SAMPLE]
    for defect in chosen:
        tried = every[defect.tried]
        tried = tried if full else replace(tried, cases=tried.sample)
        control = control_of(defect)
        if control.name not in usual:
            say(f"seeded defects: {control.name}")
            verdict = try_defect(core, tried, control, None, seed)
            if verdict["failed"]:
                raise simulate.BuildFailed(f"{core}: the {control.name} fails {verdict['failed']}")
            usual[control.name] = verdict["cycles"]
        say(f"seeded defects: {defect.name}")
        failed = try_defect(core, tried, defect, usual[control.name], seed)["failed"]
        caught += bool(failed)
        notes.append(
            f"seeded defect: {defect.name}: {f'caught by {failed}' if failed else '**not caught**'}"
        )
    return [Figure("seeded defects caught", "", caught, "", f"== {len(chosen)}")], notes


def tried_of(core, unit):
    """What the unit's defects are tried on, by name."""
    if hasattr(unit, "TRIED"):
        return unit.TRIED
    own = import_module(f"{core}.mutation_{core}")
    tried = Tried(core, unit.PARAMETERS, own.BENCHES, own.CASES, own.CASES, own.SETTINGS)
    return {"": tried}


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


def try_defect(core, tried, defect, cycles, seed):
    """Simulate a defect; returns the verdict of `verification.bench_suite`."""
    made = simulate.UNITS | simulate.PARTS
    config = made[tried.core][1](**{**tried.parameters, **defect.build})
    folder = simulate.BUILD / "verify" / core / "defects" / re.sub(r"\W+", "-", defect.name)
    folder = folder.resolve()
    plant(defect, folder / "hw")
    path = os.pathsep.join([str(folder / "hw"), str(simulate.ROOT / "tb")])
    parameters = json.dumps(asdict(config))
    write = subprocess.run(
        [sys.executable, "-c", WRITE, folder / "hw", tried.core, parameters],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if write.returncode:
        raise simulate.BuildFailed(f"defect {defect.name!r}: {write.stderr.splitlines()[-1]}")
    prepared = simulate.prepare(
        tried.core,
        config,
        simulator="verilator",
        name=str(folder),
        source=folder / "hw" / "unit.v",
        extra_args=FLAGS,
        optimise=tried.optimise,
    )
    output = folder / "verdict.json"
    output.unlink(missing_ok=True)
    chosen = {
        "benches": list(tried.benches),
        "cases": tried.cases,
        "cycles": cycles,
        "output": str(output),
    }
    settings = {**tried.settings, "suite": chosen}
    simulate.run(prepared, "verification.bench_suite", seed=seed, settings=settings)
    return json.loads(output.read_text())
