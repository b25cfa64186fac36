"""Builds of the HCU whose netlists are compared with the RTL; see `verification.equivalence`."""

from verification.equivalence import Build

SMALL = {"hash_bits": 16, "lanes": 2, "max_clusters": 3, "max_chunk": 4}
ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 16}

BUILDS = [
    Build(f"{name}, {preset}", {**sizes, "preset": preset}, name == "odd")
    for name, sizes in (("small", SMALL), ("odd", ODD))
    for preset in ("asic", "fpga")
]

CUT = {}

LOOSE = (
    "search.decider.notes__payload.data.header.tokens",
    "search.decider.notes__payload.data.header.clusters",
)

BENCHES = ("hcu.bench_hcu", "hcu.bench_hcu_faults", "hcu.bench_hcu_cycles")

SETTINGS = {"clusters": [1, 12, 37]}  # of bench_hcu_cycles: what fits the build

SAMPLE = ("small, fpga", "odd, asic")

GAPS = [
    "**Not compared**: a netlist of ECP5 cells, the mapping with `constraints/gates.lib` (the "
    "area's), builds with `table` = `memory`."
]
