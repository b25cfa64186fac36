"""Power-up: one reset suffices, whatever registers and memories hold at first.

Amaranth gives every register and memory an initial value, which hides a missing reset. Here yosys
takes these values away; then the unit's benches, and one that looks at every output after a single
cycle of reset, run on the result: on Icarus, where everything begins as X, and on Verilator, where
everything begins at random (``--x-initial unique``, a seed a run). A unit brings
``tb/<core>/powerup_<core>.py``: ``BUILDS`` (name to parameters), ``SAMPLE`` (the build for ``make
test``), ``BENCHES``, ``SAMPLE_CASES`` (a bench and an expression for its cases), ``ZERO`` (outputs
that are 0 after reset) and, if it is to be built quickly, ``OPTIMISE`` (as in `simulate.prepare`).
"""

import re
from importlib import import_module

import simulate
from figures import Figure
from verification.netlist import strip_initial_values
from verification.section import Section

BENCH = "verification.bench_powerup"
VERILATOR_SEEDS = 4
X_ARGS = {"verilator": ("--x-initial", "unique"), "icarus": ()}
NO_ICARUS = (
    "**Not run**: Icarus Verilog is not on this machine, so nothing was simulated with X; "
    "the runs from random states say less."
)


def run(core, *, full, seed, say):
    """Run the benches from unknown and from random states; see the module.

    Raises
    ------
    simulate.BuildFailed
        If a simulator or yosys does not take the netlist.
    """
    unit = import_module(f"{core}.powerup_{core}")
    builds = unit.BUILDS if full else {unit.SAMPLE: unit.BUILDS[unit.SAMPLE]}
    benches = [(bench, None) for bench in unit.BENCHES] if full else [unit.SAMPLE_CASES]
    icarus = simulate.has_icarus()
    starts = {"verilator": VERILATOR_SEEDS if full else 2, **({"icarus": 1} if icarus else {})}
    figures, notes = [], [] if icarus else [NO_ICARUS]
    for name, parameters in builds.items():
        config = simulate.UNITS[core][1](**parameters)
        for simulator, count in starts.items():
            optimise = getattr(unit, "OPTIMISE", "full")
            prepared, ports = prepare(core, config, simulator, name, optimise=optimise)
            passed, failures = 0, []
            for start in range(seed, seed + count):
                for bench, cases in [(BENCH, None), *benches]:
                    say(f"power-up, {name}, {simulator}: {bench}, state {start}")
                    outcome = play(prepared, bench, ports, start, unit.ZERO, cases)
                    passed += outcome.passed
                    failures += [f"{case}, state {start}" for case in outcome.failures]
            text = "unknown (X)" if simulator == "icarus" else f"{count} random states"
            figures.append(
                Figure(
                    f"cases that fail after one reset from {text}",
                    f"{name}, {simulator}",
                    len(failures),
                    "cases",
                    "== 0",
                    bound=f"of {passed + len(failures)}",
                )
            )
            notes += [f"**Failed** on `{name}`, {simulator}: {case}." for case in failures]
    return Section("Power-up", _about(seed, full), figures, notes)


def prepare(core, config, simulator, name, edit=None, optimise="full"):
    """Build a unit without initial values.

    ``edit`` changes the Verilog text before; a test uses it to take a reset out. ``optimise`` is
    `simulate.prepare`'s.

    Returns
    -------
    simulate.Prepared, and a dictionary with the ``inputs`` and ``outputs`` of the unit
    """
    folder = simulate.BUILD / "verify" / core / "powerup" / f"{name}-{simulator}"
    source = simulate.write_verilog(core, config, folder.resolve() / f"{core}.v")
    if edit:
        source.write_text(edit(source.read_text()))
    prepared = simulate.prepare(
        core,
        config,
        simulator=simulator,
        name=str(folder.resolve()),
        source=strip_initial_values(source),
        extra_args=X_ARGS[simulator],
        optimise=optimise,
    )
    return prepared, _ports(core, source.read_text())


def play(prepared, bench, ports, start, zero=(), cases=None):
    """Run a bench from one state; the number of the state is the seed of the bench, too."""
    settings = {**ports, "zero": list(zero)} if bench == BENCH else None
    plusargs = ["+verilator+rand+reset+2", f"+verilator+seed+{start % 2**31 or 1}"]
    return simulate.run(
        prepared,
        bench,
        seed=start,
        testcase=cases,
        settings=settings,
        label=f"{bench.rpartition('.')[2]}-{start}",
        plusargs=plusargs,
    )


def _ports(core, verilog):
    """Names of a unit's ports by direction, from its Verilog; without clock and reset."""
    top = verilog[verilog.index(f"\nmodule {core}(") :]
    top = top[: top.index("\nendmodule")]
    names = {"inputs": [], "outputs": []}
    for direction, name in re.findall(r"\n  (input|output) (?:\[\S+\] )?(\w+);", top):
        if name not in ("clk", "rst"):
            names[f"{direction}s"].append(name)
    return names


def _about(seed, full):
    text = (
        "yosys takes the initial values of all registers and memories away. Then every bench, and "
        "one that looks at all outputs after a single cycle of reset with rubbish on all inputs, "
        f"runs on Icarus from X everywhere (seed {seed}) and on Verilator from random states. "
        "Valid, ready, status and counters are never X from the cycle after reset on, and a "
        "payload is not while its valid is 1; while valid is 0 it may be."
    )
    return text if full else f"{text} (The sample of `make test`: a few cases of one build.)"
