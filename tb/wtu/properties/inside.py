"""Names for what the properties look at inside the WTU; a name that vanishes is an error."""

from functools import reduce
from operator import or_

from dre.wtu.tree import tree_latency

UNPREPARED = ("CLEAR", "CLEARING")
"""The decider has not begun since reset."""


class Inside:
    """The parts of a WTU.

    Attributes
    ----------
    config : WTUConfig
    loader, decider, emitter : wiring.Component
    loading, deciding, emitting : callable
        Their state machines, see `verification.harness.Harness.state`.
    masks : list of dict
        Beats between memory and mask, youngest first: ``valid``, ``last``, ``beat``.
    """

    def __init__(self, harness):
        self._harness = harness
        self.config = config = harness.unit._build
        parts = ("loader", "decider", "emitter")
        self.loader, self.decider, self.emitter = (harness.part(name) for name in parts)
        self.loading, self.deciding, self.emitting = (harness.state(name) for name in parts)
        latency = config.timing.memory_latency
        stages = [*(f"fetched_{{}}_{n}" for n in range(latency))]
        stages += [f"found_{{}}_{n}" for n in range(latency)]
        if config.timing.registered_sums:
            stages += ["compared_{}_0"]
            stages += [f"summed_{{}}_{n}" for n in range(tree_latency(config.lanes, True))]
        self.masks = [
            {
                field: harness.signal(stage.format(field), "emitter", "masks")
                for field in ("valid", "last", "beat")
            }
            for stage in stages
        ]

    @property
    def load_busy(self):
        """The loader has a chunk."""
        return ~self.loading("CHUNK")

    @property
    def decide_busy(self):
        """The decider has a job."""
        return ~self.deciding("BEGIN", *UNPREPARED)

    @property
    def emit_busy(self):
        """The emitter has a decision."""
        return ~self.emitting("TAKE")

    @property
    def any_mask(self):
        """A beat is on its way through the masks' pipeline."""
        return reduce(or_, [stage["valid"] for stage in self.masks])
