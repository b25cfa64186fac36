"""Builds of the WTU whose netlists are compared with the RTL; see `verification.equivalence`."""

from verification.cut import LEAST_BITS
from verification.equivalence import Build

SMALL = {"lanes": 1, "max_clusters": 3, "on_chip_clusters": 2, "max_rows": 2}
ODD = {"lanes": 3, "max_clusters": 20, "on_chip_clusters": 6, "max_rows": 5}

BUILDS = [
    Build(f"{name}, {preset}", {**sizes, "preset": preset}, name == "odd")
    for name, sizes in (("small", SMALL), ("odd", ODD))
    for preset in ("asic", "fpga")
]

CUT = LEAST_BITS | {"$add": 36, "$sub": 36}
"""Sums of a digit over the lanes are two adders in a row, too hard for SAT from there on."""

LOOSE = (
    *("beat*", "decider.jobs__payload*", "scanner.scan_pair"),
    *("emitter.decisions__payload", "emitter.events*"),
)

BENCHES = ("wtu.bench_wtu", "wtu.bench_wtu_faults", "wtu.bench_wtu_cycles")

SETTINGS = {}

SAMPLE = ("small, fpga",)

GAPS = [
    "**Not compared**: memories, multipliers, and adders of 36 bits and more. In simulation they "
    "stand beside the netlist as the RTL says them (on a chip the first are macros, on an FPGA "
    "the first two are cells of their own).",
    "**Not compared**: a netlist of ECP5 cells, and the mapping with `constraints/gates.lib` (the "
    "area's).",
]
