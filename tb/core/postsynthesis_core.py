"""The netlist of a small DRE plays chunks of the excerpt; see `verification.postsynthesis`."""

import resv
from core.small_core import SMALL

BUILDS = {"small-asic": {**SMALL, "preset": "asic"}}
CASES = {"core.bench_core": 4, "core.bench_core_cocotbext": 2}
SETTINGS = {
    "trace": str(resv.excerpt_path()),
    "most_chunks": {"ready": 10, "stalls": 10, "others": 10},
}
