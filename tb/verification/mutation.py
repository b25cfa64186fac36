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
"""

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import simulate
from verification import defects, mutants, mutation_tally, prove, replayed
from verification.section import Section

CONTROLS = 2
"""Killed mutants of each share for which a proof is tried too: it must fail. In the sample one."""

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
    tally, netlist, left = mutation_tally.Tally(name, found), folder / "mutants.v", found
    whole = bool(share.part)
    parts = prove.Parts(folder, core, far=whole or bool(replay), whole=whole)
    if replay:
        tell(left, "in the fast replay")
        left = replayed.kill(replay, config, netlist, folder / "replay", left, seed, tally)
        tell(left, "to be proved in parts")
        left = _prove(parts.equivalent, left, tally)
    tell(left, "against the benches")
    prepared = simulate.prepare(
        core, config, simulator="verilator", name=str(folder), source=netlist, extra_args=FLAGS
    )
    left = _simulate(prepared, unit, share.benches or unit.BENCHES, left, tally, seed)
    left = _review(unit, left, tally)
    if not replay:
        tell(left, "left to be proved in parts")
        left = _prove(parts.equivalent, left, tally)
    tell(left, "left to be proved")
    proofs = [parts.equivalent]
    if left:
        boxes = prove.prepare(core, config, folder, cut=unit.CUT)
        proofs.append(lambda mutant: prove.equivalent(folder, core, mutant, boxes))
        left = _prove(proofs[1], left, tally)
    tally.survivors = [(mutant, None) for mutant in left]
    passed = {mutant.number for mutant in (*tally.proved, *left)}
    passed |= {mutant.number for mutant, _ in tally.reviewed}
    killed = [mutant for mutant in found if mutant.number not in passed]
    tally.control(killed[: CONTROLS if full else 1], proofs)
    tally.seconds = time.monotonic() - begun
    return tally


def _prove(proof, mutants, tally):
    """Try a proof on all of them; returns those that it did not show to be equivalent."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        shown = list(pool.map(proof, mutants))
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


def _simulate(prepared, unit, benches, wanted, tally, seed):
    """Run mutants against the benches, add up who was killed; returns the others."""
    output = prepared.folder / "verdicts.jsonl"
    output.unlink(missing_ok=True)
    left, waiting = [], list(wanted)
    while waiting:
        chosen = {
            "benches": list(benches),
            "cases": unit.CASES,
            "mutants": [mutant.number for mutant in waiting],
            "output": str(output),
        }
        output.write_text("")
        broken = None
        try:
            outcome = simulate.run(
                prepared,
                "verification.bench_mutants",
                seed=seed,
                settings={**unit.SETTINGS, "mutation": chosen},
            )
            failed = outcome.failures
        except simulate.BuildFailed as error:  # the simulator gave up on a mutant
            failed, broken = (), error
        verdicts = {v["mutant"]: v for v in map(json.loads, output.read_text().splitlines())}
        if failed or 0 not in verdicts:
            raise simulate.BuildFailed(
                f"mutation, {tally.name}: the unmutated unit fails: see {prepared.folder}"
            ) from broken
        judged = [mutant for mutant in waiting if mutant.number in verdicts]
        for mutant in judged:
            verdict = verdicts[mutant.number]
            if verdict["case"]:
                tally.killers[verdict["case"]] += 1
                tally.hangs += verdict["why"] == "hang"
            else:
                left.append(mutant)
        waiting = waiting[len(judged) :]
        if broken and waiting:  # no settled state: that is no working unit
            tally.killers["the simulator finds no settled state"] += 1
            waiting = waiting[1:]
    return left
