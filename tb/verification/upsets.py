"""Upsets: what a single flipped bit of a register or memory does, and that reset mends it.

In one simulation, bit after bit is flipped while the unit works: classes of state in turn, within
a class a bit at random, at a random moment. Every injection ends in one class: masked (every
result, count and status bit is right), reported (the unit's status says so), wrong (a result, a
count or the handshake is wrong, and the status does not say so) or hang. Then the unit is reset and
must work again, at once and without a beat of its past.

A unit brings ``tb/<core>/upsets_<core>.py``: ``SHARES`` (name to `Share`), ``OPERATION`` (a module
with ``start(dut)``, which gives an object as `hcu.operation.Operation`), and ``CLASSES`` (pattern
of a register's path to the class of state). A register without class is an error. ``PROTECTED``, if
it is there, names classes in which no bit may make a result wrong, or the unit hang.
"""

import json
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module

import simulate
from figures import Figure
from verification.netlist import write_rtlil, yosys
from verification.section import Section

OUTCOMES = ("masked", "reported", "wrong", "hang")

MEMORY = r"^  memory (?:width (\d+) )?size (\d+) \\(\S+)$"
"""In RTLIL."""


@dataclass(frozen=True)
class Share:
    """Injections into one build.

    Attributes
    ----------
    parameters : dict
    count, sample : int
        How many in a full run, and in the sample.
    only : tuple of str
        Classes of state that are flipped; none: all.
    """

    parameters: dict
    count: int
    sample: int
    only: tuple = ()


@dataclass(frozen=True)
class State:
    """A register, or a memory of ``depth`` words: its path below the unit, and its bits."""

    path: str
    width: int
    depth: int | None = None


def run(core, *, full, seed, say):
    """Inject upsets into a unit.

    Raises
    ------
    ValueError
        If a register is in no class.
    simulate.BuildFailed
        If the simulation did not come to its end.
    """
    unit = import_module(f"{core}.upsets_{core}")
    figures, notes, times = [], [], []
    for name, share in unit.SHARES.items():
        count = share.count if full else share.sample
        if not count:
            continue
        begun = time.monotonic()
        say(f"upsets, {name}: building")
        injections = inject(core, unit, name, count, seed, say)
        times.append(f"{name} {time.monotonic() - begun:.0f} s")
        figures += _figures(name, count, injections, getattr(unit, "PROTECTED", ()))
        notes += _notes(name, injections)
    about = (
        f"Single bits flipped while chunks are under way, seed {seed}; each injection is followed "
        f"by a reset ({', '.join(times)}). What is not protected promises nothing, so wrong "
        "results are counted there, not forbidden; that reset mends everything is promised."
    )
    return Section("Upsets", about, figures, notes)


def inject(core, unit, name, count, seed, say):
    """Build and simulate one share; returns one dictionary an injection."""
    share = unit.SHARES[name]
    _, parameters = simulate.UNITS[core]
    config = parameters(**share.parameters)
    folder = (simulate.BUILD / "verify" / core / "upsets" / name.replace(" ", "-")).resolve()
    states = enumerate_states(core, config, folder)
    classes = defaultdict(list)
    for state in states:
        kind = classify(unit.CLASSES, state.path)
        if not share.only or kind in share.only:
            classes[kind].append([state.path, state.width, state.depth])
    prepared = simulate.prepare(
        core,
        config,
        simulator="verilator",
        name=str(folder),
        source=folder / "upsets.v",
        extra_args=("-Wno-UNOPTFLAT",),
        inside=("*",),
    )
    say(f"upsets, {name}: {count} injections")
    output = folder / "injections.jsonl"
    output.write_text("")
    chosen = {
        "operation": unit.OPERATION,
        "classes": classes,
        "count": count,
        "output": str(output),
    }
    outcome = simulate.run(
        prepared, "verification.bench_upsets", seed=seed, settings={"upsets": chosen}
    )
    if outcome.failures:
        raise simulate.BuildFailed(f"upsets, {name}: the bench failed, see {outcome.log}")
    return [json.loads(line) for line in output.read_text().splitlines()]


def enumerate_states(core, config, folder):
    """Write ``folder/upsets.v``, in which every register has a name; returns all its state."""
    path = folder / "unit.il"
    write_rtlil(core, config, path)
    # Amaranth numbers equal names with dollars, under which a simulation does not find them.
    plain = re.sub(r"\\[\w.$]+", lambda name: name[0].replace("$", "_"), path.read_text())
    path.write_text(plain)
    yosys(
        folder,
        "upsets",
        f"read_rtlil unit.il\nhierarchy -top {core}\nproc\nopt_clean\nselect */w:$signal*\n"
        "rename -enumerate -pattern unnamed_%\nselect -clear\npmuxtree\n"
        "write_rtlil upsets.il\nwrite_verilog upsets.v\n",
    )
    return parse_states((folder / "upsets.il").read_text(), core)


def parse_states(text, core):
    """Registers and memories of all modules of a design in RTLIL.

    Raises
    ------
    ValueError
        If a register has no name that a simulation could find.
    """
    states, module = [], ""
    for part in re.split(r"^(?=module |  cell )", text, flags=re.MULTILINE):
        head = re.match(r"module \\(\S+)", part)
        if head:
            module = head[1]
        prefix = module.removeprefix(core).removeprefix(".")
        prefix = f"{prefix}." if prefix else ""
        for memory in re.finditer(MEMORY, part, re.MULTILINE):
            width, depth, name = memory.groups(default="1")  # of 1 bit it says no width
            states.append(State(f"{prefix}{name}", int(width), int(depth)))
        if re.match(r"  cell \$\w*dff\w* ", part):
            name = re.search(r"connect \\Q \\(\S+)$", part, re.MULTILINE)
            if not name:
                raise ValueError(f"every register must have a name; one of {module} has not")
            states.append(State(f"{prefix}{name[1]}", _parameter(part, "WIDTH")))
    return states


def _parameter(text, name):
    return int(re.search(rf"parameter \\{name} (?:signed )?(\d+)", text)[1])


def classify(classes, path):
    """The class of the first pattern that matches.

    Raises
    ------
    ValueError
        If none does.
    """
    for pattern, found in classes.items():
        if fnmatchcase(path, pattern):
            return found
    raise ValueError(f"CLASSES must cover every register, not {path!r} by none")


def _figures(name, count, injections, protected):
    outcomes = Counter(injection["outcome"] for injection in injections)
    recovered = sum(injection["recovered"] == "" for injection in injections)
    return [
        Figure(
            "injections classified", name, sum(outcomes[o] for o in OUTCOMES), "", f"== {count}"
        ),
        Figure("recovered by reset", name, 100 * recovered / count, "%", "== 100"),
        *(Figure(f"outcome: {o}", name, 100 * outcomes[o] / count, "%") for o in OUTCOMES),
        *_protected(name, [one for one in injections if one["class"] in protected]),
    ]


def _protected(name, injections):
    """Of classes that promise something."""
    if injections:
        bad = sum(one["outcome"] in ("wrong", "hang") for one in injections)
        bound = f"of {len(injections):,}"
        yield Figure("protected: wrong or hanging", name, bad, "", "== 0", bound=bound)


def _notes(name, injections):
    """One table a share: classes of state by outcome; then what did not recover."""
    table = defaultdict(Counter)
    for injection in injections:
        table[injection["class"]][injection["outcome"]] += 1
    notes = []
    for state, counts in sorted(table.items()):
        shares = ", ".join(f"{outcome} {counts[outcome]}" for outcome in OUTCOMES)
        notes.append(f"{name}, {state}: {counts.total()} injections: {shares}.")
    for injection in injections:
        if injection["recovered"]:
            notes.append(f"{name}: **not recovered**: {injection['bit']}: {injection['recovered']}")
    return notes
