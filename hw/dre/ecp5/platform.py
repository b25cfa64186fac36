"""What is elaborated differently for an ECP5."""

from dre.checks import integer
from dre.ecp5.block_memory import BlockMemory
from dre.ecp5.block_multiplier import FACTOR_BITS, BlockMultiplier

LEAST_DEPTH = 65
"""Up to 64 words are distributed memory: 4 words of 16 of it take as long as a block."""


class ECP5:
    """Platform for elaboration: memories and multipliers become blocks that use their registers.

    Pass it to ``amaranth.back.rtlil.convert`` or ``amaranth.hdl.Fragment.get``.

    Parameters
    ----------
    least_depth : int
        Smaller memories stay with the generic body, which becomes distributed memory.

    Raises
    ------
    TypeError, ValueError
        If ``least_depth`` is not a positive int.
    """

    def __init__(self, *, least_depth=LEAST_DEPTH):
        self.least_depth = integer("least_depth", least_depth, 1, 2**24 + 1)

    def sync_memory(self, memory):
        """Body of a `dre.memory.SyncMemory`, or None: the generic one."""
        if memory.latency == 2 and memory.depth >= self.least_depth:
            return BlockMemory(memory)
        return None

    def multiplier(self, multiplier):
        """Body of a `dre.multiplier.Multiplier`, or None: the generic one."""
        if max(multiplier.a_bits, multiplier.b_bits) <= FACTOR_BITS:
            return BlockMultiplier(multiplier)
        return None
