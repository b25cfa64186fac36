"""Mutants of the KVMU: which builds, how many, which benches; see `verification.mutation`."""

from kvmu import benches_kvmu
from kvmu.builds_kvmu import NEAR, ODD
from verification.mutation import Share

SHARES = {
    "near-asic": Share({**NEAR, "preset": "asic"}, 300, 0),
    "near-fpga": Share({**NEAR, "preset": "fpga"}, 250, 0),
    "odd-asic": Share({**ODD, "preset": "asic"}, 250, 0),
    "odd-fpga": Share({**ODD, "preset": "fpga"}, 250, 0),
}

MUST = 1000

REPLAY = "kvmu.mutants_kvmu"

BENCHES = benches_kvmu.BENCHES

CASES = "*"

SETTINGS = {}

SPARED = ("kvmu.monitor Q",)
"""A bench sets the counters close to their ends: it must find the register, not a wire behind."""

CUT = True

REVIEWED = ()
"""Only for the builds above: with other sizes these are defects."""
