"""Names for what the properties look at inside the HCU; a name that vanishes is an error."""

from functools import reduce
from operator import or_

from dre.layouts import ChunkStatus

IN_GROUP = ("MATCH", "DROP", "READ_TABLE", "DRAIN", "READ_BUFFER", "ISSUE_OWN")
"""The sequencer has own tokens still to issue."""


class Inside:
    """The parts of an HCU whose table is a stream.

    Attributes
    ----------
    config : HCUConfig
    loader, sequencer, decider : wiring.Component
    loading, sequencing : callable
        Their state machines, see `verification.harness.Harness.state`.
    stages : list
        Of the pipeline, youngest first, as the names of their registers end.
    """

    def __init__(self, harness):
        self._harness = harness
        self.config = harness.unit._build
        search = harness.module.submodules.search
        self.loader, self.sequencer = search._loader, search._sequencer
        self.decider, self._lanes = search._decider, search._lanes
        self.loading = harness.state("search", "loader")
        self.sequencing = harness.state("search", "sequencer")
        chosen = ["chosen"] if self.config.timing.registered_control else []
        self.stages = [*chosen, *range(1 + self._lanes.latency)]
        self.bests = [lane.best for lane in self._lanes._lanes]

    def stage(self, name, n):
        """A field of the slot in a stage of the pipeline."""
        return self._harness.signal(f"{name}_{n}", "search")

    def any_stage(self, name):
        """Whether the field is 1 in any stage."""
        return reduce(or_, [self.stage(name, n) for n in self.stages])

    @property
    def buffer_valid(self):
        """Founders being fetched from the chunk buffer, the one that is there last."""
        latency = self.config.timing.memory_latency
        return [self._harness.signal(f"buffer_valid_{n}", "search") for n in range(latency)]

    @property
    def kept(self):
        """With two slots a token: best, near and room as looked up in the first one."""
        names = ("best_kept", "near_kept", "room_kept")
        return [self._harness.signal(name, "search", "decider") for name in names]

    @property
    def looked_up(self):
        """With two slots a token: the first one has been issued."""
        return self._harness.signal("peeked", "search", "sequencer")

    @property
    def match(self):
        """With registered control: expected, ahead, agrees, ready of the state MATCH."""
        names = ("expected", "ahead", "agrees", "ready")
        return [self._harness.signal(f"match_{name}", "search", "sequencer") for name in names]

    @property
    def last_entry(self):
        """With registered control: index of the last entry from the present source."""
        return self._harness.signal("last_entry", "search", "sequencer")

    @property
    def busy(self):
        """The sequencer has a chunk."""
        return ~self.sequencing("BEGIN")

    @property
    def taken(self):
        """The loader has a chunk."""
        return ~self.loading("HEADER")

    @property
    def bad(self):
        """The sequencer's chunk has a bad configuration."""
        return self.sequencer.current.group.status == ChunkStatus.BAD_CONFIG


def fits(config, header, settings):
    """Spec D31, written a second time."""
    return (
        (settings.Th_hd <= config.hash_bits + 1)
        & (settings.max_clusters >= 1)
        & (settings.max_clusters <= config.max_clusters)
        & (settings.cluster_cap >= 1)
        & (header.clusters <= config.max_clusters)
        & (header.tokens <= config.max_chunk)
    )
