"""KVMU, the KV cache management unit: so far the mover (spec section 14)."""

from dre.kvmu.config import MoverConfig
from dre.kvmu.mover import Mover

__all__ = ["Mover", "MoverConfig"]
