"""Names for what the properties look at inside the WTU; a name that vanishes is an error."""

from functools import reduce
from operator import or_

from dre.wtu.tree import tree_latency


def beats_of(config, clusters):
    """Beats of a row; the lanes are a power of two."""
    return (clusters + config.lanes - 1) >> (config.lanes.bit_length() - 1)


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
        self._harness, self.scan = harness, Scan(harness)
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

    def beats(self, clusters):
        """Beats of a row."""
        return beats_of(self.config, clusters)

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

    @property
    def multiplying(self):
        """Digits that a multiplication has left."""
        return self._harness.signal("left", "decider", "fraction")

    @property
    def dividing(self):
        """Digits that a division has left."""
        return self._harness.signal("left", "decider", "divider")

    @property
    def since(self):
        """Cycles since the last beat, as far as the loader counts them."""
        return self._harness.signal("since", "loader")

    @property
    def all_has_come(self):
        """The loader waits for nothing but the pipeline."""
        loader = self.loader
        return self.loading("LOAD") & loader._scores.over & loader._counts.over

    @property
    def replays(self):
        """Beats of a row, not of lists, that are gone through, youngest first: the stages."""
        stages = [stage["replay"] & ~stage["list"] for stage in self.any_replays]
        return [*stages, self.at_hand["replay"]]

    @property
    def loads(self):
        """Beats from the streams on their way to their lanes, youngest first."""
        stages = 1 + self._harness.part("entries")._key_latency
        return [self._on_way(f"loading_{n}", ("load", "beat")) for n in range(stages)]

    @property
    def any_replays(self):
        """Beats of a row or of lists that are gone through, up to the lanes, youngest first."""
        stages = range(self.config.timing.memory_latency)
        return [self._on_way(f"replaying_{n}", ("replay", "list", "beat")) for n in stages]

    @property
    def at_hand(self):
        """The beat whose entries the lanes have."""
        return self._on_way("at_hand", ("load", "replay", "beat"))

    def _on_way(self, name, fields):
        return {f: self._harness.signal(f"{name}_{f}_0", "entries") for f in fields}

    @property
    def list_lengths(self):
        """By lane."""
        return [self._harness.part("entries", f"lane_{n}").list_length for n in self.lanes]

    @property
    def lanes(self):
        """Their numbers."""
        return range(self.config.lanes)


class Scan:
    """Where the scanner is.

    Attributes
    ----------
    left : Signal
        Pairs to be issued.
    stages : list of dict
        Pairs on their way, youngest first: ``valid``, ``last``.
    finishing, resolved : Signal
        The last pair has been added up; results are there.
    latency : int
        Cycles from the issue of the last pair to the results.
    """

    def __init__(self, harness):
        config = harness.unit._build
        levels = tree_latency(config.lanes, config.timing.registered_sums)
        stages = [f"shown_{{}}_{n}" for n in range(config.timing.memory_latency)]
        stages += [f"added_{{}}_{n}" for n in range(levels + 1)]
        self.left = harness.signal("left", "scanner")
        self.stages = [
            {name: harness.signal(stage.format(name), "scanner") for name in ("valid", "last")}
            for stage in stages
        ]
        self.finishing = harness.signal("finishing", "scanner")
        self.resolved = harness.signal("resolved", "scanner")
        self.latency = len(stages) + 2
