"""Boards: a bring-up system, a clock, pins and lights each."""

from boards.hx8k import HX8K
from boards.icebreaker import ICEBREAKER

BOARDS = {board.name: board for board in (ICEBREAKER, HX8K)}
"""By name, as ``BOARD=`` has it."""
