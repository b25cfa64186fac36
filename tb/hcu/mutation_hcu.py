"""Mutants of the HCU: which builds, how many, which benches; see `verification.mutation`."""

from hcu import benches
from verification.shares import Reviewed, Share

ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}

SHARES = {
    "asic": Share({**ODD, "preset": "asic"}, 280, 3),
    "fpga": Share({**ODD, "preset": "fpga"}, 280, 0),
    "on-chip-table": Share({**ODD, "preset": "asic", "table": "memory"}, 60, 0, "hcu.table*"),
}

MUST = 500

BENCHES = benches.BENCHES

SPARED = ("hcu.monitor Q",)
"""A bench sets the counters close to their ends: it must find the register, not a wire behind."""

CASES = "*"

SETTINGS = {"clusters": [1, 12, 37]}  # of bench_hcu_cycles: what fits the build

CUT = False  # they are small

REVIEWED = (
    Reviewed(
        "hw/dre/hcu/loader.py",
        "self._loaded.eq(self._loaded + 1),",
        "hcu.search.loader: cnot1 A[[]0]",
        "Flips the sum's lowest bit where the count is 2 or 3: with three lanes that is after the "
        "group's last word, and the count is set to 0 before it is looked at again.",
    ),
    Reviewed(
        "hw/dre/hcu/loader.py",
        "with m.If(final | (self._loaded == self._config.lanes - 1)):",
        "hcu.search.loader: const0 A[[]0]",
        "Takes a count of 3 for 2: with three lanes the count is never 3.",
    ),
    Reviewed(
        "hw/dre/hcu/loader.py",
        "m.d.sync += [group.eq(group + 1), left.eq(left - self._lanes)]",
        "hcu.search.loader.requester: cnot0 Y[[]0]",
        "Is off by one token where fewer than four, or eight and more, are left; with three lanes "
        "and up to eleven tokens as many groups remain (tried for all eleven).",
    ),
    Reviewed(
        "hw/dre/hcu/decider.py",
        "self._founder = self.slot.own & ~near & room",
        "hcu.search.decider: const0 A[[]0]",
        "The copy of this term that says whether the word at hand is open. It matters only while a "
        "word is present, which for an own token is the same term again, unchanged.",
    ),
    Reviewed(
        "hw/dre/hcu/sequencer.py",
        "status = Mux(self.void, self.current.group.status, self.more.payload.status)",
        "hcu.search.sequencer: const1 B[[]1]",
        "A group that has failed before its end is 2 (bad configuration) or 3 (out of step): this "
        "bit is 1 already. Refusal, 1, is found by the decider and kept there.",
    ),
)
"""Only for the builds above: with other sizes these are defects."""
