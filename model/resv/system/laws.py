"""From what was measured to any length: the laws of mode ``ours`` (D154)."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import fields as fields_of
from functools import cache
from pathlib import Path

import numpy as np

from resv.system import fields
from resv.system.measure import FORMAT, HELD_BACK, Row

PAGE_ENTRIES = 8
"""Tokens of a KV head in a page of 4,096 bytes, head size 128."""

RING_TOKENS = HELD_BACK + 200 + 2 * 256
"""Tokens for which a context has slots (D61) in the measurement; its sinks are few."""


@dataclass(frozen=True)
class Law:
    """What one trace says at one Th_r.

    Shares, tokens in the ring, spread over pages and cluster sizes are measured at several
    lengths; between these they lie on straight lines over the logarithm of the length, beyond the
    longest they stay as they are. Of pages that are used, the share that must be read depends on
    the size of the retrieved area alone, in means of pages used by a chunk; it is that of the
    longest length measured.

    Attributes
    ----------
    trace : str
    th_r : float
    rows : tuple of Row
    """

    trace: str
    th_r: float
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """As ``T2@0.3``."""
        return f"{self.trace}@{self.th_r:g}"

    @property
    def longest_tokens(self) -> float:
        """Mean length of the longest that was measured; beyond it is extrapolated."""
        return max(row.tokens / row.chunks for row in self._of("frames"))

    def share(self, kind: str, tokens: float) -> float:
        """Selected of far tokens, in frames or ``text``."""
        return self._at(kind, tokens, lambda row: row.selected / row.far)

    def ring(self, kind: str, tokens: float) -> float:
        """Selected tokens of a chunk and KV head that have not left the ring."""
        return self._at(kind, tokens, lambda row: row.ring / row.chunks)

    def spread(self, kind: str, tokens: float) -> float:
        """Tokens that the pages used can hold, over the selected ones in them: 1 or more."""
        held = [row for row in self._of(kind) if row.pages_used]
        return self._over(
            held, tokens, lambda row: PAGE_ENTRIES * row.pages_used / (row.selected - row.ring)
        )

    def cluster_tokens(self, tokens: float) -> float:
        """Tokens of a cluster."""
        return self._at("frames", tokens, lambda row: row.tokens / row.clusters)

    def read_share(self, kind: str, area: float) -> float:
        """Pages read over pages used, with an area of so many means of pages used."""
        points = self.residency(kind)
        return float(np.interp(area, [x for x, _ in points], [y for _, y in points]))

    def residency(self, kind: str) -> list[tuple[float, float]]:
        """Measured at the longest: area in means of pages used, share of these read; ascending."""
        own = [row for row in self.rows if row.kind == kind and row.pages_used]
        longest = max(row.high for row in own)
        return sorted(
            (row.area_pages * row.chunks / row.pages_used, row.pages_read / row.pages_used)
            for row in own
            if row.high == longest
        )

    def _of(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row.kind == kind and row.area_pages == 0]

    def _at(self, kind: str, tokens: float, value: Callable[[Row], float]) -> float:
        return self._over(self._of(kind), tokens, value)

    def _over(self, rows: list[Row], tokens: float, value: Callable[[Row], float]) -> float:
        rows = sorted(rows, key=lambda row: row.low)
        lengths = np.log([row.tokens / row.chunks for row in rows])
        return float(np.interp(np.log(max(tokens, 1.0)), lengths, [value(row) for row in rows]))


def read_rows(path: Path) -> list[Row]:
    """The rows of a file of `resv.system.measure.write`.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: must be JSON: {error}") from None
    names = [field.name for field in fields_of(Row)]
    if not isinstance(found, dict) or found.get("format") != FORMAT or found["fields"] != names:
        raise ValueError(f"{path}: format must be {FORMAT} with fields {', '.join(names)}")
    return [Row(*row) for row in found["rows"]]


def laws_of(rows: Iterable[Row]) -> dict[str, Law]:
    """Laws by name."""
    cases: dict[tuple[str, float], list[Row]] = {}
    for row in rows:
        cases.setdefault((row.trace, row.th_r), []).append(row)
    laws = [Law(trace, th_r, tuple(own)) for (trace, th_r), own in cases.items()]
    return {law.name: law for law in laws}


@cache
def committed() -> dict[str, Law]:
    """Of the measurement that comes with this package."""
    return laws_of(read_rows(fields.DATA / "measured.json"))


def law_of(name: str) -> Law:
    """A law by name.

    Raises
    ------
    ValueError
        If it is unknown.
    """
    known = committed()
    if name not in known:
        raise ValueError(f"case must be one of {', '.join(known)}, not {name!r}")
    return known[name]
