"""Upsets of the KVMU: builds, counts, and classes of its state; see `verification.upsets`."""

from kvmu.builds_kvmu import NEAR, ODD
from verification.upsets import Share

METADATA = "metadata (protected)"
PROTECTED = (METADATA,)
"""Classes in which a wrong bit is put right, or at least said (spec D88, D90)."""

SHARES = {
    "metadata on the chip": Share({**ODD, "preset": "asic"}, 5000, 0, PROTECTED),
    "metadata in the cache": Share({**NEAR, "preset": "fpga"}, 5000, 40, PROTECTED),
    "asic": Share({**NEAR, "preset": "asic"}, 1000, 0),
    "fpga": Share({**ODD, "preset": "fpga"}, 1000, 0),
}

OPERATION = "kvmu.operation_kvmu"

CLASSES = {  # the first pattern that matches the register's path names its class
    "store.array.array": METADATA,
    "store.cache.array.array": METADATA,
    "store.cache.kept.array": METADATA,
    "store.cache.tags.array": METADATA,
    "store.*": "store",
    "monitor.*": "counters and status",
    "known": "counters and status",
    "events": "counters and status",
    "movers.*.landing.buffers.*": "landing buffers",
    "movers.*.landing.*": "landing",
    "movers.*.writer.*": "writer",
    "movers.*.splitter.*": "splitter",
    "movers.*.check.*": "splitter",
    "movers.*.endings.*": "endings, timeouts",
    "movers.*.watch.*": "endings, timeouts",
    "movers.*.accounts.*": "accounts",
    "movers.*.ids.*": "accounts",
    "movers.*": "movers",
    "keeper.now": "descriptor at hand",
    "keeper.command*": "command at hand",
    "keeper.*_state": "states",
    "keeper.page_set.*": "pages in order",
    "keeper.*_fresh": "pools",
    "keeper.*_returned": "pools",
    "keeper.*_free_*": "pools",
    "keeper.*_left*": "pools",
    "keeper.promised": "pools",
    "keeper.exists": "pools",
    "keeper.results__*": "output registers",
    "keeper.grants__*": "output registers",
    "keeper.deliveries__*": "output registers",
    "keeper.fetch_*": "orders of the movers",
    "keeper.offload_*": "orders of the movers",
    "keeper.reads_*": "orders of the movers",
    "keeper.store__*": "access to words",
    "keeper.answer": "access to words",
    "keeper.kept": "access to words",
    "keeper.kinds": "access to words",
    "keeper.index": "access to words",
    "keeper.access_done": "access to words",
    "keeper.*": "steps",
}
