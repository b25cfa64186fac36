"""Waivers: points that no simulation has to reach, each by name and with its reason."""

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Waiver:
    """A reviewed exception. Named by signals and conditions, never by line numbers.

    Attributes
    ----------
    kind : {"line", "branch", "toggle"}
    scope, signal, detail : str
        Patterns as of a shell, for the attributes of a `Point`.
    reason : str
        Why it cannot be reached, or need not be.
    bits : range or None
        Of toggles: only these bits.
    builds : str
        Pattern for the names of builds in which it holds.
    """

    kind: str
    scope: str
    signal: str
    reason: str
    detail: str = "*"
    bits: range | None = None
    builds: str = "*"

    def covers(self, point):
        """Whether it is about this point."""
        return (
            self.kind == point.kind
            and fnmatchcase(point.scope, self.scope)
            and fnmatchcase(point.signal, self.signal)
            and fnmatchcase(point.detail, self.detail)
            and (self.bits is None or point.bit in self.bits)
        )

    def __str__(self):
        where = f"{self.scope}: {self.signal}"
        if self.bits is not None:
            where += f"[{self.bits[-1]}:{self.bits[0]}]"
        return where if self.detail == "*" else f"{where}: {self.detail}"


@dataclass
class Use:
    """What a waiver has done in all builds: points that it excused, and points it need not have."""

    excused: int = 0
    hit: int = 0


def apply(waivers, hits, build, uses):
    """Points of one build that are left to be judged.

    Parameters
    ----------
    waivers : sequence of Waiver
    hits : dict of Point to int
    build : str
        Name of the build.
    uses : dict of Waiver to Use
        Counted up.

    Returns
    -------
    dict of Point to int
        Without the excused ones. A point that is waived and was hit counts as hit.
    """
    valid = [waiver for waiver in waivers if fnmatchcase(build, waiver.builds)]
    left = {}
    for point, count in hits.items():
        about = [waiver for waiver in valid if waiver.covers(point)]
        for waiver in about:
            use = uses.setdefault(waiver, Use())
            use.hit += count > 0
            use.excused += count == 0
        if count or not about:
            left[point] = count
    return left


def rates(hits):
    """Reached and all points by kind, as a dictionary of pairs."""
    every = Counter(point.kind for point in hits)
    reached = Counter(point.kind for point, count in hits.items() if count)
    return {kind: (reached[kind], total) for kind, total in every.items()}
