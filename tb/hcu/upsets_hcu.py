"""Upsets of the HCU: builds, counts, and classes of its state; see `verification.upsets`."""

from verification.upsets import Share

ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}

SHARES = {
    "asic": Share({**ODD, "preset": "asic"}, 1500, 100),
    "fpga": Share({**ODD, "preset": "fpga"}, 1500, 0),
    "on-chip table": Share({**ODD, "preset": "asic", "table": "memory"}, 500, 0),
}

OPERATION = "hcu.operation"

CLASSES = {  # the first pattern that matches the register's path names its class
    "search.lanes.lane_*.best*": "lanes' bests",
    "search.lanes.lane_*.distance.*": "pipeline",
    "search.lanes*": "lanes' words",
    "search.sequencer.*": "sequencer",
    "search.loader.*": "loader",
    "search.decider.assignments*": "output register",
    "search.decider.*": "decider",
    "search.chunk_buffer.*": "chunk buffer",
    "search.*": "pipeline",
    "monitor.*": "counters and status",
    "table.*": "on-chip table",
}
