"""What is powered up of the WTU."""

from wtu.benches import BENCHES

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "SAMPLE_CASES", "ZERO"]

LONG = {"lanes": 3, "max_clusters": 40, "on_chip_clusters": 6, "max_rows": 11}

ONE_LANE = {"lanes": 1, "max_clusters": 5, "on_chip_clusters": 2, "max_rows": 3}

BUILDS = {
    **{f"long-{preset}": {**LONG, "preset": preset} for preset in ("asic", "fpga")},
    "one-lane-fpga": {**ONE_LANE, "preset": "fpga"},
}
SAMPLE = "one-lane-fpga"
SAMPLE_CASES = ("wtu.bench_wtu", "many_rows|reset_in_mid_operation")
ZERO = ("status", "counters", "reads__valid", "rows__valid", "selected__valid")
"""Outputs that are 0 after reset."""
