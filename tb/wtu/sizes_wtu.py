"""Builds of the WTU, its benches, and which of them `make test` plays on which build.

Nearly all of the time of a build of many lanes is the C++ compiler's.
"""

from wtu.benches import BENCHES

SMALL = {"lanes": 8, "max_clusters": 256, "max_rows": 60}
ONE_LANE = {"lanes": 1, "max_clusters": 5, "max_rows": 3}
ODD = {"lanes": 3, "max_clusters": 40, "max_rows": 11}
LONG = {**ODD, "on_chip_clusters": 6}
MOST_LANES = {"lanes": 33, "max_clusters": 200, "max_rows": 300}
PAPER = {"lanes": 16, "max_clusters": 1024}
LINEAR = {**ODD, "variant": "bucket", "buckets": 5}
LOGIT = {"lanes": 1, "max_clusters": 9, "max_rows": 11, "axis": "logit", "buckets": 3}

BUILDS = {
    **{
        f"{name}-{preset}": {**sizes, "preset": preset}
        for preset in ("asic", "fpga")
        for name, sizes in (
            *(("small", SMALL), ("one-lane", ONE_LANE), ("odd", ODD), ("long", LONG)),
            *(("most-lanes", MOST_LANES), ("paper", PAPER)),
        )
    },
    "bucket-linear-asic": {**LINEAR, "preset": "asic"},
    "bucket-logit-fpga": {**LOGIT, "variant": "bucket", "preset": "fpga"},
}

ROWS_ONLY = ("wtu.bench_wtu",)
IN_STEP = tuple(name for name in BENCHES if "out_of_step" not in name)

SAMPLE = {
    "small-asic": ("wtu.bench_wtu_cycles",),  # its rows: the paper's size
    "small-fpga": (*ROWS_ONLY, "wtu.bench_wtu_cycles"),
    "one-lane-asic": BENCHES,
    "odd-fpga": BENCHES,
    "long-fpga": IN_STEP,  # with preset `asic` and all benches it is the sample of coverage
    "paper-asic": ROWS_ONLY,
    "bucket-linear-asic": IN_STEP,
    "bucket-logit-fpga": BENCHES,
}
"""What `make test` plays: small builds with all they can run, large ones with what needs size."""

WIDE = 8
"""From so many lanes on, what the C++ compiler optimises takes longer than it saves."""


def optimise(config):
    """How much the C++ compiler does, as in `simulate.prepare`."""
    return "full" if config.lanes < WIDE else "none"


def benches(config):
    """The benches that have a case for a build: all have."""
    return BENCHES
