"""Seeded defects of the KVMU; see `verification.defects`."""

from kvmu import defects_keeper, defects_mover, mutation_kvmu
from kvmu.benches_kvmu import BENCHES, MOVER_BENCHES
from kvmu.builds_kvmu import MOVER_ODD, NEAR, ODD
from verification.defects import Defect, Tried

QUICK = "kvmu.bench_kvmu_counters.*"
"""The sample's cases: what each command brings about, in a few seconds."""

SHORT = tuple(bench for bench in BENCHES if bench != "kvmu.bench_kvmu_carry")
"""Without the bench that counts to the end, which takes as long as all others together."""

OWN = {"optimise": "none", "replay": mutation_kvmu.REPLAY}

TRIED = {
    "": Tried("kvmu", {**NEAR, "preset": "asic"}, SHORT, sample=QUICK, **OWN),
    "chip": Tried("kvmu", {**ODD, "preset": "asic"}, SHORT, **OWN),
    "mover": Tried("mover", {**MOVER_ODD, "preset": "asic"}, MOVER_BENCHES, optimise="none"),
}

STORE = (
    Defect(
        "two wrong bits are put right",
        "dre/kvmu/secded.py",
        "single = syndrome.xor() & (",
        "single = (",
    ),
    Defect(
        "what has been put right is not written back",
        "dre/kvmu/store_chip.py",
        "access.en & (access.write | mends)",
        "access.en & access.write",
        tried="chip",
    ),
    Defect(
        "what has been put right stays wrong in near memory",
        "dre/kvmu/store_near.py",
        "Mux(mending, mended.corrected, judging & access.write)",
        "Mux(mending, 0, judging & access.write)",
    ),
    Defect(
        "the tag is not compared",
        "dre/kvmu/store_cache.py",
        "known.there & (known.tag == tag) & ~wrong",
        "known.there & ~wrong",
    ),
    Defect(
        "a write does not change the cache",
        "dre/kvmu/store_near.py",
        "changes & (cache.hit | self._mending)",
        "changes & self._mending",
    ),
    Defect(
        "SLVERR of a word is OKAY", "dre/kvmu/store_writes.py", "home.bresp.any()", "home.bresp[0]"
    ),
    Defect(
        "a line may end early",
        "dre/kvmu/store_fill.py",
        "odd.eq(home.rlast != final)",
        "odd.eq(final & ~home.rlast)",
    ),
    Defect(
        "lines are taken to come in the other order",
        "dre/kvmu/store_fill.py",
        "return lines[oldest]",
        "return lines[(newest - 1)[: len(newest)]]",
    ),
    Defect(
        "an access does not wait for a line that comes to its place",
        "dre/kvmu/store_near.py",
        "with m.If(access.en & cache.ready & ~held_up):",
        "with m.If(access.en & cache.ready):",
    ),
    Defect(
        "words that are always here change only beside them",
        "dre/kvmu/store_cache.py",
        "self._kept, put.kept)",
        "self._kept, 0)",
    ),
    Defect(
        "a line is read before a word of it has landed",
        "dre/kvmu/store_writes.py",
        "self.pending.eq((under_way.bits & lines).any())",
        "self.pending.eq(0)",
    ),
    Defect(
        "clear wins over an event",
        "dre/monitor.py",
        "eq(happens | kept)",
        "eq((happens & ~self.clear[name]) | kept)",
    ),
)
DEFECTS = (*defects_mover.DEFECTS, *defects_keeper.DEFECTS, *STORE)
"""Of the mover, the keeper, and the stores with what counts."""

SAMPLE = ("the tag is not compared", "a page leaves an entry early")
"""Caught quickly."""
