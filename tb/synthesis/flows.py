"""Which tools a board's FPGA needs."""

from synthesis.gowin import Gowin
from synthesis.ice40 import ICE40

FLOWS = {"ice40": ICE40, "gowin": Gowin}


def of(board):
    """The flow for a board."""
    return FLOWS[board.chip](board)
