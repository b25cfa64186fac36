"""Mutants of the HCU: which builds, how many, which benches; see `verification.mutation`."""

from hcu import benches
from verification.mutation import Reviewed, Share

ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}

SHARES = {
    "asic": Share({**ODD, "preset": "asic"}, 280, 30),
    "fpga": Share({**ODD, "preset": "fpga"}, 280, 0),
    "on-chip-table": Share({**ODD, "preset": "asic", "table": "memory"}, 60, 0, "hcu.table*"),
}

MUST = 500

BENCHES = benches.BENCHES

SPARED = ("hcu.monitor Q",)
"""A bench sets the counters close to their ends: it must find the register, not a wire behind."""

CASES = "*"

SETTINGS = {"clusters": [1, 12, 37]}  # of bench_hcu_cycles: what fits the build

REVIEWED = (
    Reviewed(
        "hw/dre/hcu/loader.py",
        "self._loaded.eq(self._loaded + 1),",
        "hcu.search.loader: cnot1 A[[]0]",
        "Flips the sum's lowest bit where the count is 2 or 3: with three lanes that is after the "
        "group's last word, and the count is set to 0 before it is looked at again.",
    ),
)
"""Only for the builds above: with other sizes these are defects."""
