"""Proofs of the arbiter between masters and near memory; see `verification.formal`."""

from verification.defects import Defect
from verification.formal import Control, Proof

THREE = {
    "data_bits": 128,
    "address_bits": 16,
    "ports": [
        {"name": "a", "data_bits": 128, "ids": 2, "reads": 1},
        {"name": "b", "data_bits": 64, "reads": 2},
        {"name": "c", "data_bits": 128, "reads": 2},
    ],
}
"""Two of the bus's width, one narrow."""

FIVE = {
    "data_bits": 64,
    "address_bits": 16,
    "ports": [
        {"name": name, "data_bits": 64, "ids": ids, "reads": 1}
        for name, ids in zip("abcde", (1, 2, 3, 1, 1), strict=True)
    ],
}

ONE = {**FIVE, "ports": [{"name": "a", "data_bits": 64, "ids": 3, "reads": 2}]}

EVEN = {**FIVE, "ports": [{"name": name, "data_bits": 64, "reads": 2} for name in "abc"]}
"""Three that are alike."""


def writers(build):
    """The same ports, but they write."""
    ports = [dict(port) for port in build["ports"]]
    for port in ports:
        port["writes"] = port.pop("reads")
    return {**build, "ports": ports}


READS = Proof(
    "reads",
    "AR stays until taken, so does each port's R, and none is valid in the cycle after reset; "
    "addresses are on the bus in the order in which they were taken, one a cycle if there is room, "
    "with the port's number above its ID; a beat goes to the port that its ID names, if a burst "
    "of it is under way, whole, in order, of a narrow port from the lane that its address says; "
    "others go nowhere and are told of (D113); no ID has more bursts under way than it may; while "
    "a port waits, each other one is served once at most (D111). Whatever the ports ask, and "
    "whatever the memory answers.",
    "bus.properties.reads.rules",
    "bus.properties.reads.at_the_ports",
    {},
    depth=1,
    cover=8,
    part="bus.properties.parts.arbiter",
)

WRITES = Proof(
    "writes",
    "The same of AW and B; and W stays until taken; a word is taken from the port whose burst is "
    "the oldest on AW that still lacks words, so bursts are neither mixed nor overtaken, never "
    "before its address is on the bus, and at once if there is room (D112); it is in each lane of "
    "the bus, with strobes in the one that its address says.",
    "bus.properties.writes.rules",
    "bus.properties.writes.at_the_ports",
    {},
    depth=1,
    cover=8,
    part="bus.properties.parts.arbiter",
)

READS_END = Proof(
    "no read waits for ever",
    "If a memory takes what it is offered within 2 cycles, a port of three that may ask does so "
    "within 6 (D111). No address waits for a ready of the memory.",
    "bus.properties.progress.reads_end",
    "bus.properties.progress.reads_move",
    EVEN,
    depth=7,
    cover=12,
    part="bus.properties.parts.arbiter",
)

WRITES_END = Proof(
    "no write waits for ever",
    "If, besides, bursts have two words at most and each port has its words ready, a port of three "
    "that may ask to write does so within 12 (D111).",
    "bus.properties.progress.writes_end",
    "bus.properties.progress.writes_move",
    writers(EVEN),
    depth=13,
    cover=22,
    part="bus.properties.parts.arbiter",
)


def _of(proof, build, parameters, **changed):
    return Proof(
        **{
            **vars(proof),
            "name": f"{proof.name}, {build}",
            "parameters": parameters,
            **changed,
        }
    )


PROOFS = [
    _of(READS, "three", THREE),
    _of(READS, "five", FIVE, cover=0),
    _of(READS, "one", ONE, cover=0),
    _of(WRITES, "three", writers(THREE)),
    _of(WRITES, "five", writers(FIVE), cover=0),
    _of(WRITES, "one", writers(ONE), cover=0),
    READS_END,
    WRITES_END,
]

CONTROLS = [
    Control(
        "reads, three",
        Defect(
            "an answer goes to every port that waits for one",
            "dre/bus/answering.py",
            "channel.valid & (identity.port == number) & account.known",
            "channel.valid & account.known",
        ),
        within=10,
    ),
    Control(
        "reads, three",
        Defect(
            "the second beat of a narrow burst is taken from the first lane",
            "dre/bus/reads.py",
            "(lanes.first + passed)[:bits]",
            "lanes.first",
        ),
        within=10,
    ),
    Control(
        "reads, three",
        Defect(
            "the lowest number always comes first",
            "dre/bus/turns.py",
            "Mux(first.any(), _lowest(first), _lowest(self.asks))",
            "_lowest(self.asks)",
        ),
        within=10,
    ),
    Control(
        "writes, three",
        Defect(
            "a word comes before its address",
            "dre/bus/writes.py",
            "bursts.level > asking.waiting",
            "bursts.level != 0",
        ),
        within=10,
    ),
    Control(
        "writes, three",
        Defect(
            "words of two bursts are mixed",
            "dre/bus/writes.py",
            "bursts.pop.eq(words.push & words.word.last)",
            "bursts.pop.eq(words.push)",
        ),
        within=10,
    ),
    Control(
        "writes, three",
        Defect(
            "a word waits until its address is taken",
            "dre/bus/writes.py",
            "bursts.level > asking.waiting",
            "bursts.level > asking.waiting + asking.o.valid",
        ),
        within=10,
    ),
    Control(
        "no read waits for ever",
        Defect(
            "an address is only taken when the bus is ready",
            "dre/bus/asking.py",
            "turns.go.eq(self.go & channel.room)",
            "turns.go.eq(self.go & channel.room & self.o.ready)",
        ),
        within=10,
    ),
    Control(
        "no write waits for ever",
        Defect(
            "a burst is never done",
            "dre/bus/writes.py",
            "bursts.pop.eq(words.push & words.word.last)",
            "bursts.pop.eq(words.push & words.word.last & bus.awvalid)",
        ),
        within=16,
    ),
]

SAMPLE = ("writes, one", "a word comes before its address")

GAPS = [
    "Reads and writes are proved apart, of ports that only read and of ports that only write: the "
    "two halves share nothing.",
    "Of a port it is assumed that AR, AW and W stay until taken, that its IDs are those it has, "
    "and of a narrow one that addresses are multiples of its beat. Nothing of its bursts' lengths, "
    "nor of when it has its words, but for the bounds of waiting.",
    "The bounds of waiting are proved for three ports and the times given; D111 states them for "
    "any.",
]
