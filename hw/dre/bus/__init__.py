"""The bus to near memory: several masters, one port (spec section 17)."""

from dre.bus.arbiter import Arbiter
from dre.bus.config import ArbiterConfig, BusPort

__all__ = ["Arbiter", "ArbiterConfig", "BusPort"]
