"""Selection files, ``resv-selection/1``: what was clustered and selected, chunk by chunk (D37)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from resv.config import Config
from resv.files import atomic_writer
from resv.replay import for_trace
from resv.step import HeadStep, Step
from resv.traces import Trace

FORMAT = "resv-selection/1"
SPEC_VERSION = 1
"""Version of the specification that the model follows."""

_HEADER = {"format": str, "spec": int, "config": dict, "trace": str, "layers": int, "kv_heads": int}
_CHUNK = {"chunk": int, "frame": int, "kind": int, "first": int, "tokens": int, "heads": list}
_PER_TOKEN = ("clusters", "founded", "full", "distances")
_SETS = ("selected_clusters", "selected_tokens")
_HEAD = {"layer": int, "kv_head": int} | dict.fromkeys((*_PER_TOKEN, *_SETS), list)


@dataclass(frozen=True)
class Selection:
    """A selection file in memory, as the JSON objects of D37.

    Parameters
    ----------
    header : dict
        ``format``, ``spec``, ``config``, ``trace``, ``layers``, ``kv_heads``.
    chunks : list of dict
        ``chunk``, ``frame``, ``kind``, ``first``, ``tokens`` and ``heads``.
    """

    header: dict[str, Any]
    chunks: list[dict[str, Any]]


def write_selection(
    path: str | Path, trace: Trace, config: Config | None, steps: Iterable[Step]
) -> None:
    """Write a selection file, chunk by chunk as the steps come.

    The file appears under ``path`` when it is complete, or not at all.

    Parameters
    ----------
    path : path
        Where to write; an existing regular file is replaced.
    trace : Trace
        The trace the steps were made from, read from a file.
    config : Config or None
        Their configuration. None: the defaults. Without a ``scale`` it gets the trace's.
    steps : iterable of Step
        All chunks in order, e.g. ``resv.replay(trace, config)``.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If ``path`` is something other than a regular file, or the trace has no SHA-256.
    """
    if trace.sha256 is None:
        raise ValueError("trace must have a sha256, as load_trace gives it, not None")
    header = {
        "format": FORMAT,
        "spec": SPEC_VERSION,
        "config": for_trace(config, trace).to_dict(),
        "trace": trace.sha256,
        "layers": trace.k.shape[0],
        "kv_heads": trace.k.shape[1],
    }
    with atomic_writer(path) as file:
        file.write(_line(header))
        for step in steps:
            file.write(_line(_chunk(step)))


def read_selection(path: str | Path) -> Selection:
    """Read and check a selection file.

    Parameters
    ----------
    path : path

    Returns
    -------
    Selection

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged; the message names the file and the line.
    """
    header, *chunks = _objects(path)
    return Selection(header, chunks)


def diff(a: str | Path, b: str | Path) -> str | None:
    """The first difference between two selection files.

    Parameters
    ----------
    a, b : path
        Both are read in step, one chunk at a time.

    Returns
    -------
    str or None
        Where they differ first and both values; None if they are the same.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file is damaged before the first difference; the message names the file and the line.
    """
    for number, (left, right) in enumerate(zip_longest(_objects(a), _objects(b))):
        if left is None or right is None:
            ended, other = (a, b) if left is None else (b, a)
            return f"{ended} ends after {number - 1} chunks, {other} has more"
        found = _header_difference(left, right) if number == 0 else _chunk_difference(left, right)
        if found:
            where, one, other = found
            return f"{where}: {one} in {a}, {other} in {b}"
    return None


# -- writing ---------------------------------------------------------------------------------------


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _chunk(step: Step) -> dict[str, Any]:
    names = ("chunk", "frame", "kind", "first", "tokens")
    return {name: int(getattr(step, name)) for name in names} | {
        "heads": list(map(_head, step.heads))
    }


def _head(head: HeadStep) -> dict[str, Any]:
    arrays = {name: getattr(head, name).astype(int).tolist() for name in (*_PER_TOKEN, *_SETS)}
    return {"layer": head.layer, "kv_head": head.kv_head} | arrays


# -- reading ---------------------------------------------------------------------------------------


def _objects(path: str | Path) -> Iterator[dict[str, Any]]:
    """Every line of a file as a checked object, the header first."""
    header = None
    expected = 0
    with Path(path).open(encoding="ascii", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                value = _parsed(line)
                if header is None:
                    header = _checked_header(value)
                else:
                    _check_chunk(value, header, expected)
                    expected += 1
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
            yield value
    if header is None:
        raise ValueError(f"{path}: must begin with a {FORMAT} header, not be empty")


def _parsed(line: str) -> Any:
    if not line.endswith("\n"):
        raise ValueError("must be a whole line, but the file ends within it")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("must be a JSON object, not damaged JSON") from None


def _check_fields(name: str, value: Any, kinds: dict[str, type]) -> None:
    """Exactly these fields, each of exactly this type (a bool is no int)."""
    if type(value) is not dict:
        raise ValueError(f"{name} must be an object, not {type(value).__name__}")
    for field in value:
        if field not in kinds:
            raise ValueError(f"{name} must have only the fields {list(kinds)}, not {field!r}")
    for field, kind in kinds.items():
        if field not in value:
            raise ValueError(f"{name} must have the field {field}")
        if type(value[field]) is not kind:
            raise ValueError(
                f"{field} must be of type {kind.__name__}, not {type(value[field]).__name__}"
            )


def _checked_header(value: Any) -> dict[str, Any]:
    found = value.get("format") if type(value) is dict else None
    if found != FORMAT:
        raise ValueError(f"format must be {FORMAT!r}, not {found!r}")
    _check_fields("header", value, _HEADER)
    return value


def _check_chunk(value: Any, header: dict[str, Any], expected: int) -> None:
    _check_fields("chunk", value, _CHUNK)
    if value["chunk"] != expected:
        raise ValueError(f"chunk must be {expected}, not {value['chunk']}")
    order = [(n, m) for n in range(header["layers"]) for m in range(header["kv_heads"])]
    if len(value["heads"]) != len(order):
        raise ValueError(f"heads must be {len(order)} heads, not {len(value['heads'])}")
    for head, place in zip(value["heads"], order, strict=True):
        _check_fields("head", head, _HEAD)
        if (head["layer"], head["kv_head"]) != place:
            found = f"{head['layer']} and {head['kv_head']}"
            raise ValueError(f"layer and kv_head must be {place[0]} and {place[1]}, not {found}")
        for field in (*_PER_TOKEN, *_SETS):
            if any(type(entry) is not int for entry in head[field]):
                raise ValueError(f"{field} must have integers only")
            if field in _PER_TOKEN and len(head[field]) != value["tokens"]:
                found = f"{len(head[field])} entries for {value['tokens']} tokens"
                raise ValueError(f"{field} must have one entry a token, not {found}")
            if field in _SETS and head[field] != sorted(set(head[field])):
                raise ValueError(f"{field} must be ascending")


# -- comparing -------------------------------------------------------------------------------------


def _header_difference(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, Any, Any] | None:
    pairs = [("spec", a["spec"], b["spec"])]
    for name in dict.fromkeys([*a["config"], *b["config"]]):
        values = (side["config"].get(name, "missing") for side in (a, b))
        pairs.append((f"config {name}", *values))
    pairs += [(name, a[name], b[name]) for name in ("trace", "layers", "kv_heads")]
    return next((pair for pair in pairs if pair[1] != pair[2]), None)


def _chunk_difference(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, Any, Any] | None:
    chunk = f"chunk {a['chunk']}"
    for name in ("frame", "kind", "first", "tokens"):
        if a[name] != b[name]:
            return f"{chunk}, {name}", a[name], b[name]
    for one, other in zip(a["heads"], b["heads"], strict=True):
        where = f"{chunk}, layer {one['layer']}, kv_head {one['kv_head']}"
        for name in _PER_TOKEN:
            for token, (x, y) in enumerate(zip(one[name], other[name], strict=True)):
                if x != y:
                    return f"{where}, {name} of token {token} (position {a['first'] + token})", x, y
        for name in _SETS:
            only = min(set(one[name]) ^ set(other[name]), default=None)
            if only is not None:
                here = only in one[name]
                what = f"{where}, {name.removesuffix('s').replace('_', ' ')} {only}"
                return what, *(("present", "missing") if here else ("missing", "present"))
    return None
