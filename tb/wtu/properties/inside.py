"""Names for what the properties look at inside the WTU; a name that vanishes is an error."""

from functools import reduce
from operator import or_

from amaranth.hdl import Const, Mux

from dre.wtu.row import is_again
from dre.wtu.tree import tree_latency


def beats_of(config, clusters):
    """Beats of a row; the lanes are a power of two."""
    return (clusters + config.lanes - 1) >> (config.lanes.bit_length() - 1)


def is_long(config, clusters):
    """Whether rows of so many clusters are read twice."""
    return clusters > config.on_chip_clusters if config.reads_twice else Const(0)


UNPREPARED = ("CLEAR", "CLEARING")
"""The decider has not begun since reset."""

FIRST_DIGIT = ("TOTAL", "TOTALLING", "MULTIPLYING", "CROSS", "CROSSING")
"""The decider has a row whose first digit is not known yet."""


class Inside:
    """The parts of a WTU.

    Attributes
    ----------
    config : WTUConfig
    loader, decider, emitter, entries : wiring.Component
    loading, deciding, emitting : callable
        Their state machines, see `verification.harness.Harness.state`.
    masks : list of dict
        Beats between memory and mask, youngest first: ``valid``, ``last``, ``beat``.
    scan : Scan
    """

    def __init__(self, harness):
        self._harness, self.scan = harness, Scan(harness, "scanner")
        self.config = harness.unit._build
        parts = ("loader", "decider", "emitter", "entries")
        self.loader, self.decider, self.emitter, self.entries = map(harness.part, parts)
        self.loading, self.deciding, self.emitting = (harness.state(name) for name in parts[:3])
        self.masks = self._masks()

    def _masks(self):
        """What is on its way from the emitter's beats to the masks that it gives."""
        port, stages = self._harness.part("emitter", "masks"), {}
        for name in ("valid", "last", "beat"):
            stages[name], source = self._harness.line(self.emitter._given[name])
            between, entered = self._harness.line(getattr(port, name))
            if between or entered is not source:
                raise LookupError(f"masks: {name} must come from its port, not {source.name}")
        together = zip(*stages.values(), strict=True)
        return [dict(zip(stages, stage, strict=True)) for stage in together]

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
    def has_again(self):
        """The decider's row is one that is read twice."""
        return is_again(self.config, self.decider._job)

    @property
    def reading_again(self):
        """The decider's row is to be read for the second time, or is being so."""
        if not self.config.reads_twice:
            return Const(0)
        return self.has_again & self.deciding(*FIRST_DIGIT, "SECOND_READING")

    @property
    def second_reading(self):
        """The decider's row is read again; and then, that is of no use."""
        return ("SECOND_READING", "FORGET", "FORGETTING") if self.config.reads_twice else ()

    @property
    def by_row(self):
        """The decider goes through the row where lists have not had room for it."""
        return ("ROW",) if self.config.lists_fill else ()

    @property
    def multiplying(self):
        """Cycles that a multiplication has left."""
        return self._harness.signal("left", "decider", "fraction")

    @property
    def dividing(self):
        """Cycles that a division has left."""
        return self._harness.signal("left", "decider", "divider")

    @property
    def since(self):
        """Cycles since the last beat, as far as the loader counts them."""
        return self.loader._since

    @property
    def still_loading(self):
        """Cycles in which what was taken from the streams may still be on its way to the lanes."""
        return self.decider._still_loading if self.decider._head_start else Const(0)

    def reader(self, name):
        """The loader's reader of ``scores`` or ``counts``."""
        return self._harness.part("loader", "reader", f"{name}_reader")

    def reading(self, name):
        """Its states."""
        return self._harness.state("loader", "reader", f"{name}_reader")

    @property
    def all_has_come(self):
        """The loader waits for nothing but the pipeline."""
        scores, counts = (self.reader(name) for name in ("scores", "counts"))
        return self.loading("LOAD") & scores.over & counts.over

    @property
    def to_come(self):
        """Beats of the row that is loaded that are still to be taken."""
        return Mux(self.all_has_come, 0, self.beats(self.loader._left))

    @property
    def loads(self):
        """Beats from the streams on their way to where the lanes choose, youngest first."""
        ahead = self.config.timing.registered_lane
        return [self._load(n) for n in range(1 + self.entries.key_latency - ahead)]

    def _load(self, n):
        stage = self._on_way(f"loading_{n}", ("load", "beat", "set"))
        again = Const(0)
        if self.config.reads_twice:
            again = self._harness.signal(f"loading_{n}_again_0", "entries")
        return stage | {"again": again}

    @property
    def counts_on_way(self):
        """Whether such a beat brings counts, and whether one does that the lanes have chosen."""
        names = [f"loading_{n}" for n in range(len(self.loads))] + ["at_hand"]
        stages = [self._on_way(name, ("load", "with_counts")) for name in names]
        return [stage["load"] & stage["with_counts"] for stage in stages]

    @property
    def replays(self):
        """Beats of a row or of lists that are gone through, to the same place, youngest first."""
        stages = self.config.timing.memory_latency - self.config.timing.registered_lane
        fields = ("replay", "list", "beat", "set")
        return [self._on_way(f"replaying_{n}", fields) for n in range(stages)]

    @property
    def taken(self):
        """Beats that the lanes have chosen, the younger first."""
        fields = ("load", "replay", "beat", "set")
        chosen = []
        if self.config.timing.registered_lane:
            chosen = [{f: self._harness.signal(f"chosen_{f}", "entries") for f in fields}]
        return [*chosen, self._on_way("at_hand", fields)]

    def _on_way(self, name, fields):
        return {f: self._harness.signal(f"{name}_{f}_0", "entries") for f in fields}

    @property
    def list_lengths(self):
        """By lane."""
        return [lane.list_length for lane in self.entries._lanes]

    @property
    def longest(self):
        """Registers that find the longest list, level by level."""
        lanes, levels, found = self.config.lanes, 0, []
        while self.config.timing.registered_sums and lanes > 1:
            lanes -= lanes // 2
            found.append(
                [self._harness.signal(f"longest_{levels}_{n}", "entries") for n in range(lanes)]
            )
            levels += 1
        return found


class Scan:
    """Where the scanner is.

    Attributes
    ----------
    issuing : Value
        Pairs are issued.
    left : Signal
        Those to be issued, then.
    stages : list of dict
        Pairs on their way, youngest first: ``valid``, ``last``.
    ends : list of Signal
        The last pair has been added up: registers one behind the other.
    latency : int
        Cycles from the issue of the last pair to the results.
    shown : int
        Stages till the places are there.
    """

    def __init__(self, harness, *path):
        scanner, self._harness, self._path = harness.part(*path), harness, path
        registered = scanner._registered
        levels = tree_latency(scanner._lanes, registered)
        self.shown = scanner._memory_latency + registered
        self._names = [f"shown_{{}}_{n}" for n in range(self.shown)]
        self._names += [f"added_{{}}_{n}" for n in range(levels + 1 + registered)]
        self.left, self.issuing = harness.signal("left", *path), scanner.scan
        self.stages = self.of("valid", "last")
        later, first = harness.line(scanner.done)
        self.ends = [first, *later]
        self.latency = len(self.stages) + len(self.ends)

    def of(self, *fields, stages=None):
        """Other fields of the stages, or of the first few."""
        return [
            {name: self._harness.signal(stage.format(name), *self._path) for name in fields}
            for stage in self._names[:stages]
        ]
