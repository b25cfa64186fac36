"""Formal verification: properties proved for all inputs by two solvers, which must agree.

Properties stand in wrappers around the unit (`verification.harness`), never inside. Each wrapper is
proved by sby with yices and with z3 from any power-up state, with reset free after the first cycle:
by induction (``prove``, for ever) or, where that is not to be had, for so many cycles after reset
(``bmc``). Its covers must be reached, so that no proof is about nothing. Seeded defects of the
hardware must be refuted, by both solvers: those are the negative controls.

A unit brings ``tb/<core>/formal_<core>.py`` with ``PROOFS`` (list of `Proof`), ``CONTROLS`` (list
of `Control`), ``SAMPLE`` (names of the proofs and of the controls in the sample of ``make test``)
and ``GAPS`` (notes for the page: what is not proved). A new proof is a function in
``tb/<core>/properties`` that takes a harness, and an entry.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module

import simulate
from figures import Figure
from verification import defects, sby
from verification.section import Section

SOLVERS = ("yices", "z3")
TIMEOUT = 900
"""Seconds for one solver and one proof; a proof that takes longer is not one."""

REFUTING = 32
"""Cycles in which a seeded defect must show."""

WRITE = """
import json, sys
from importlib import import_module
from pathlib import Path
import dre, simulate
from verification import harness
folder, core, part, function, parameters = sys.argv[1:]
assert not folder or Path(dre.__file__).is_relative_to(folder), dre.__file__

def named(text):
    module, _, name = text.rpartition(".")
    return getattr(import_module(module), name)

unit, config = (simulate.UNITS | simulate.PARTS)[core]
parameters = json.loads(parameters)
device = named(part)(**parameters) if part else unit(config(**parameters))
harness.write(device, named(function), Path("top.il"))
"""


@dataclass(frozen=True)
class Proof:
    """A group of properties of one build.

    Attributes
    ----------
    name : str
    states : str
        What is proved, in one sentence.
    function : str
        ``module.name`` of what adds the claims to a harness.
    ports : str
        The same for claims of ports only, which seeded defects have to break; those of the inside
        would fail too easily.
    parameters : dict
        Of the build.
    mode : {"prove", "bmc"}
        For ever, or for ``depth`` cycles from reset on.
    depth : int
        Cycles; with ``prove`` the length of the induction.
    cover : int
        Cycles in which all covers are reached; 0 if they are covered by another proof.
    why_bounded : str
        With ``bmc``: why so many cycles say enough.
    part : str
        ``module.name`` of what makes a part of the unit from ``parameters``; else it is the unit.
    free : str
        Cells, as yosys selects them, whose outputs are free in each cycle: what is proved then does
        not depend on what they do. A proof of more than the hardware, never of less.
    """

    name: str
    states: str
    function: str
    ports: str
    parameters: dict
    mode: str = "prove"
    depth: int = 2
    cover: int = 40
    why_bounded: str = ""
    part: str = ""
    free: str = ""


@dataclass(frozen=True)
class Control:
    """A seeded defect that a proof must refute.

    Attributes
    ----------
    proof : str
        Its name.
    defect : defects.Defect
    within : int
        Cycles in which it must show.
    skip : int
        First cycles in which it cannot, to save the solver asking.
    solvers : tuple of str
        Both, unless it shows too late for one of them: a trace is a trace.
    """

    proof: str
    defect: defects.Defect
    within: int = REFUTING
    skip: int = 0
    solvers: tuple = SOLVERS


def run(core, *, full, seed, say):
    """Prove and refute; see the module. Solvers need no ``seed``."""
    unit = import_module(f"{core}.formal_{core}")
    proofs = [p for p in unit.PROOFS if full or p.name in unit.SAMPLE]
    controls = [c for c in unit.CONTROLS if full or c.defect.name in unit.SAMPLE]
    rows, covered, wanted, agreed = [], 0, 0, 0
    for proof in proofs:
        say(f"formal: {proof.name}")
        verdicts, reached = try_proof(core, proof)
        agreed += all(verdict.status == "PASS" for verdict in verdicts.values())
        wanted += bool(proof.cover)
        covered += reached
        rows.append(_proof_note(proof, verdicts, reached))
    refuted = 0
    for control in controls:
        say(f"formal: {control.defect.name}")
        verdicts = try_control(core, _named(unit.PROOFS, control.proof), control)
        caught = all(verdict.status == "FAIL" for verdict in verdicts.values())
        refuted += caught
        rows.append(_control_note(control, verdicts, caught))
    unbounded = sum(proof.mode == "prove" for proof in proofs)
    figures = [
        Figure("proofs, both solvers", "", agreed, "", f"== {len(proofs)}"),
        Figure("of these unbounded", "", unbounded, ""),
        Figure("proofs whose covers are all reached", "", covered, "", f"== {wanted}"),
        Figure("seeded defects refuted, both solvers", "", refuted, "", f"== {len(controls)}"),
    ]
    return Section("Formal", _about(full), figures, [*rows, *unit.GAPS])


def try_proof(core, proof):
    """Prove and cover: a `verification.sby.Verdict` by solver, and whether covers are reached."""
    folder = prepare(core, proof, None)
    verdicts = {
        solver: sby.solve(folder, proof.mode, proof.depth, solver, TIMEOUT) for solver in SOLVERS
    }
    if not proof.cover:
        return verdicts, False
    reached = sby.solve(folder, "cover", proof.cover, SOLVERS[0], TIMEOUT)
    return verdicts, reached.status == "PASS"


def try_control(core, proof, control):
    """Refute a seeded defect, from reset: a `verification.sby.Verdict` by solver."""
    folder = prepare(core, proof, control.defect)
    depth, skip = control.within, control.skip
    return {s: sby.solve(folder, "bmc", depth, s, TIMEOUT, skip) for s in control.solvers}


def prepare(core, proof, defect):
    """Wrapper and unit for the solvers; returns the folder.

    Raises
    ------
    simulate.BuildFailed
        If the wrapper cannot be built, for one because a register that it looks at is gone.
    ValueError
        If the text of the defect does not occur exactly once.
    """
    words = [proof.name, defect.name] if defect else [proof.name]
    parts = [re.sub(r"\W+", "-", word) for word in words]
    folder = sby.clean(simulate.BUILD / "verify" / core / "formal" / "--".join(parts)).resolve()
    path = [str(simulate.ROOT / part) for part in ("tb", "hw")]
    planted, function = "", proof.function
    if defect:
        function = proof.ports
        planted = str(folder / "hw")
        defects.plant(defect, folder / "hw")
        path.insert(0, planted)
    written = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c", WRITE),
            *(planted, core, proof.part, function, json.dumps(proof.parameters)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if written.returncode:
        why = written.stderr.splitlines()[-1]
        raise simulate.BuildFailed(f"formal, {'; '.join(words)}: {why}")
    sby.prepare(folder, proof.free)
    return folder


def _named(proofs, name):
    (proof,) = [proof for proof in proofs if proof.name == name]
    return proof


def _times(verdicts):
    return ", ".join(f"{s}: {v.status} in {v.seconds:.0f} s" for s, v in verdicts.items())


def _proof_note(proof, verdicts, reached):
    how = f"unbounded, induction over {proof.depth} cycles"
    if proof.mode == "bmc":
        how = f"bounded, depth {proof.depth} ({proof.why_bounded})"
    cover = f"; covers reached within {proof.cover} cycles" if reached else ""
    if proof.cover and not reached:
        cover = "; **a cover was not reached**"
    return f"**{proof.name}**: {proof.states} {how}; {_times(verdicts)}{cover}."


def _control_note(control, verdicts, caught):
    said = "refuted" if caught else "**not refuted**"
    return f"control, {control.proof}: {control.defect.name}: {said} ({_times(verdicts)})."


def _about(full):
    text = (
        "Properties in wrappers around the unit, proved by sby with yices and with z3, both of "
        "which must say so. Initial values are dropped: the first cycle finds the unit in any "
        "state and has reset at 1, after that reset is free. Claims of the inside that make "
        "an induction go through are proved with it, none is assumed. Controls are seeded "
        f"defects that must show within {REFUTING} cycles."
    )
    return text if full else f"{text} (The sample of `make test`.)"
