"""The fitted values: each with its reason and the points it was fitted to (D155)."""

from dataclasses import dataclass
from functools import cache

from resv.system import fields
from resv.system.platform import Platform, load_platform

ALLOWED = {
    "dram_efficiency": fields.Field(1e-3, 1, ""),
    "vision_efficiency": fields.Field(1e-3, 1, ""),
    "attention_efficiency": fields.Field(1e-4, 1, ""),
    "link_efficiency": fields.Field(1e-3, 1.05, ""),
    "window_tokens": fields.Field(0, 1e7, "tokens"),
    "moved_tokens": fields.Field(0, 1e7, "tokens"),
    "scattered_reads_s": fields.Field(0, 1e12, "reads/s"),
    "resv_choice_ms": fields.Field(0, 1e4, "ms"),
    "infinigenp_choice_ms": fields.Field(0, 1e4, "ms"),
    "compute_w": fields.Field(0, 1e4, "W"),
    "fetch_w": fields.Field(0, 1e4, "W"),
    "hides_frames": fields.Field(0, 1, "", whole=True),
    "hides_text": fields.Field(0, 1, "", whole=True),
}


@dataclass(frozen=True)
class Fit:
    """One fitted value.

    Attributes
    ----------
    platform, name : str
    value : float
    reason : str
    points : tuple of str
        Names of the paper's figures that it was fitted to, as in `resv.system.paper`.
    """

    platform: str
    name: str
    value: float
    reason: str
    points: tuple[str, ...]


@cache
def fits() -> tuple[Fit, ...]:
    """All of ``data/calibrated.toml``."""
    path = fields.DATA / "calibrated.toml"
    found = []
    for platform, values in fields.parse(path).items():
        for name, entry in values.items():
            value = ALLOWED[name].check(f"{platform}.{name}", entry["value"])
            found.append(Fit(platform, name, value, entry["reason"], tuple(entry["points"])))
    return tuple(found)


def of(platform: str) -> dict[str, float]:
    """Fitted values of a platform, by name; nothing for one that is not the paper's."""
    return {fit.name: fit.value for fit in fits() if fit.platform == platform}


@cache
def _fitted_to() -> dict[str, Platform]:
    """The machines as they were when something was fitted to them, by name."""
    names = (path.stem for path in sorted((fields.DATA / "platforms").glob("*.toml")))
    return {one.name: one for one in map(load_platform, names)}


def changes(platform: Platform) -> dict[str, tuple[float, float]]:
    """What a machine has otherwise than the one of its name that values were fitted to.

    Returns
    -------
    dict of str to (float, float)
        By field: fitted with, and now. A machine of another name has none.
    """
    fitted = _fitted_to().get(platform.name, platform)
    pairs = {
        name: (getattr(fitted, name), getattr(platform, name))
        for name in vars(platform)
        if name not in ("name", "sources")
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@cache
def fitted_points() -> frozenset[str]:
    """The paper's figures that something was fitted to; the others are predictions."""
    return frozenset(point for fit in fits() for point in fit.points)
