"""Mutants of the WTU: which builds, how many, which benches; see `verification.mutation`."""

from verification.shares import Share
from wtu import benches

KEPT = {"lanes": 3, "max_clusters": 20, "max_rows": 5}
"""As few clusters as can have too many tokens; seven beats, of which the last is not full."""

LONG = {**KEPT, "on_chip_clusters": 6}
"""The same, and rows of three beats and more are read twice."""

SHARES = {
    "kept-asic": Share({**KEPT, "preset": "asic"}, 220, 0),
    "kept-fpga": Share({**KEPT, "preset": "fpga"}, 220, 0),
    "long-asic": Share({**LONG, "preset": "asic"}, 300, 16),
    "long-fpga": Share({**LONG, "preset": "fpga"}, 300, 0),
}

MUST = 1000

BENCHES = benches.BENCHES

SPARED = ("wtu.monitor Q",)
"""A bench sets the counters close to their ends: it must find the register, not a wire behind."""

CASES = "*"

SETTINGS = {"clusters": [6, 20]}  # of bench_wtu_cycles

CUT = True

REVIEWED = ()
"""Only for the builds above: with other sizes these are defects."""
