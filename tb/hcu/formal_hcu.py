"""Proofs of the HCU and the seeded defects that they must refute; see `verification.formal`."""

from verification.defects import Defect
from verification.formal import Control, Proof

SMALL = {"hash_bits": 16, "lanes": 2, "max_clusters": 3, "max_chunk": 3}
"""Two groups, a chunk larger than the lanes, a table that fills up within a chunk."""

PAPER = {"hash_bits": 32, "lanes": 10, "max_clusters": 4096, "max_chunk": 256}
"""The default build."""

PRESETS = ("asic", "fpga")

STREAMS = Proof(
    "streams",
    "Valid and payload of `passes` and `assignments` stay until taken, if those of `hash_bits` and "
    "`table` do (D25).",
    "hcu.properties.streams.outputs_stay",
    "hcu.properties.streams.outputs_stay",
    {},
    depth=3,
    cover=12,
)
CLUSTERS = Proof(
    "clusters",
    "Packets on `assignments` are well-formed (D26) and answer the headers taken one for one and "
    "in order; a chunk that ends OK has a token beat for each token, and its trailer counts its "
    "founders; any other says so and gives the clusters at its start (D32); bad configurations are "
    "told from good ones (D31); a token's cluster is there, a founder's is the next, and below "
    "`max_clusters` (D13, D14).",
    "hcu.properties.packets.every_token_has_a_cluster",
    "hcu.properties.packets.at_the_ports",
    {},
    cover=40,
)
PROGRESS = Proof(
    "progress",
    "No deadlock: while every stream is willing, whatever its beats say, some beat moves, group "
    "begins, or lane is filled or freed within 5 cycles (`asic`) or 10 (`fpga`).",
    "hcu.properties.progress.never_stuck",
    "hcu.properties.progress.beats_move",
    {},
    depth=11,
    cover=30,
)


def _of(proof, build, preset, **changed):
    name = f"{proof.name}, {build}, {preset}"
    sizes = {"small": SMALL, "default": PAPER}[build]
    return Proof(
        **{**vars(proof), "name": name, "parameters": {**sizes, "preset": preset}, **changed}
    )


PROOFS = [
    *(_of(p, "small", preset) for p in (STREAMS, CLUSTERS, PROGRESS) for preset in PRESETS),
    *(_of(proof, "default", p, cover=0) for proof in (STREAMS, CLUSTERS) for p in PRESETS),
]

CONTROLS = [
    Control(
        "streams, small, asic",
        Defect(
            "a beat is overwritten under back-pressure",
            "dre/hcu/decider.py",
            "self._output_room.eq(~o.valid | o.ready)",
            "self._output_room.eq(1)",
        ),
    ),
    Control(
        "streams, small, fpga",
        Defect(
            "a header is taken while the chunk before still asks for its passes",
            "dre/hcu/loader.py",
            "with m.If(self.hash_bits.valid & ~requesting):",
            "with m.If(self.hash_bits.valid):",
        ),
    ),
    Control(
        "clusters, small, asic",
        Defect(
            "a token founds one cluster too many",
            "dre/hcu/decider.py",
            "room = self.clusters < self.settings.max_clusters",
            "room = self.clusters <= self.settings.max_clusters",
        ),
    ),
    Control(
        "clusters, small, asic",
        Defect(
            "the best of the group before is not forgotten",
            "dre/hcu/decider.py",
            "self.force.eq(~self._any_joinable | (is_open & ~self._any_open))",
            "self.force.eq(0)",
        ),
    ),
    Control(
        "clusters, small, asic",
        Defect(
            "a chunk ends after its first group",
            "dre/hcu/sequencer.py",
            "with m.If(self.current.group.last):",
            "with m.If(1):",
        ),
    ),
    Control(
        "progress, small, asic",
        Defect(
            "a header inside a packet is waited for",
            "dre/hcu/loader.py",
            "with m.If(self.hash_bits.valid & beat.first & ~void):",
            "with m.If(0):",
        ),
    ),
    Control(
        "clusters, small, fpga",
        Defect(
            "a chunk with a bad configuration ends OK",
            "dre/hcu/loader.py",
            "self._status.eq(ChunkStatus.BAD_CONFIG)",
            "self._status.eq(ChunkStatus.OK)",
        ),
    ),
]

SAMPLE = (
    "streams, small, asic",
    "clusters, small, fpga",
    "a beat is overwritten under back-pressure",
    "a chunk with a bad configuration ends OK",
)

GAPS = [
    "**Not proved**: that the cluster of a token is the nearest one, and its distance; the benches "
    "compare both with the golden model.",
    "**Not proved**: builds with `table` = `memory`, status bits and counters, and progress of the "
    "default build.",
    "**Progress** speaks of cycles in which all four streams are willing at once; a stream that is "
    "only now and then willing is simulated. From it and the counts of `clusters` follows that a "
    "chunk ends, not by a proof of a solver; the owner's duties of D28 are presupposed.",
    "**Power-up**: the claims above hold from any state after one cycle of reset; that two units "
    "that power up differently show equal outputs for ever is simulated, not proved.",
]
