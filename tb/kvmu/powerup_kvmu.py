"""What is powered up of the KVMU."""

from kvmu.benches_kvmu import BENCHES
from kvmu.builds_kvmu import NEAR, ODD

__all__ = ["BENCHES", "BUILDS", "OPTIMISE", "SAMPLE", "SAMPLE_CASES", "ZERO"]

BUILDS = {
    f"{name}-{preset}": {**sizes, "preset": preset}
    for name, sizes in (("odd", ODD), ("near", NEAR))
    for preset in ("asic", "fpga")
}
SAMPLE = "near-asic"
SAMPLE_CASES = ("kvmu.bench_kvmu_counters", "every_event")
OPTIMISE = "none"
ZERO = (
    *("status", "counters", "results__valid", "grants__valid", "deliveries__valid"),
    *(f"{port}__{channel}valid" for port in ("far", "near") for channel in ("ar", "aw", "w")),
)
"""Outputs that are 0 after reset."""
