"""What is covered of the WTU, and the reviewed waivers."""

from verification.coverage import Build
from verification.waivers import Waiver
from wtu import coverage
from wtu.benches import BENCHES

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "WAIVERS", "bins"]

ODD = {"lanes": 3, "max_clusters": 40, "max_rows": 11}

LONG = {**ODD, "on_chip_clusters": 6}

BUILDS = {
    f"{name}-{preset}": Build({**sizes, "preset": preset})
    for name, sizes in (("odd", ODD), ("long", LONG))
    for preset in ("asic", "fpga")
}
SAMPLE = "long-asic"

WAIVERS = [
    Waiver(
        "branch",
        "wtu.entries.kept.*",
        "*",
        "with preset `fpga` the pipeline of masks never stands still, so what is kept of a row is "
        "read in every cycle; the enable is for preset `asic`",
        detail="*else of read__en",
        builds="*-fpga",
    ),
    Waiver(
        "branch",
        "wtu.decider",
        "fsm_state",
        "before the octave is known no beat of a second reading is taken, and it has beats: if it "
        "is over already, it is lost",
        detail="5'h08: else of (lost*",
        builds="long*",
    ),
    Waiver(
        "branch",
        "wtu.scanner",
        "*",
        "with preset `fpga` pairs are counted while it scans, and then some are left: it is proved "
        "(`scan, fpga`)",
        detail="else of (| left)",
        builds="*-fpga",
    ),
    Waiver(
        "branch",
        "wtu.entries.lane_*.list",
        "*",
        "with preset `fpga` the pipeline of masks never stands still, so lists are read in every "
        "cycle; the enable is for preset `asic`",
        detail="else of read__en",
        builds="*-fpga",
    ),
    Waiver(
        "branch",
        "wtu.decider",
        "*",
        "loading is held from the last pair of a scan on, which then takes as long to end as a "
        "beat to its lane: only a replay that waits for masks to be given waits for more",
        detail="5'h0[de]: else of (_quiet)",
        builds="odd-fpga",
    ),
]


def bins(config):
    """The situations that the benches must have seen in a build."""
    return coverage.required(config) | {"chunk BAD_CONFIG", "status OUT_OF_STEP"}
