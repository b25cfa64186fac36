"""What each mode assumes: as the paper states, calibrated to it, or measured (D150, D154, D155)."""

from collections.abc import Callable

from resv.system import calibration, traffic
from resv.system.assumptions import Assumptions, DoesNotGo
from resv.system.model import Model
from resv.system.platform import Platform
from resv.system.policy import TOKEN, Policy
from resv.system.traffic import Options

MODES = ("stated", "calibrated", "ours")
FITTED_TOKENS, FITTED_CHUNK = 40_000, 10
"""Of the paper's frames that times of choices are fitted to: cached tokens, tokens of the frame."""

RETRIEVES = ("resv", "kvpu", "kvmu")
"""Policies with the paper's ReSV."""


def assume(
    mode: str, platform: Platform, policy: Policy, model: Model, options: Options | None = None
) -> Assumptions:
    """All assumptions of a mode for a machine and a policy.

    Raises
    ------
    ValueError
        If the mode is unknown or options are given to one that has none; `DoesNotGo` if it does
        not go with the others.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if policy.predicts == "dre" and not platform.has_dre:
        raise DoesNotGo(f"platform must have a DRE for policy {policy.name}, not {platform.name}")
    if (mode == "ours") != policy.measured:
        raise DoesNotGo(f"mode ours goes with policy ours only, not {mode} with {policy.name}")
    if options is not None and mode != "ours":
        raise ValueError(f"options must be left out in mode {mode}, not {options}")
    if mode == "ours":
        return traffic.ours(platform, model, options or Options())
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
        raise DoesNotGo(
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

    def choice_s(kind: str, chunk: int, tokens: float) -> float | None:
        if choice is None or kind == "token":  # nothing is fitted to choosing for a single row
            return None
        return choice * 1e-3 * (tokens / FITTED_TOKENS) * (chunk / FITTED_CHUNK)

    scattered = policy.name in RETRIEVES and policy.piece_bytes == TOKEN
    return Assumptions(
        mode="calibrated",
        dram_efficiency=fit["dram_efficiency"],
        vision_efficiency=fit["vision_efficiency"],
        attention_efficiency=fit.get("attention_efficiency", 1.0),
        link_efficiency=fit.get("link_efficiency", 1.0),
        piece_bytes=policy.piece_bytes,
        reads_s=fit.get("scattered_reads_s") if scattered else None,
        hides_frames=bool(fit["hides_frames"]),
        hides_text=bool(fit["hides_text"]),
        near_bits=policy.stored_bits,
        attended_tokens=attended,
        moved_tokens=moved,
        choice_s=choice_s,
    )
