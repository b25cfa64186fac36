"""What a sweep is told: a TOML file, or the same in Python."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from resv import checks
from resv.config import Config
from resv.laboratory import Settings
from resv.policies.registry import listed
from resv.toml_file import parse

FITS = ("together", "alone")
"""Whether one knob is fitted to all layers and KV heads of a trace (D134), or one to each."""

CONFIG = ("sink_tokens", "recent_tokens", "max_chunk")
SETTINGS = tuple(
    one.name for one in fields(Settings) if one.name not in ("policies", "config", "seed")
)
KEYS = ("traces", "policies", "seeds", "fit", *SETTINGS, *CONFIG)
"""What a file may say."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep: every policy on every trace with every seed, in all layers and KV heads asked for.

    Parameters
    ----------
    traces : iterable of str or Path
        Files, or names as T1.
    settings : Settings
        Policies, ratios, knobs, layers, KV heads and all else; its seed does not count.
    seeds : iterable of int
        Of what is drawn.
    fit : {"together", "alone"}
        One of `FITS`.

    Raises
    ------
    TypeError, ValueError
        If a value is of a wrong kind or out of its limits, or there are no traces or seeds.
    """

    traces: tuple[Path, ...]
    settings: Settings
    seeds: tuple[int, ...] = (0,)
    fit: str = "together"

    def __post_init__(self) -> None:
        traces = [Path(one) for one in checked_list("traces", self.traces)]
        seeds = [checks.integer("seeds", one, 0) for one in checked_list("seeds", self.seeds)]
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds must be all different, not {seeds}")
        if not isinstance(self.settings, Settings):
            raise TypeError(f"settings must be Settings, not {type(self.settings).__name__}")
        checks.one_of("fit", self.fit, FITS)
        object.__setattr__(self, "traces", tuple(traces))
        object.__setattr__(self, "seeds", tuple(seeds))


def grid(name: str, **parameters: Any) -> list[str]:
    """A policy with every combination of parameters, as ``resv.policies.make`` takes them.

    Parameters
    ----------
    name : str
    **parameters
        Values, or lists of them; the last one changes fastest.
    """
    several = (
        value if isinstance(value, list | tuple) else [value] for value in parameters.values()
    )
    return [
        ":".join([name, *(f"{key}={value}" for key, value in zip(parameters, one, strict=True))])
        for one in itertools.product(*several)
    ]


def read(path: str | Path) -> Sweep:
    """A sweep from a TOML file; files that it names are beside it.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no TOML, or something in it is wrong; the message names the file.
    """
    path = Path(path)
    declared = parse(path)
    try:
        return _sweep(declared, path.parent)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _sweep(declared: dict[str, Any], folder: Path) -> Sweep:
    for key in declared:
        if key not in KEYS:
            raise ValueError(f"key must be one of {listed(KEYS, key)}")
    if "traces" not in declared:
        raise ValueError("traces must be given, files or names")
    traces = [_place(checks.text("traces", one), folder) for one in _list("traces", declared)]
    settings = Settings(
        policies=tuple(_policies(declared.get("policies", {}))),
        config=Config(**{key: declared[key] for key in CONFIG if key in declared}),
        **{key: declared[key] for key in SETTINGS if key in declared},
    )
    rest = {key: declared[key] for key in ("seeds", "fit") if key in declared}
    return Sweep(traces=tuple(traces), settings=settings, **rest)


def _place(text: str, folder: Path) -> Path:
    """A file beside the declaration; what has neither folder nor ending may also be a name."""
    beside = folder / text
    may_be_name = len(Path(text).parts) == 1 and not Path(text).suffix
    return Path(text) if may_be_name and not beside.exists() else beside


def _policies(declared: Any) -> Iterator[str]:
    """Labels of ``[policies]``: a table, or several, of values or lists for each name."""
    if not isinstance(declared, dict):
        raise ValueError(f"policies must be a table, as resv = {{ Th_hd = 7 }}, not {declared!r}")
    for name, tables in declared.items():
        for table in tables if isinstance(tables, list) and tables else [tables]:
            if not isinstance(table, dict):
                raise ValueError(
                    f"policies.{name} must be a table of parameters, as {{ Th_hd = 7 }} or {{}}, "
                    f"not {table!r}"
                )
            for key, values in table.items():
                if isinstance(values, list) and not values:
                    raise ValueError(f"policies.{name}.{key} must have one or more values, not []")
            yield from grid(name, **table)


def _list(name: str, declared: dict[str, Any]) -> list[Any]:
    return checked_list(name, declared[name])


def checked_list(name: str, value: Any) -> list[Any]:
    """Several things, at least one.

    Raises
    ------
    TypeError, ValueError
        If they are not.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be several, in a list, not {value!r}")
    values = list(value)
    if not values:
        raise ValueError(f"{name} must be one or more, not none")
    return values
