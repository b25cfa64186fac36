"""Parts of the KVMU that are proved by themselves, made from what JSON can say."""

from amaranth.utils import ceil_log2

from dre.kvmu import KVMUConfig, Mover, MoverConfig, NearStore
from dre.kvmu.config import PRESETS
from dre.kvmu.keeper import page_set
from dre.kvmu.keeper.keeper import Keeper
from kvmu.properties.routines import Code, FrameList, SlotPool


def mover(**parameters):
    """One direction."""
    return Mover(MoverConfig(**parameters))


def near_store(**parameters):
    """Metadata in near memory."""
    return NearStore(**parameters)


def keeper(**parameters):
    """The lists, without their store and without movers."""
    return Keeper(KVMUConfig(**parameters))


def code(bits):
    """Check bits, for words of 63 bits or of 64."""
    return Code(bits)


def numbers(count, word=None, preset="asic"):
    """Pages in order; with words of so many bits, to have more levels."""
    if word:
        page_set.WORD, page_set.DIGIT = word, ceil_log2(word)
    return page_set.PageSet(count, PRESETS[preset])


def pool(count):
    """What is free of so many slots."""
    return SlotPool(count)


def area(count):
    """So many frames."""
    return FrameList(count)
