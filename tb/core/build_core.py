"""The build that a bench of the DRE runs on, and what follows from it."""

import json
import os

from dre.core import DRE, DREConfig
from table.plain_table import Layout

BUILD = DREConfig(**json.loads(os.environ["BUILD_CONFIG"]))
SETTINGS = json.loads(os.environ["BENCH"])
PORTS = DRE(BUILD).signature.members
LAYOUT = Layout(BUILD.table)
INWARD = ("hash_bits", "chunks") if BUILD.reads_scores else ("hash_bits", "chunks", "scores")
OUTWARD = ("assignments", "rows", "grants", "deliveries")
STREAMS = (*INWARD, *OUTWARD)
SCORE_PAGES = 64 if BUILD.reads_scores else 0
"""Of near memory, where the rows of a few chunks lie."""
COMMAND_FIELDS = tuple(name for name, _ in BUILD.kvmu.command)
