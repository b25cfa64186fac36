"""Data files of numbers, each with its source; what is missing or impossible is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resv import checks
from resv.toml_file import parse


@dataclass(frozen=True)
class Field:
    """What a number may be.

    Attributes
    ----------
    low, high : float
        Smallest and largest allowed value.
    unit : str
    whole : bool
        Only integers.
    """

    low: float
    high: float
    unit: str
    whole: bool = False

    def check(self, name: str, value: Any) -> float:
        """The number, or an error that names it.

        Raises
        ------
        ValueError
            If it is of the wrong kind or out of its limits: the file is wrong, whatever the type.
        """
        try:
            if self.whole:
                return checks.integer(name, value, int(self.low), int(self.high))
            return checks.real(name, value, self.low, self.high)
        except TypeError as error:
            raise ValueError(str(error)) from None

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}" + (f" {self.unit}" if self.unit else "")


def read(path: Path, fields: Mapping[str, Field]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Name, numbers and sources of a file ``name = "..."``, ``field = { value, source }``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        It names file, field, value and what is allowed.
    """
    found = parse(path)
    name = found.pop("name", None)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{path}: name must be a text that is not empty, not {name!r}")
    for field in found:
        if field not in fields:
            raise ValueError(f"{path}: field must be one of {', '.join(fields)}, not {field!r}")
    values, sources = {}, {}
    for field, allowed in fields.items():
        entry = found.get(field)
        if entry is None:
            raise ValueError(f"{path}: {field} must be {allowed}, not missing")
        if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
            raise ValueError(f"{path}: {field} must have a value and a source, not {entry!r}")
        if not isinstance(entry["source"], str) or not entry["source"]:
            raise ValueError(f"{path}: source of {field} must be a text, not {entry['source']!r}")
        try:
            values[field] = allowed.check(field, entry["value"])
        except ValueError as error:
            raise ValueError(f"{path}: {error} ({allowed})") from None
        sources[field] = entry["source"]
    return name, values, sources


def packaged(folder: str, name: str) -> Path:
    """A file of this package, by the name of what it describes, or any file by its path.

    Raises
    ------
    ValueError
        If there is none; it lists those that there are.
    """
    known = {path.stem: path for path in sorted((DATA / folder).glob("*.toml"))}
    if name.lower() in known:
        return known[name.lower()]
    path = Path(name)
    if path.suffix == ".toml":
        return path
    what = folder.removesuffix("s")
    raise ValueError(f"{what} must be one of {', '.join(known)}, or a .toml file, not {name!r}")


DATA = Path(__file__).parent / "data"
