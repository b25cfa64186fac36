"""Mutants of the KVMU: which builds, how many, which benches; see `verification.mutation`."""

from kvmu import benches_kvmu, reviewed_kvmu
from kvmu.builds_kvmu import MOVER_ODD, NEAR, ODD
from verification.shares import Share

UNIT = ("*", "kvmu.movers.*")
"""All but the movers: the unit gives them few kinds of jobs. They are tried by themselves."""

MOVER = {"part": "mover", "benches": benches_kvmu.MOVER_BENCHES}

SHARES = {
    "near-asic": Share({**NEAR, "preset": "asic"}, 250, 0, UNIT),
    "near-fpga": Share({**NEAR, "preset": "fpga"}, 200, 0, UNIT),
    "odd-asic": Share({**ODD, "preset": "asic"}, 200, 0, UNIT),
    "odd-fpga": Share({**ODD, "preset": "fpga"}, 200, 0, UNIT),
    "mover-asic": Share({**MOVER_ODD, "preset": "asic"}, 150, 0, **MOVER),
    "mover-fpga": Share({**MOVER_ODD, "preset": "fpga"}, 150, 0, **MOVER),
}

MUST = 1000

REPLAY = "kvmu.mutants_kvmu"

BENCHES = benches_kvmu.BENCHES

CASES = "*"

SETTINGS = {}

SPARED = ("kvmu.monitor Q", "* CLK")
"""A bench sets the counters close to their ends: it must find the register, not a wire behind. And
there is one clock: on which edge a register takes it is nobody's choice."""

CUT = True

REVIEWED = reviewed_kvmu.REVIEWED
