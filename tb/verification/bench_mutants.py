"""All mutants of a netlist, one after the other, against the cases of the real benches.

One process. The control, mutant 0, must pass every case and says how long each takes; then each
mutant meets the cases until one fails. Cases that kill much for few cycles come first. Every case
begins with a reset and tables of its own, so a mutant leaves nothing to the next but the contents
of memories.

BENCH settings, under ``mutation``: ``benches`` (modules), ``mutants`` (numbers), ``ledger`` (path
of a `verification.ledger`), ``cases`` (pattern of their names).
"""

import json
import os
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import cocotb

from verification import cases, ledger
from verification.mutants import CONTROL

PATIENCE = 4
"""A case that takes so many times as long as with the control hangs, give or take `GRACE`."""

GRACE = 4_000
"""Cycles."""

LONGEST = 2_000_000
"""Cycles that a case may take with the control."""


class Suite:
    """The cases, how long each takes, and how many mutants each has killed."""

    def __init__(self, dut, modules, pattern):
        self._dut = dut
        found = cases.collect(modules)
        self.cases = [case for case in found if fnmatchcase(case.fullname, pattern)]
        self.cycles: dict[str, int] = {}
        self._kills = Counter()

    async def measure(self):
        """Run all cases with the control; returns the first failure as text, or ``""``."""
        for case in self.cases:
            verdict = await cases.run(self._dut, case, LONGEST)
            if not verdict.passed:
                return f"{case.fullname}: {verdict.why}"
            self.cycles[case.fullname] = verdict.cycles
        return ""

    async def judge(self):
        """Run cases until one fails: its name and why, and cycles; no name if all passed."""
        spent = 0
        for case in sorted(self.cases, key=self._dearness):
            usual = self.cycles[case.fullname]
            verdict = await cases.run(self._dut, case, PATIENCE * usual + GRACE)
            spent += verdict.cycles
            if not verdict.passed:
                self._kills[case.fullname] += 1
                return {"case": case.fullname, "why": verdict.why, "cycles": spent}
        return {"case": "", "why": "", "cycles": spent}

    def _dearness(self, case):
        """Cycles a kill, as if each had killed one already."""
        return self.cycles[case.fullname] / (1 + self._kills[case.fullname])


@cocotb.test()
async def every_mutant_meets_the_benches(dut):
    """Fails only if the control does; what became of the mutants is in the ledger."""
    chosen = json.loads(os.environ["BENCH"])["mutation"]
    suite = Suite(dut, chosen["benches"], chosen["cases"])
    selected = getattr(dut, CONTROL)
    selected.value = 0

    def note(number, verdict):
        ledger.write(Path(chosen["ledger"]), "benches", number, verdict)

    why = await suite.measure()
    assert not why, f"the unmutated unit fails: {why}"
    note(0, {"cases": suite.cycles})
    for number in chosen["mutants"]:
        selected.value = number
        note(number, await suite.judge())
