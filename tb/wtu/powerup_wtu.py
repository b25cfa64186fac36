"""What is powered up of the WTU."""

from wtu.benches import BENCHES

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "SAMPLE_CASES", "ZERO"]

ODD = {"lanes": 3, "max_clusters": 40, "max_rows": 11}

BUILDS = {f"odd-{preset}": {**ODD, "preset": preset} for preset in ("asic", "fpga")}
SAMPLE = "odd-asic"
SAMPLE_CASES = ("wtu.bench_wtu", "many_rows|reset_in_mid_operation")
ZERO = ("status", "counters", "reads__valid", "rows__valid", "selected__valid")
"""Outputs that are 0 after reset."""
