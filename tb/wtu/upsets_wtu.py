"""Upsets of the WTU: builds, counts, and classes of its state; see `verification.upsets`."""

from verification.upsets import Share

LONG = {"lanes": 3, "max_clusters": 20, "on_chip_clusters": 6, "max_rows": 5}

ONE_LANE = {"lanes": 1, "max_clusters": 5, "on_chip_clusters": 2, "max_rows": 3}

SHARES = {
    "asic": Share({**LONG, "preset": "asic"}, 1500, 0),
    "fpga": Share({**LONG, "preset": "fpga"}, 1500, 0),
    "one lane": Share({**ONE_LANE, "preset": "asic"}, 500, 60),
}

OPERATION = "wtu.operation"

CLASSES = {  # the first pattern that matches the register's path names its class
    "entries.lane_*.sums.places_*": "sums by place",
    "entries.lane_*.list*": "lists",
    "entries.lane_*length*": "lists",
    "entries.lane_*": "lanes",
    "entries.keys.*": "keys",
    "entries.counts.*": "token counts",
    "entries.marks.*": "masks found",
    "entries.statistics.*": "row statistics",
    "entries.*": "pipeline",
    "loader.*_reader.*": "packet readers",
    "loader.*": "loader",
    "scanner.*": "scanner",
    "decider.fraction.*": "arithmetic",
    "decider.divider.*": "arithmetic",
    "decider.*": "decider",
    "emitter.news.*": "selection of the chunk",
    "emitter.masks.*": "masks given",
    "emitter.rows[_.]*": "output registers",
    "emitter.selected[_.]*": "output registers",
    "emitter.queue.*": "output registers",
    "emitter.*": "emitter",
    "monitor.*": "counters and status",
    "order_*": "scanner",  # on their way from the decider
    "scanned_*": "scanner",
    "emitting_*": "decider",
    "*_0": "counters and status",  # events on their way there
}
