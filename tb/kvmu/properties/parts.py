"""Parts of the KVMU that are proved by themselves, made from what JSON can say."""

from dre.kvmu import Mover, MoverConfig


def mover(**parameters):
    """One direction."""
    return Mover(MoverConfig(**parameters))
