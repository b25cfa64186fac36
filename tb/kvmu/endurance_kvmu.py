"""Endurance of the KVMU: builds and counts; see `verification.endurance`."""

from figures import Figure
from kvmu import coverage
from kvmu.builds_kvmu import NEAR, ODD, SMALLEST
from kvmu.fast_kvmu import endure
from kvmu.mixture_kvmu import LATE
from verification.endurance import Share

__all__ = ["OPERATION", "SHARES", "endure", "figures", "missing"]

SAMPLES = {"near-asic": 3_500}
FLIPS, FEW_FLIPS = 10_000, 1_000
"""Bits that turn round in a full run; fewer where few words are in use, each once until written."""

SHARES = {
    f"{name}-{preset}": Share(
        {**sizes, "preset": preset}, 100_000, SAMPLES.get(f"{name}-{preset}", 0)
    )
    for name, sizes in (("smallest", SMALLEST), ("odd", ODD), ("near", NEAR))
    for preset in ("asic", "fpga")
}
OPERATION = (
    "An operation is a command, of one of several contexts; a mismatch is one with anything wrong: "
    "its result, grants, deliveries, a byte that was appended and is not where it is delivered, "
    "until it is released, or a page of far memory. Streams stall, memories delay, reorder, "
    "interleave, fail and for some time do not answer at all; commands and packets are wrong; the "
    "unit is told to be quiet; bits of metadata turn round, in near memory, in the array or the "
    "cache on the chip and its tags, and are put right or written over. Counters and status bits "
    "are compared every two thousand commands."
)


def figures(name, config, tally, full):
    """Of metadata: words with a wrong bit."""
    must = f">= {FEW_FLIPS if name.startswith('smallest') else FLIPS}" if full else ">= 1"
    right = f"{tally.corrected:,} read and put right"
    yield Figure("single bits of metadata flipped", name, tally.flips, "", must, bound=right)


def missing(config, tally):
    """Situations of the plain, bad and faults benches that were never seen; and D86's."""
    names = [
        name
        for kind in ("plain", "bad", "faults")
        for name in coverage.missing(config, kind, tally.seen)
    ]
    return names + ([LATE] if config.retries and not tally.seen[LATE] else [])
