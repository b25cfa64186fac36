"""Builds of the HCU, which of its benches each can run, and which of these `make test` does."""

from hcu.benches import BENCHES

SMALLEST = {"hash_bits": 16, "lanes": 1, "max_clusters": 1, "max_chunk": 1}
ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}
PAPER = {"max_clusters": 1024, "max_chunk": 32}
WIDEST = {"hash_bits": 128, "lanes": 4, "max_clusters": 65_535, "max_chunk": 13}
MOST_LANES = {"hash_bits": 16, "lanes": 64, "max_clusters": 50, "max_chunk": 70}
ONE_LANE = {"hash_bits": 32, "lanes": 1, "max_clusters": 20, "max_chunk": 5}
ONE_GROUP = {"hash_bits": 40, "lanes": 7, "max_clusters": 64, "max_chunk": 5}

BUILDS = {
    **{
        f"{name}-{preset}": {**sizes, "preset": preset}
        for preset in ("asic", "fpga")
        for name, sizes in (("paper", PAPER), ("odd", ODD), ("smallest", SMALLEST))
    },
    "widest-fpga": {**WIDEST, "preset": "fpga"},
    "one-group-asic": {**ONE_GROUP, "preset": "asic"},
    "most-lanes-asic": {**MOST_LANES, "preset": "asic"},
    "most-lanes-fpga": {**MOST_LANES, "preset": "fpga"},
    "one-lane-fpga": {**ONE_LANE, "preset": "fpga"},
    "default": {},
    **{
        f"{name}-on-chip-{preset}": {**sizes, "preset": preset, "table": "memory"}
        for name, sizes, preset in (("odd", ODD, "asic"), ("paper", PAPER, "fpga"))
    },
}

SAMPLE = {
    "paper-asic": ("hcu.bench_hcu", "hcu.bench_hcu_cycles"),
    "paper-fpga": ("hcu.bench_hcu", "hcu.bench_hcu_hash_faults"),
    **dict.fromkeys(("odd-asic", "odd-fpga", "smallest-asic", "smallest-fpga"), BENCHES),
    "widest-fpga": ("hcu.bench_hcu", "hcu.bench_hcu_founders"),
    "one-group-asic": ("hcu.bench_hcu",),
    "one-lane-fpga": ("hcu.bench_hcu", "hcu.bench_hcu_founders"),
    "odd-on-chip-asic": BENCHES,
    "paper-on-chip-fpga": ("hcu.bench_hcu", "hcu.bench_hcu_on_chip"),
}
"""What `make test` plays: the smallest and the odd sizes with all they can run, and the others
with what their sizes matter to."""

WIDE = 64
"""From so many lanes on, what the C++ compiler optimises takes longer than it saves."""


def optimise(config):
    """How much the C++ compiler does, as in `simulate.prepare`."""
    return "full" if config.lanes < WIDE else "none"


def benches(config):
    """The benches that have a case for a build."""
    without = {"hcu.bench_hcu_on_chip"}
    if config.table == "memory":
        without = {"hcu.bench_hcu_table_faults", "hcu.bench_hcu_cycles"}
    if config.max_chunk == 1:  # no later token that could find a founder
        without.add("hcu.bench_hcu_founders")
    return tuple(bench for bench in BENCHES if bench not in without)
