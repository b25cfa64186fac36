"""Seeded defects: realistic mistakes, planted in the source by name, that the benches must catch.

Each defect is a text of one source file and what stands there instead. The hardware's package is
copied, the copy changed, and its Verilog simulated with the real benches until a case fails. A text
that does not occur exactly once is an error: a defect that is no longer planted proves nothing. The
unchanged copy is the control, and must pass.

A unit brings ``tb/<core>/defects_<core>.py`` with ``DEFECTS`` (list of `Defect`), ``SAMPLE`` (names
of those in the sample for ``make test``) and ``PARAMETERS`` (of the build; its benches are those of
``tb/<core>/mutation_<core>.py``). Or, instead of these, ``TRIED``: name to `Tried`.

As many are tried at once as there are processors, first in the fast replay, if there is one
(`verification.replayed`), then with the benches what is left.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module

import simulate
from figures import Figure

NOT = "**not caught**"

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
    replay : str
        A module as `verification.replayed` wants it; else there is none.
    """

    core: str
    parameters: dict
    benches: tuple
    cases: str = "*"
    sample: str = "*"
    settings: dict = field(default_factory=dict)
    optimise: str = "full"
    replay: str = ""


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
    chosen = [d for d in unit.DEFECTS if full or d.name in unit.SAMPLE]
    every = tried_of(core, unit)
    if not full:
        every = {name: replace(tried, cases=tried.sample) for name, tried in every.items()}
    failed = replayed(core, every, chosen, seed, say) if full else {}
    left = [defect for defect in chosen if defect.name not in failed]
    failed |= simulated(core, every, left, seed, say)
    notes = [
        f"seeded defect: {d.name}: {f'caught by {failed[d.name]}' if failed[d.name] else NOT}"
        for d in chosen
    ]
    caught = sum(map(bool, failed.values()))
    return [Figure("seeded defects caught", "", caught, "", f"== {len(chosen)}")], notes


def replayed(core, every, defects, seed, say):
    """Try defects in the fast replay: by name, the piece that catches it; others are not there.

    Pieces are planned once for each build.
    """
    tried = [defect for defect in defects if every[defect.tried].replay]
    suites = {}
    for defect in tried:
        control = control_of(defect)
        if control.name not in suites:
            say(f"seeded defects: {control.name} in the fast replay")
            netlist, config = write(core, every[defect.tried], control)
            module = import_module(every[defect.tried].replay)
            suites[control.name] = module.Suite(config, netlist, netlist.parent / "replay", seed)

    def caught_by(defect):
        say(f"seeded defects: {defect.name}, in the fast replay")
        netlist, _ = write(core, every[defect.tried], defect)
        suite = suites[control_of(defect).name].on(netlist, netlist.parent / "replay")
        cases = sorted(suite.cycles, key=suite.cycles.get)
        return next((f"replay: {case}" for case in cases if suite.killed_by(case, 0)[0]), None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(caught_by, tried)
        return {d.name: case for d, case in zip(tried, found, strict=True) if case}


def simulated(core, every, defects, seed, say):
    """Try defects with the benches: by name, what failed, perhaps nothing.

    Raises
    ------
    simulate.BuildFailed
        If a control fails a bench.
    """
    controls = {control_of(defect).name: control_of(defect) for defect in defects}
    with ProcessPoolExecutor(os.cpu_count()) as pool:

        def submit(defect, cycles):
            return pool.submit(try_defect, core, every[defect.tried], defect, cycles, seed)

        usual = {name: submit(control, None) for name, control in controls.items()}
        for name, job in usual.items():
            say(f"seeded defects: {name}")
            if job.result()["failed"]:
                raise simulate.BuildFailed(f"{core}: the {name} fails {job.result()['failed']}")
        jobs = [submit(d, usual[control_of(d).name].result()["cycles"]) for d in defects]
        failed = {}
        for defect, job in zip(defects, jobs, strict=True):
            say(f"seeded defects: {defect.name}")
            failed[defect.name] = job.result()["failed"]
    return failed


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


def write(core, tried, defect):
    """The netlist of a defect, in a folder of its own, and its build."""
    config = (simulate.UNITS | simulate.PARTS)[tried.core][1](
        **{**tried.parameters, **defect.build}
    )
    folder = simulate.BUILD / "verify" / core / "defects" / re.sub(r"\W+", "-", defect.name)
    folder = folder.resolve()
    plant(defect, folder / "hw")
    path = os.pathsep.join([str(folder / "hw"), str(simulate.ROOT / "tb")])
    parameters = json.dumps(asdict(config))
    written = subprocess.run(
        [sys.executable, "-c", WRITE, folder / "hw", tried.core, parameters],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if written.returncode:
        raise simulate.BuildFailed(f"defect {defect.name!r}: {written.stderr.splitlines()[-1]}")
    return folder / "hw" / "unit.v", config


def try_defect(core, tried, defect, cycles, seed):
    """Simulate a defect; returns the verdict of `verification.bench_suite`."""
    netlist, config = write(core, tried, defect)
    folder = netlist.parents[1]
    prepared = simulate.prepare(
        tried.core,
        config,
        simulator="verilator",
        name=str(folder),
        source=netlist,
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
