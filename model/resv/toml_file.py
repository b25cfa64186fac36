"""TOML files, which people write: one line says what is wrong with one."""

import tomllib
from pathlib import Path
from typing import Any


def parse(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: must be TOML: {error}") from None
