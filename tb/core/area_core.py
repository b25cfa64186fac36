# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""What ``make area CORE=dre`` measures: all of it, and each part by itself."""

from dataclasses import replace

from dre.bus import Arbiter
from dre.core import DRE, DREConfig
from dre.core.control import Control
from dre.core.datapath import Datapath
from dre.hcu import HCU
from dre.kvmu import KVMU
from dre.table import TableUnit
from dre.wtu import WTU
from synthesis.builds import Build, Work

WORK = Work("chunk", "memory")
CONFIG = DREConfig(preset="asic", max_chunk=32, query_heads=4)
"""The paper's lanes; room for 32 tokens a chunk, as its current-hash memory has."""


def registers():
    """Registers, counts, queues of commands and results."""
    return Control(CONFIG, Datapath(CONFIG).signature.members)


def kept(clusters):
    """A WTU that has fewer scores on the chip, and reads longer rows twice."""
    return replace(CONFIG.wtu, on_chip_clusters=clusters)


def part(name, make, **more):
    """Of which only gates and memory bits are counted."""
    return Build(name, make, None, gates_only=True, **more)


BUILDS = (
    part("HCU", lambda: HCU(CONFIG.hcu)),
    part("WTU", lambda: WTU(CONFIG.wtu)),
    part("WTU, 2,048 clusters on the chip", lambda: WTU(kept(2_048))),
    part("WTU, 1,024 clusters on the chip", lambda: WTU(kept(1_024))),
    part("KVMU", lambda: KVMU(CONFIG.kvmu)),
    part("table unit", lambda: TableUnit(CONFIG.table)),
    part("arbiter", lambda: Arbiter(CONFIG.bus)),
    part("registers", registers),
    part("DRE", lambda: DRE(CONFIG), gates_must="<= 257"),
)
"""The last one is the sum, and a little more or less: what is joined is mapped together."""
