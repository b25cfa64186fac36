"""Seeded defects of the KVMU that its proofs must refute."""

from verification.defects import Defect
from verification.formal import Control

CONTROLS = [
    Control(
        "mover, small, asic",
        Defect(
            "a request is overwritten before it is taken",
            "dre/kvmu/splitter.py",
            "free = ~self.reads.valid | self.reads.ready",
            "free = self.reads.ready | 1",
        ),
    ),
    Control(
        "mover, small, asic",
        Defect(
            "a burst ends at the farther edge",
            "dre/kvmu/splitter.py",
            "Mux(source > target, source, target)",
            "Mux(source > target, target, source)",
        ),
    ),
    Control(
        "mover, small, fpga",
        Defect(
            "the last word is marked one word late",
            "dre/kvmu/writer.py",
            "final.eq(following == end)",
            "final.eq(place == end)",
        ),
        skip=19,
        solvers=("yices",),
    ),
    Control(
        "mover, small, asic",
        Defect(
            "the ID of a burst that is given up is free at once",
            "dre/kvmu/endings.py",
            "over.eq(acknowledged | skipped),",
            "over.eq(acknowledged | skipped | self.expiring),",
        ),
        skip=17,
        solvers=("yices",),
    ),
    Control(
        "mover, small, asic",
        Defect(
            "only the source's region is looked at",
            "dre/kvmu/check.py",
            "bad_size | sides[0] | sides[1]",
            "bad_size | sides[0]",
        ),
        skip=15,
    ),
    Control(
        "mover, small, asic",
        Defect(
            "addresses wrap in a region that ends beyond the last one",
            "dre/kvmu/check.py",
            "return outside | beyond",
            "return outside",
        ),
    ),
    Control(
        "progress, small, asic",
        Defect(
            "a request waits until it would be taken",
            "dre/kvmu/splitter.py",
            "free = ~self.reads.valid | self.reads.ready",
            "free = self.reads.ready",
        ),
        skip=18,
        solvers=("yices",),
    ),
    Control(
        "home, small, asic",
        Defect(
            "a line is read while a word of it is on its way",
            "dre/kvmu/store_near.py",
            "startable.eq(fill.room & ~pending)",
            "startable.eq(fill.room)",
        ),
        skip=10,
    ),
    Control(
        "home, small, asic",
        Defect(
            "a word is written while its line is on its way",
            "dre/kvmu/store_near.py",
            "with m.If(access.en & cache.ready & ~held_up):",
            "with m.If(access.en & cache.ready):",
        ),
        skip=10,
    ),
    Control(
        "home, small, asic",
        Defect(
            "a fifth line is asked for",
            "dre/kvmu/store_fill.py",
            "~under_way[newest] & ~asks.valid",
            "~asks.valid",
        ),
        skip=17,
    ),
    Control(
        "home, small, fpga",
        Defect(
            "a line takes the place of one that is not taken yet",
            "dre/kvmu/store_fill.py",
            "~under_way[newest] & ~asks.valid",
            "~under_way[newest]",
        ),
        skip=15,
    ),
    Control(
        "home, small, asic",
        Defect(
            "a word is withdrawn when its address is taken",
            "dre/kvmu/store_writes.py",
            "with m.If(home.wready):",
            "with m.If(home.awready):",
        ),
        skip=10,
    ),
    Control(
        "home, small, fpga",
        Defect(
            "an address is overwritten while it waits for the word before",
            "dre/kvmu/store_writes.py",
            "~full & ~addresses.valid & ~home.wvalid",
            "~full & ~home.wvalid",
        ),
        skip=10,
    ),
    Control(
        "keeper, small, asic",
        Defect(
            "a result is overwritten before it is taken",
            "dre/kvmu/keeper/delivering.py",
            "free = ~port.valid | port.ready\n    m.d.comb += put",
            "free = port.ready | 1\n    m.d.comb += put",
        ),
    ),
    Control(
        "secded, 63 bits",
        Defect(
            "columns have an even number of ones",
            "dre/kvmu/secded.py",
            "number.bit_count() in (3, 5)",
            "number.bit_count() in (3, 4)",
        ),
    ),
    Control(
        "pages, three levels",
        Defect(
            "a word begins with what its memory holds",
            "dre/kvmu/keeper/page_set.py",
            "Mux(self._new & self.insert, 0, self._memory.read_data)",
            "self._memory.read_data",
        ),
    ),
    Control(
        "pages, two levels",
        Defect(
            "a word that has become empty is looked at again",
            "dre/kvmu/keeper/page_set.py",
            "self._timing, self._word == 0)",
            "self._timing, self._word == 1)",
        ),
    ),
    Control(
        "pool, four",
        Defect(
            "what comes back is linked behind the first of a list",
            "dre/kvmu/keeper/pools.py",
            "self._last.eq(give.last)",
            "self._last.eq(give.first)",
        ),
    ),
    Control(
        "area, three",
        Defect(
            "the frame behind one that is used is not told who is before",
            "dre/kvmu/keeper/area.py",
            "before=found.before):",
            "before=touch.frame):",
        ),
    ),
    Control(
        "area, three",
        Defect(
            "a frame that a part uses again goes to the end again",
            "dre/kvmu/keeper/area.py",
            "with m.If(record.used):",
            "with m.If(0):",
        ),
    ),
]
