"""Mutants in a fast replay, before the benches meet those that are left.

A unit whose mutation data name a module as ``REPLAY`` has one with ``Suite(config, netlist, folder,
seed)``: ``cycles`` by case without a mutant, and ``killed_by(case, number)``, whether a case finds
a mutant, and whether that hangs. A case in C++ is over in milliseconds.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module


def kill(module, config, netlist, folder, mutants, seed, tally, ledger):
    """Try all mutants, add up who was killed; returns the others.

    Parameters
    ----------
    module : str
        With the ``Suite``.
    config : object
        Parameters of the build.
    netlist : Path
        With all mutants.
    folder : Path
        For the files.
    mutants : list of verification.mutants.Mutant
    seed : int
    tally : verification.mutation_tally.Tally
    ledger : verification.ledger.Ledger
        Who has a verdict there is not tried again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kills, suite = Counter(), None
    if any(("replay", mutant.number) not in ledger for mutant in mutants):
        suite = import_module(module).Suite(config, netlist, folder, seed)

    def judge(mutant):
        for case in sorted(suite.cycles, key=lambda one: suite.cycles[one] / (1 + kills[one])):
            killed, hangs = suite.killed_by(case, mutant.number)
            if killed:
                return case, hangs
        return None, False

    left = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda mutant: ledger.once("replay", mutant, judge), mutants)
        for mutant, (case, hangs) in zip(mutants, verdicts, strict=True):
            if case is None:
                left.append(mutant)
                continue
            kills[case] += 1
            tally.killers[f"replay: {case}"] += 1
            tally.hangs += hangs
    return left
