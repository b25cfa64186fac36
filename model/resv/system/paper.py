"""What the paper says, by name: ``frame.v-rex8.1.40000`` (D155)."""

from functools import cache

from resv.system import fields


@cache
def points() -> dict[str, float]:
    """All of ``data/paper.toml`` that is a number."""
    return {
        f"{group}.{name}": float(value)
        for group, entries in fields.parse(fields.DATA / "paper.toml").items()
        for name, value in entries.items()
        if not isinstance(value, list)
    }


@cache
def core() -> dict[str, tuple[float, float]]:
    """Table III: area in mm² and power in mW of each part of a core."""
    found = fields.parse(fields.DATA / "paper.toml")["core"]
    return {name: (float(area), float(power)) for name, (area, power) in found.items()}
