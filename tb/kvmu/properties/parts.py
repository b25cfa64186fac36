"""Parts of the KVMU that are proved by themselves, made from what JSON can say."""

from dre.kvmu import KVMUConfig, Mover, MoverConfig, NearStore
from dre.kvmu.keeper.keeper import Keeper


def mover(**parameters):
    """One direction."""
    return Mover(MoverConfig(**parameters))


def near_store(**parameters):
    """Metadata in near memory."""
    return NearStore(**parameters)


def keeper(**parameters):
    """The lists, without their store and without movers."""
    return Keeper(KVMUConfig(**parameters))
