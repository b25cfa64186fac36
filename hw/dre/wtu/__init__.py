"""The WTU: weighted cumulative sums against a threshold."""

from dre.wtu.config import WTUConfig
from dre.wtu.unit import WTU

__all__ = ["WTU", "WTUConfig"]
