"""KVMU: where keys and values live, in a near and a far memory (section 13 of the specification).

kv = kvmu.KVMU(kvmu.KVConfig(near_slots=8_192, far_pages=65_536, frames=1_024))
kv.context_init(0, kvmu.ContextConfig(held_back=1_024, frames=256))
grant = kv.grant(0, tokens=10)           # where the chunk's keys and values are to be written
part = kv.fetch(0, clusters)             # reads of far memory, and where each token is
while part is not None:
    part = kv.release(0)                 # attended to; the next part, if there is one
writes = kv.end(0, cluster_of)           # written; pages that leave for far memory
"""

from resv.kvmu.config import ContextConfig, KVConfig
from resv.kvmu.contexts import ContextRefused, GrantRefused
from resv.kvmu.counters import Counters
from resv.kvmu.memory import KVMU, Write
from resv.kvmu.offload import OFFLOADS
from resv.kvmu.parts import Delivery, Part, Piece, Read
from resv.kvmu.residency import EVICTIONS, belady

__all__ = [
    "EVICTIONS",
    "KVMU",
    "OFFLOADS",
    "ContextConfig",
    "ContextRefused",
    "Counters",
    "Delivery",
    "GrantRefused",
    "KVConfig",
    "Part",
    "Piece",
    "Read",
    "Write",
    "belady",
]
