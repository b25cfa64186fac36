"""Boards: a bring-up system, a clock, pins and lights each."""

from boards.hx8k import HX8K
from boards.icebreaker import ICEBREAKER
from boards.tangnano9k import TANGNANO9K

BOARDS = {board.name: board for board in (ICEBREAKER, HX8K, TANGNANO9K)}
"""By name, as ``BOARD=`` has it."""
