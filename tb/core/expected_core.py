"""What a chunk must bring about, and what is known of a context, by the golden models."""

from dataclasses import dataclass, field

import numpy as np

from dre.rtl import Work

NO_COMMAND = dict.fromkeys(
    ("op", "context", "chunk", "tokens", "sink_tokens", "recent_tokens"), 0
) | dict.fromkeys(("max_chunk", "held_back", "frames"), 0)
"""All fields of one."""


@dataclass
class Expected:
    """What a chunk must bring about.

    Attributes
    ----------
    work : dre.rtl.Work
    number : int
    assignments : resv.Assignments
    rows : list of wtu.golden.GoldenRow
    outcomes : list of kvmu.golden_kvmu.Outcome
        Of GRANT, FETCH and each RELEASE, END.
    """

    work: Work
    number: int
    assignments: object
    rows: list
    outcomes: list = field(default_factory=list)

    @property
    def status(self):
        """Of the command that ends it."""
        return self.outcomes[-1].result["status"]

    @property
    def delivered(self):
        """Positions of tokens, in their order."""
        return [token for made in self.outcomes for token, _ in made.delivered]


@dataclass
class Context:
    """A context as far as the golden models of units do not know it."""

    settings: dict
    table: object
    clusters: list = field(default_factory=list)  # of each token; None: a sink
    entries: list = field(default_factory=list)
    centres: list = field(default_factory=list)

    def counts(self):
        """Far tokens of each cluster (D5)."""
        sinks = self.settings["sink_tokens"]
        last = max(sinks, len(self.clusters) - self.settings["recent_tokens"])
        far = np.array(self.clusters[sinks:last], np.int64)
        return np.bincount(far, minlength=len(self.table)).astype(np.int64)
