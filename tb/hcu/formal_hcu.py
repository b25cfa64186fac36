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


def _of(proof, build, preset, **changed):
    name = f"{proof.name}, {build}, {preset}"
    sizes = {"small": SMALL, "default": PAPER}[build]
    return Proof(
        **{**vars(proof), "name": name, "parameters": {**sizes, "preset": preset}, **changed}
    )


PROOFS = [
    *(_of(proof, "small", preset) for proof in (STREAMS, CLUSTERS) for preset in PRESETS),
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
        "clusters, small, fpga",
        Defect(
            "a chunk ends after its first group",
            "dre/hcu/sequencer.py",
            "with m.If(self.current.group.last):",
            "with m.If(1):",
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
    "clusters, small, asic",
    "clusters, small, fpga",
    "a beat is overwritten under back-pressure",
    "a token founds one cluster too many",
    "a chunk ends after its first group",
)

GAPS = [
    "**Not proved**: that the cluster of a token is the nearest one; the benches compare that with "
    "the golden model. Builds with `table` = `memory` are simulated only.",
]
