"""HCU, the hash-bit cluster unit (spec section 9)."""

from dre.hcu.config import HCUConfig
from dre.hcu.unit import HCU

__all__ = ["HCU", "HCUConfig"]
