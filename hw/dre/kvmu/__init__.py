"""KVMU, the KV cache management unit: so far the mover (spec section 14)."""

from dre.kvmu.config import MoverConfig
from dre.kvmu.mover import Mover
from dre.kvmu.movers import Movers

__all__ = ["Mover", "MoverConfig", "Movers"]
