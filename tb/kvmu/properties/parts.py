"""Parts of the KVMU that are proved by themselves, made from what JSON can say."""

from dre.kvmu import Mover, MoverConfig, NearStore


def mover(**parameters):
    """One direction."""
    return Mover(MoverConfig(**parameters))


def near_store(**parameters):
    """Metadata in near memory."""
    return NearStore(**parameters)
