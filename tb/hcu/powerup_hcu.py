"""What is powered up of the HCU."""

from hcu.benches import BENCHES

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "SAMPLE_CASES", "ZERO"]

ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}

BUILDS = {
    f"{name}-{preset}": {**ODD, "preset": preset, "table": table}
    for name, table in (("odd", "stream"), ("odd-on-chip", "memory"))
    for preset in ("asic", "fpga")
}
SAMPLE = "odd-on-chip-fpga"
SAMPLE_CASES = ("hcu.bench_hcu", "table_fills_up|chains")
ZERO = ("status", "counters", "assignments__valid")
