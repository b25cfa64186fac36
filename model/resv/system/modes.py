"""What each mode assumes: as the paper states, calibrated to it, or measured (D150, D154, D155)."""

from collections.abc import Callable
from dataclasses import dataclass

from resv import checks
from resv.system import calibration, cycles, laws
from resv.system.assumptions import Assumptions
from resv.system.memory import spare_bytes
from resv.system.model import Model
from resv.system.platform import Platform
from resv.system.policy import TOKEN, Policy

MODES = ("stated", "calibrated", "ours")
RETRIEVES = ("resv", "kvpu", "kvmu")
"""Policies with the paper's ReSV."""

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
        Streams that share near memory though they do not go through the model together.
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


def assume(
    mode: str, platform: Platform, policy: Policy, model: Model, options: Options | None = None
) -> Assumptions:
    """All assumptions of a mode for a machine and a policy.

    Raises
    ------
    ValueError
        If the mode is unknown or does not go with the others.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if policy.predicts == "dre" and not platform.has_dre:
        raise ValueError(f"platform must have a DRE for policy {policy.name}, not {platform.name}")
    if (mode == "ours") != policy.measured:
        raise ValueError(f"mode ours goes with policy ours only, not {mode} with {policy.name}")
    if options is not None and mode != "ours":
        raise ValueError(f"options must be left out in mode {mode}, not {options}")
    if mode == "ours":
        return _ours(platform, model, options or Options())
    return _stated(policy) if mode == "stated" else _calibrated(platform, policy)


def _share(policy: Policy) -> Callable[[str, float, int], float]:
    """Tokens attended: the paper's retrieval ratio of all that are cached."""

    def attended(kind: str, tokens: float, streams: int) -> float:
        return tokens * (policy.text if kind == "token" else policy.frames)

    return attended


def _stated(policy: Policy) -> Assumptions:
    """Peak rates, everything retrieved is fetched, one layer ahead, behind what the engine does."""
    return Assumptions(
        mode="stated",
        piece_bytes=policy.piece_bytes,
        near_bits=policy.stored_bits,
        attended_tokens=_share(policy),
        moved_tokens=_share(policy),
    )


def _calibrated(platform: Platform, policy: Policy) -> Assumptions:
    fit = calibration.of(platform.name)
    if not fit:
        raise ValueError(
            f"platform must be one of the paper's in mode calibrated, not {platform.name}"
        )
    choice = fit.get(f"{policy.name}_choice_ms")
    attended = _share(policy)

    def moved(kind: str, tokens: float, streams: int) -> float:
        if policy.name not in RETRIEVES or kind == "token":
            return attended(kind, tokens, streams)
        return min(attended(kind, tokens, streams), fit["moved_tokens"]) * (
            tokens > fit["window_tokens"]
        )

    scattered = policy.name in RETRIEVES and policy.piece_bytes == TOKEN
    return Assumptions(
        mode="calibrated",
        dram_efficiency=fit["dram_efficiency"],
        vision_efficiency=fit["vision_efficiency"],
        attention_efficiency=fit.get("attention_efficiency", 1.0),
        link_efficiency=fit.get("link_efficiency", 1.0),
        piece_bytes=policy.piece_bytes,
        reads_s=fit.get("scattered_reads_s") if scattered else None,
        hides_frames=False,
        hides_text=platform.has_dre,
        near_bits=policy.stored_bits,
        attended_tokens=attended,
        moved_tokens=moved,
        choice_s=None if choice is None else lambda kind, tokens: choice * 1e-3 * tokens / 40_000,
    )


def _ours(platform: Platform, model: Model, options: Options) -> Assumptions:
    """The engine's rates as calibrated; selection, reads and cycles of the DRE as measured."""
    fit = calibration.of(platform.name) or calibration.of("V-Rex8")
    law = laws.law_of(options.case)

    def selected(kind: str, tokens: float) -> float:
        own = law.share("text", tokens) if kind == "token" else options.share
        share = law.share("frames", tokens) if own is None else own
        return share * max(0.0, tokens - FAR_BEGINS)

    def used(kind: str, tokens: float) -> float:
        """Tokens that the pages used can hold."""
        stage = "text" if kind == "token" else "frames"
        far = max(0.0, selected(kind, tokens) - law.ring(stage, tokens))
        return far * law.spread(stage, tokens)

    def area(kind: str, tokens: float, streams: int) -> float:
        """In means of what chunks of this kind use; a context has one, by what frames use."""
        near = streams * options.sharing
        want = used(kind, tokens) * model.kv_bytes_all * near
        most = spare_bytes(platform, model, near * laws.RING_TOKENS) / want
        if options.area is None:
            return most
        return min(most, options.area * used("frame", tokens) / used(kind, tokens))

    def moved(kind: str, tokens: float, streams: int) -> float:
        if not used(kind, tokens):
            return 0.0
        stage = "text" if kind == "token" else "frames"
        return used(kind, tokens) * law.read_share(stage, area(kind, tokens, streams))

    return Assumptions(
        mode="ours",
        dram_efficiency=fit["dram_efficiency"],
        vision_efficiency=fit["vision_efficiency"],
        packets=True,
        piece_bytes=PAGE_BYTES,
        ahead=options.ahead,
        link_bits=options.kv_bits,
        cluster_tokens=law.cluster_tokens(law.longest_tokens),
        attended_tokens=lambda kind, tokens, streams: min(
            tokens, selected(kind, tokens) + FAR_BEGINS
        ),
        moved_tokens=moved,
        cycles=cycles.measured(),
    )
