"""What is covered of the WTU, and the reviewed waivers."""

from verification.coverage import Build
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

WAIVERS = []


def bins(config):
    """The situations that the benches must have seen in a build."""
    return coverage.required(config) | {"chunk BAD_CONFIG", "status OUT_OF_STEP"}
