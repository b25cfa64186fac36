"""What figures say beside their numbers, from ``data/notes.toml``."""

from functools import cache
from typing import Any

from resv.system import fields


@cache
def _all() -> dict[str, Any]:
    return fields.parse(fields.DATA / "notes.toml")


def notes(figure: str) -> tuple[str, ...]:
    """Below a figure's table."""
    return tuple(_all()[figure]["notes"])


def why(figure: str, key: str) -> str:
    """Why a value is as it is; empty if nothing is said."""
    return _all()[figure].get(key, "")
