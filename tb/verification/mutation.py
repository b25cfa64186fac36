"""Mutation: does some bench fail for every small defect of a unit?

Yosys plants mutants (a bit inverted, stuck, or mixed with another) at random places of a unit's
netlist, all in one netlist with an input that selects one. One simulation then runs mutant after
mutant against the cases of the real benches, those first that kill much for few cycles. For what
passes them all a proof is tried that it is no defect at all (`verification.prove`). A mutant that
survives even that must be listed with a reviewed reason, or a test is missing.

A unit brings ``tb/<core>/mutation_<core>.py``: ``SHARES`` (name to `shares.Share`: a build, where
to plant, how many, and how many of them in the sample for ``make test``), ``BENCHES`` (modules),
``CASES`` (pattern of their cases' names), ``SETTINGS`` (for the benches), ``SPARED`` (patterns of
``<module> <port>`` where none is planted), ``REVIEWED`` (list of `shares.Reviewed`), ``CUT``
(whether proofs leave out memories and multipliers, see `verification.cut`) and ``MUST`` (how many
mutants are wanted), perhaps ``REPLAY`` (see `verification.replayed`); and
``tb/<core>/defects_<core>.py``, see `verification.defects`.

A run that is stopped goes on with the next one of the same seed, if nothing has changed that its
verdicts depend on (`verification.ledger`).
"""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import simulate
from verification import defects, mutants, mutation_tally, prove, replayed
from verification.ledger import Ledger, sources
from verification.section import Section

CONTROLS = 2
"""Killed mutants of each share for which a proof is tried too: it must fail. In the sample one."""

UNSETTLED = "the simulator finds no settled state"

FLAGS = ("--no-assert", "-Wno-UNOPTFLAT")  # mutants mix bits of a signal: loops of words only


def run(core, *, full, seed, say):
    """Mutants and seeded defects of a unit.

    Raises
    ------
    simulate.BuildFailed
        If the unmutated unit fails a bench.
    """
    unit = import_module(f"{core}.mutation_{core}")
    tallies = [
        try_share(core, unit, name, full=full, seed=seed, say=say)
        for name, share in unit.SHARES.items()
        if full or share.sample
    ]
    caught, notes = defects.run(core, full=full, seed=seed, say=say)
    return Section(
        "Mutation",
        mutation_tally.about(tallies, seed),
        mutation_tally.figures(unit, tallies, full) + caught,
        mutation_tally.notes(tallies) + notes,
    )


def try_share(core, unit, name, *, full, seed, say):
    """Plant, replay, simulate, prove; returns the `mutation_tally.Tally`."""
    begun, share = time.monotonic(), unit.SHARES[name]
    count, part = (share.count, "mutation") if full else (share.sample, "mutation-sample")
    folder = (simulate.BUILD / "verify" / core / part / re.sub(r"\W+", "-", name)).resolve()
    core, replay = share.part or core, None if share.part else getattr(unit, "REPLAY", None)
    config = (simulate.UNITS | simulate.PARTS)[core][1](**share.parameters)

    def tell(mutants, what):
        say(f"mutation, {name}: {len(mutants)} mutants {what}")

    say(f"mutation, {name}: building {count} mutants")
    found = mutants.plant(
        core, config, share.where, folder, count=count, seed=seed, spared=unit.SPARED
    )
    ledger = Ledger(folder / "ledger.jsonl", {"sources": sources(), "seed": seed, "count": count})
    tally, netlist, left = mutation_tally.Tally(name, found), folder / "mutants.v", found
    tally.resumed = ledger.resumed
    whole = bool(share.part)
    parts = prove.Parts(folder, core, far=whole or bool(replay), whole=whole)
    if replay:
        tell(left, "in the fast replay")
        left = replayed.kill(replay, config, netlist, folder / "replay", left, seed, tally, ledger)
        tell(left, "to be proved in parts")
        left = _prove("parts", parts.equivalent, left, tally, ledger)
    tell(left, "against the benches")

    def prepare():
        return simulate.prepare(
            core, config, simulator="verilator", name=str(folder), source=netlist, extra_args=FLAGS
        )

    left = _simulate(prepare, unit, share.benches or unit.BENCHES, left, tally, seed, ledger)
    left = _review(unit, left, tally)
    if not replay:
        tell(left, "left to be proved in parts")
        left = _prove("parts", parts.equivalent, left, tally, ledger)
    tell(left, "left to be proved")
    proofs = {"parts": parts.equivalent}
    if left:
        boxes = prove.prepare(core, config, folder, cut=unit.CUT)
        proofs["whole"] = lambda mutant: prove.equivalent(folder, core, mutant, boxes)
        left = _prove("whole", proofs["whole"], left, tally, ledger)
    tally.survivors = [(mutant, None) for mutant in left]
    passed = {mutant.number for mutant in (*tally.proved, *left)}
    passed |= {mutant.number for mutant, _ in tally.reviewed}
    killed = [mutant for mutant in found if mutant.number not in passed]
    tally.control(killed[: CONTROLS if full else 1], proofs, ledger)
    tally.seconds = time.monotonic() - begun
    return tally


def _prove(stage, proof, mutants, tally, ledger):
    """Try a proof on all of them; returns those that it did not show to be equivalent."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        shown = list(pool.map(lambda mutant: ledger.once(stage, mutant, proof), mutants))
    tally.proved += [m for m, one in zip(mutants, shown, strict=True) if one]
    return [m for m, one in zip(mutants, shown, strict=True) if not one]


def _review(unit, mutants, tally):
    """Take out those that have a reason; returns the others."""
    left = []
    for mutant in mutants:
        reason = next((r.reason for r in unit.REVIEWED if r.covers(mutant)), None)
        if reason:
            tally.reviewed.append((mutant, reason))
        else:
            left.append(mutant)
    return left


def _simulate(prepare, unit, benches, wanted, tally, seed, ledger):
    """Run mutants against the benches, add up who was killed; returns the others.

    ``prepare`` compiles the netlist; if all verdicts are known, it is not called.
    """
    waiting = [mutant for mutant in wanted if ("benches", mutant.number) not in ledger]
    if waiting:
        prepared = prepare()
        while waiting:
            waiting = _meet(prepared, unit, benches, waiting, tally.name, seed, ledger)
    left = []
    for mutant in wanted:
        verdict = ledger["benches", mutant.number]
        if verdict["case"]:
            tally.killers[verdict["case"]] += 1
            tally.hangs += verdict["why"] == "hang"
        else:
            left.append(mutant)
    return left


def _meet(prepared, unit, benches, waiting, name, seed, ledger):
    """One process in which mutants meet the benches; returns those that it did not come to.

    What it finds it writes into the ledger itself, so nothing is lost when it is stopped.
    """
    numbers = [mutant.number for mutant in waiting]
    chosen = {"benches": list(benches), "cases": unit.CASES, "mutants": numbers}
    failed, broken = (), None
    try:
        outcome = simulate.run(
            prepared,
            "verification.bench_mutants",
            seed=seed,
            settings={**unit.SETTINGS, "mutation": {**chosen, "ledger": str(ledger.path)}},
        )
        failed = outcome.failures
    except simulate.BuildFailed as error:
        broken = error
    ledger.read()
    left = [mutant for mutant in waiting if ("benches", mutant.number) not in ledger]
    log = prepared.folder / "bench_mutants.log"
    unsettled = broken and left and "converge" in log.read_text(errors="replace")
    if unsettled and ("benches", 0) in ledger:  # that is no working unit
        ledger.note("benches", left.pop(0).number, {"case": UNSETTLED, "why": "", "cycles": 0})
    elif failed or broken or ("benches", 0) not in ledger:
        raise simulate.BuildFailed(
            f"mutation, {name}: the unmutated unit fails: see {prepared.folder}"
        ) from broken
    return left
