"""The dynamic KV cache retrieval engine (DRE) of V-Rex in Amaranth HDL.

The units follow ``docs/spec.md``. Their golden model is the package ``resv``, which this one never
imports: the two are written twice, to check each other.
"""

from dre.hcu import HCU, HCUConfig
from dre.wtu import WTU, WTUConfig

__all__ = ["HCU", "WTU", "HCUConfig", "WTUConfig"]
