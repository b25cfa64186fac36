"""What is covered of the KVMU, and the reviewed waivers."""

from kvmu import coverage
from kvmu.benches_kvmu import BENCHES
from kvmu.builds_kvmu import NEAR, ODD
from verification.coverage import Build

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "WAIVERS", "bins"]

BUILDS = {
    f"{name}-{preset}": Build({**sizes, "preset": preset})
    for name, sizes in (("odd", ODD), ("near", NEAR))
    for preset in ("asic", "fpga")
}
SAMPLE = "near-asic"

WAIVERS = []


def bins(config):
    """The situations that the benches must have seen in a build."""
    kinds = ("plain", "faults", "bad", "broken")
    return set().union(*(coverage.required(config, kind) for kind in kinds))
