"""DRE, the dynamic KV cache retrieval engine: all units joined (spec section 18)."""

from dre.core.config import DREConfig
from dre.core.unit import DRE

__all__ = ["DRE", "DREConfig"]
