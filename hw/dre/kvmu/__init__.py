"""KVMU, the KV cache management unit (spec sections 14 and 15)."""

from dre.kvmu.config import MoverConfig
from dre.kvmu.mover import Mover
from dre.kvmu.movers import Movers
from dre.kvmu.store_chip import ChipStore
from dre.kvmu.store_near import NearStore
from dre.kvmu.unit import KVMU
from dre.kvmu.unit_config import KVMUConfig

__all__ = ["KVMU", "ChipStore", "KVMUConfig", "Mover", "MoverConfig", "Movers", "NearStore"]
