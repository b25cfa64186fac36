"""Proofs of the WTU and the seeded defects that they must refute; see `verification.formal`."""

from verification.defects import Defect
from verification.formal import Control, Proof

SMALL = {"lanes": 2, "max_clusters": 5, "max_rows": 2}
"""Three beats, of which the last is not full; a place more in each list than is ever used. All
rows are read once."""

LONG = {**SMALL, "on_chip_clusters": 3}
"""The same; rows of four and five clusters are read twice."""

DEFAULT = {}
"""The default build."""

PRESETS = ("asic", "fpga")

DATA = "t:$mem_v2 t:$mul t:$add t:$sub %u r:Y_WIDTH>=30 %i"
"""Memories, multipliers, adders of 30 bits and more; with these free, whatever the data."""

ENDS = "w:unit.scanner.done w:unit.decider.fraction.done w:unit.decider.divider.done"
"""When a scan, a multiplication and a division are over; with these free, however long it takes."""

STREAMS = Proof(
    "streams",
    "Valid and payload of `reads`, `rows` and `selected` stay until taken, if those of `chunks`, "
    "`counts` and `scores` do (D25).",
    "wtu.properties.streams.outputs_stay",
    "wtu.properties.streams.outputs_stay",
    {},
    cover=24,
    free=f"{DATA} {ENDS}",
)
PACKETS = Proof(
    "packets",
    "Each chunk taken is answered, in order: its rows are asked for once each, the counts with "
    "the first, long rows twice, the counts each time (D45, D48); `rows` has a packet for each row "
    "with its header, a mask a beat and a trailer, `selected` a packet a chunk whose trailer comes "
    "after the last row's and has the largest status of the rows; bad configurations are told from "
    "good ones (D26, D46, D49); what is offered on `selected` is part of the mask offered at the "
    "same time (D47).",
    "wtu.properties.packets.packets",
    "wtu.properties.packets.at_the_ports",
    {},
    cover=44,
    free=f"{DATA} {ENDS}",
)
ADDRESSES = Proof(
    "addresses",
    "Every memory's addresses are below its depth; masks, lists and what the chunk has selected "
    "are written at places below the beats that a row can have; a row is not gone through in the "
    "bank of keys that is loaded, nor given from it; masks and lists are not written while they "
    "are given; a beat that is loaded and one that is gone through never meet at the lanes; "
    "whatever the streams bring.",
    "wtu.properties.addresses.in_range",
    "wtu.properties.addresses.at_the_memories",
    {},
    cover=46,
    free=f"{DATA} {ENDS}",
)
CYCLES = Proof(
    "cycles",
    "A row that finds the unit idle has its first mask at most 2·B + 90 cycles after the last beat "
    "of its scores, 35 more in mode `weight`, all streams being ready (D50, preset `asic`; the "
    "number is that of the benches, `wtu.limits`), for every B of the build and whatever the data; "
    "of a long row after its first reading, if the threshold is passed in the second one, too.",
    "wtu.properties.cycles.first_mask",
    "wtu.properties.cycles.one_row_in_time",
    {},
    cover=0,
    free=DATA,
)


SCAN = Proof(
    "scan",
    "D42 of a digit: a scan that looks for a number ends at the first place from the top where the "
    "sum of what the places hold passes it (what is above, `total`, does not; with `need`, less "
    "than what the place holds, it is the number), or says that there is none; one that adds up "
    "gives the sum. By octaves each weighs half of the one before, 24 count, and total, need and "
    "number are in units of the place's, rounded down. For every sequence of words that a lane "
    "shows; of one lane; while totals have 57 bits and what is needed 37.",
    "wtu.properties.scan_inside.crossing",
    "wtu.properties.scan.found",
    {},
    depth=1,
    cover=20,
    part="wtu.properties.parts.scanner",
)


def _of(proof, build, preset, **changed):
    name = f"{proof.name}, {build}, {preset}"
    sizes = {"small": SMALL, "long": LONG, "default": DEFAULT}[build]
    return Proof(
        **{**vars(proof), "name": name, "parameters": {**sizes, "preset": preset}, **changed}
    )


def _part(proof, preset, parameters):
    return Proof(**{**vars(proof), "name": f"{proof.name}, {preset}", "parameters": parameters})


PROOFS = [
    *(_of(STREAMS, build, preset) for build in ("small", "long") for preset in PRESETS),
    *(
        _of(proof, build, "asic")
        for proof in (PACKETS, ADDRESSES, CYCLES)
        for build in ("small", "long")
    ),
    *(_part(SCAN, preset, {"lanes": 1, "preset": preset}) for preset in PRESETS),
    *(_of(STREAMS, "default", preset, cover=0) for preset in PRESETS),
    _of(PACKETS, "default", "asic", cover=0),
]

CONTROLS = [
    Control(
        "streams, small, asic",
        Defect(
            "a beat of selected is overwritten under back-pressure",
            "dre/wtu/emitter.py",
            'self._free.eq(self._put["rows"].room & self._put["selected"].room)',
            'self._free.eq(self._put["rows"].room)',
        ),
    ),
    Control(
        "streams, long, fpga",
        Defect(
            "a read is withdrawn",
            "dre/wtu/loader.py",
            "with m.If(self.reads.valid & self.reads.ready):",
            "with m.If(self.reads.valid):",
        ),
    ),
    Control(
        "packets, small, asic",
        Defect(
            "a chunk begins with the row where the one before ended",
            "dre/wtu/loader.py",
            "            self._row.eq(0),\n",
            "",
        ),
    ),
    Control(
        "packets, small, asic",
        Defect(
            "a chunk without rows has a row's header",
            "dre/wtu/emitter.py",
            "self._free & ~job.no_row, first=1",
            "self._free, first=1",
        ),
    ),
    Control(
        "packets, small, asic",
        Defect(
            "a chunk with a bad scale ends OK",
            "dre/wtu/loader.py",
            "            ~self.settings.K[-1],\n",
            "            0,\n",
        ),
    ),
    Control(
        "packets, long, asic",
        Defect(
            "counts come once only for a chunk of long rows",
            "dre/wtu/loader.py",
            "self._with_counts.eq(self._is_first | self._long)",
            "self._with_counts.eq(self._is_first)",
        ),
        within=44,
    ),
    Control(
        "addresses, small, asic",
        Defect(
            "a row is gone through from where the one before ended",
            "dre/wtu/decider.py",
            "begin_lists.eq(1)\n                m.d.sync += self._beat.eq(0)\n",
            "begin_lists.eq(1)\n",
        ),
    ),
    Control(
        "cycles, small, asic",
        Defect(
            "a digit of fewer places is looked for in as many as the longest",
            "dre/wtu/row_steps.py",
            "self.pairs.eq(Mux(self._job.weight, weight, exp)),",
            "self.pairs.eq(weight),",
        ),
        within=185,
        skip=160,
        solvers=("yices",),
    ),
    Control(
        "scan, asic",
        Defect(
            "a place with which the number is reached, not passed, is taken",
            "dre/wtu/scanner.py",
            "with m.If(crossing & (rest < 0)):",
            "with m.If(crossing & (rest <= 0)):",
        ),
    ),
    Control(
        "scan, fpga",
        Defect(
            "the sum above a lower place leaves the upper one out",
            "dre/wtu/staged_scanner.py",
            "need.eq(after_upper), total.eq(with_upper)",
            "need.eq(after_upper), total.eq(above)",
        ),
    ),
]

SAMPLE = (
    "streams, small, asic",
    "a chunk with a bad scale ends OK",
)

GAPS = [
    "**Free data**: proofs of control leave memories, multipliers and wide adders out and give "
    "them any value in each cycle, so they hold whatever the data; `streams`, `packets` and "
    "`addresses` also leave open how long a scan takes. Their covers may be reached by data that "
    "no row has; the benches reach the same with real rows.",
    "**cycles** presupposes an engine that sends what it was asked for. Its control is late only "
    "after 168 cycles: yices alone refutes it.",
    "**scan** presupposes of its user what `cycles` proves of the decider (one scan after the "
    "other, everything steady), and that a number that is not looked for by octaves has 37 bits: "
    "it is below a sum of 36. Sums over more than one lane are simulated.",
    "**Not proved**: that the selected mass passes the threshold and without the last selected "
    "entry does not. Of that, `scan` has the step from digit to digit; that a place holds the mass "
    "of its entries, TH · S / 2^16, the quota and its division, the ties and the masks are "
    "simulated: the benches compare each row with the golden model.",
    "**Not proved** of preset `fpga` since its packets wait in queues: `packets`, `addresses` and "
    "`cycles`.",
    "**Not proved**: the bound of the trailer, progress under back-pressure, status bits and "
    "counters, the control (variant `bucket`), cycles and addresses of the default build. From "
    "`cycles` follows that a row that finds the unit idle is answered; that no other sequence of "
    "rows is ever stuck is simulated.",
]
