"""Mode ``ours``: what is selected and brought over the link, by the measured laws (D154)."""

from dataclasses import dataclass

from resv import checks
from resv.system import calibration, cycles, laws
from resv.system.assumptions import Assumptions
from resv.system.laws import Law
from resv.system.memory import spare_bytes
from resv.system.model import Model
from resv.system.platform import Platform

PAGE_BYTES = 4_096
FAR_BEGINS = 216
"""Sinks and recent tokens, which are never far (D2, D4)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may be chosen in mode ``ours``.

    Attributes
    ----------
    case : str
        Which measurement, as ``T2@0.3``.
    share : float or None
        Share of the far tokens that a frame selects, instead of the measured one.
    area : float or None
        Size of the retrieved area, in means of what frames use; None: all near memory that is
        left, and never more than that.
    ahead : int
        Layers that a fetch is asked for in advance; 0: exact queries.
    kv_bits : float
        Of a value on the link; in near memory it has 16.
    sharing : int
        Streams that share near memory, if that is more than go through the model together.
    """

    case: str = "T2@0.3"
    share: float | None = None
    area: float | None = 2.0
    ahead: int = 1
    kv_bits: float = 16.0
    sharing: int = 1

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError(f"share must be above 0 and at most 1, not {self.share}")
        if self.area is not None and not self.area >= 0:
            raise ValueError(f"area must be 0 or more, not {self.area}")
        if self.ahead not in range(5):
            raise ValueError(f"ahead must be between 0 and 4, not {self.ahead}")
        if not 1 <= self.kv_bits <= 16:
            raise ValueError(f"kv_bits must be between 1 and 16, not {self.kv_bits}")
        checks.integer("sharing", self.sharing, 1)


@dataclass(frozen=True)
class Traffic:
    """Tokens of a stream and layer, by kind of chunk, length of the cache and streams together.

    Attributes
    ----------
    platform : Platform
    model : Model
    law : Law
    options : Options
    """

    platform: Platform
    model: Model
    law: Law
    options: Options

    def selected(self, kind: str, tokens: float) -> float:
        """Far tokens that are selected."""
        share = self.options.share if kind != "token" else None
        if share is None:
            share = self.law.share(_stage(kind), tokens)
        return share * max(0.0, tokens - FAR_BEGINS)

    def used(self, kind: str, tokens: float) -> float:
        """Tokens that the far pages used can hold."""
        far = max(0.0, self.selected(kind, tokens) - self.law.ring(_stage(kind), tokens))
        return far * self.law.spread(_stage(kind), tokens)

    def area(self, kind: str, tokens: float, streams: int) -> float:
        """The retrieved area, in means of what chunks of this kind use; they must use something.

        A context has one for all kinds, as large as frames want it, or as near memory allows.
        """
        near = max(streams, self.options.sharing)
        want = self.used(kind, tokens) * self.model.kv_bytes_all * near
        most = spare_bytes(self.platform, self.model, near * laws.RING_TOKENS) / want
        if self.options.area is None:
            return most
        return min(most, self.options.area * self.used("frame", tokens) / self.used(kind, tokens))

    def moved(self, kind: str, tokens: float, streams: int) -> float:
        """Tokens that the pages read can hold."""
        used = self.used(kind, tokens)
        if not used:
            return 0.0
        return used * self.law.read_share(_stage(kind), self.area(kind, tokens, streams))

    def attended(self, kind: str, tokens: float, streams: int) -> float:
        """Selected tokens, sinks and recent ones."""
        return min(tokens, self.selected(kind, tokens) + FAR_BEGINS)


def ours(platform: Platform, model: Model, options: Options) -> Assumptions:
    """The engine's rates as calibrated; selection, reads and cycles of the DRE as measured."""
    fit = calibration.of(platform.name) or calibration.of("V-Rex8")
    law = laws.law_of(options.case)
    traffic = Traffic(platform, model, law, options)
    return Assumptions(
        mode="ours",
        dram_efficiency=fit["dram_efficiency"],
        vision_efficiency=fit["vision_efficiency"],
        packets=True,
        piece_bytes=PAGE_BYTES,
        ahead=options.ahead,
        link_bits=options.kv_bits,
        cluster_tokens=law.cluster_tokens,
        attended_tokens=traffic.attended,
        moved_tokens=traffic.moved,
        cycles=cycles.measured(),
    )


def _stage(kind: str) -> str:
    """As the laws call it: questions select like frames."""
    return "text" if kind == "token" else "frames"
