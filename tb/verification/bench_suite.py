"""The cases of several benches in one simulation, up to the first that fails.

BENCH settings, under ``suite``: ``benches`` (modules), ``cases`` (pattern of their names),
``cycles`` (by case: what it usually takes, which tells a hang; or null), ``output`` (a file for the
verdict: ``cycles`` by case, and ``failed``, a text, empty if none did).
"""

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path

import cocotb

from verification import cases
from verification.bench_mutants import GRACE, LONGEST, PATIENCE


@cocotb.test()
async def cases_up_to_the_first_failure(dut):
    """Never fails: the verdict is in the output file."""
    chosen = json.loads(os.environ["BENCH"])["suite"]
    usual, taken, failed = chosen["cycles"] or {}, {}, ""
    found = cases.collect(chosen["benches"])
    for case in [case for case in found if fnmatchcase(case.fullname, chosen["cases"])]:
        name = case.fullname
        limit = PATIENCE * usual[name] + GRACE if name in usual else LONGEST
        verdict = await cases.run(dut, case, limit)
        taken[name] = verdict.cycles
        if not verdict.passed:
            failed = f"{name}: {verdict.why}"
            break
    Path(chosen["output"]).write_text(json.dumps({"cycles": taken, "failed": failed}))
