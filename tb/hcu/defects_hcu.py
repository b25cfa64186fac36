"""Seeded defects of the HCU; see `verification.defects`."""

from verification.defects import Defect

PARAMETERS = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11, "preset": "asic"}

DEFECTS = (
    Defect(
        "a token at the threshold joins",
        "dre/hcu/decider.py",
        "best.distance < self.settings.Th_hd",
        "best.distance <= self.settings.Th_hd",
    ),
    Defect(
        "a tie goes to the highest index",
        "dre/hcu/lanes.py",
        "distance.o < best.distance",
        "distance.o <= best.distance",
    ),
    Defect(
        "a founder is not seen by the lanes behind it",
        "dre/hcu/decider.py",
        "present = self.slot.entry | founder",
        "present = self.slot.entry",
    ),
    Defect(
        "the chunk buffer is off by one",
        "dre/hcu/search.py",
        "buffer.write_address.eq(decider.founders)",
        "buffer.write_address.eq(decider.founders + 1)",
    ),
    Defect(
        "the cap is compared with the members after the chunk",
        "dre/hcu/table_pass.py",
        "entry.members < self.current.settings.cluster_cap",
        "entry.members + self.current.tokens < self.current.settings.cluster_cap",
    ),
    Defect(
        "a full table takes the nearest cluster, open or not",
        "dre/hcu/decider.py",
        "is_open | (joinable & ~self._any_open))",
        "is_open | joinable)",
    ),
    Defect(
        "a refused chunk's trailer has no clusters",
        "dre/hcu/sequencer.py",
        "m.d.comb += trailer.status.eq(ChunkStatus.REFUSED)",
        "m.d.comb += [trailer.status.eq(ChunkStatus.REFUSED), trailer.clusters.eq(0)]",
    ),
    Defect(
        "a token that waits is counted in every cycle",
        "dre/hcu/search.py",
        "self.events.tokens.eq(decider.decided)",
        "self.events.tokens.eq(decider.slot.own)",
    ),
    Defect(
        "a beat is lost under back-pressure",
        "dre/hcu/decider.py",
        "self._output_room.eq(~o.valid | o.ready)",
        "self._output_room.eq(1)",
    ),
    Defect(
        "a pass of another context is accepted",
        "dre/hcu/table_pass.py",
        "(header.context == self.current.context)",
        "(header.context == header.context)",
    ),
    Defect(
        "reset leaves lanes taken",
        "dre/hcu/loader.py",
        "self._held = Signal(range(config.lanes + 1))",
        "self._held = Signal(range(config.lanes + 1), reset_less=True)",
    ),
)

SAMPLE = (
    "a token at the threshold joins",
    "the chunk buffer is off by one",
    "reset leaves lanes taken",
)
