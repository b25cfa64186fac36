"""Results as rows, one file of them: every figure of a comparison can be made from it again."""

import contextlib
import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, kw_only=True)
class Row:
    """Sums over a block of chunks, of one policy and budget, in one layer and KV head.

    Attributes
    ----------
    trace, trace_sha256, clip, weights, weights_seed, regime : str
        What was measured: name and hash of the trace, and what its metadata say of it.
    policy : str
        Name and changed parameters.
    table : {"ratio", "equal_k", "knob"}
        How much is selected: as much as one knob for the whole trace gives, the first k of each
        chunk, layer and KV head, or what a knob that was given selects.
    kind : {"frames", "text"}
    target : float
        Retrieval ratio asked for, or the knob that was given; NaN if the policy has no knob for
        this kind.
    knob : float
        Fitted to the target; NaN in ``equal_k``, and without a knob.
    reached : bool
        Whether the ratio over the whole trace is the target (within 0.25 points).
    layer, kv_head, block : int
        ``block`` counts chunks of this kind from the beginning of the trace, so many each.
    chunks, query_rows : int
        With far tokens; their query vectors.
    far_tokens, selected_tokens : int
        Sums over chunks.
    mass_recalled, output_error, output_error_centred : float
        Sums over query rows (D135).
    operations, full_operations : float
        Multiply-adds of prediction, and of full attention.
    table_bytes, kv_bytes : float
        At the last chunk of the block: what prediction keeps, and K and V of all tokens.
    far_bytes, link_bytes : float
        Of all far tokens, once for each chunk; read from far memory, NaN if that was not measured
        (D136).
    seed : int
    version, settings_sha256 : str
        Of what is drawn; of this package; of all that was set (`Settings.sha256`).
    """

    trace: str
    trace_sha256: str
    clip: str
    weights: str
    weights_seed: str
    regime: str
    policy: str
    table: str
    kind: str
    target: float
    knob: float
    reached: bool
    layer: int
    kv_head: int
    block: int
    chunks: int
    query_rows: int
    far_tokens: int
    selected_tokens: int
    mass_recalled: float
    output_error: float
    output_error_centred: float
    operations: float
    full_operations: float
    table_bytes: float
    kv_bytes: float
    far_bytes: float
    link_bytes: float
    seed: int
    version: str
    settings_sha256: str


class RowWriter:
    """Writes a CSV file that has every finished row at any time.

    Parameters
    ----------
    file : text file
        Open, with ``newline=""``, and empty, or at its end.
    goes_on : bool
        It has its header, and perhaps rows.
    """

    def __init__(self, file: TextIO, *, goes_on: bool = False) -> None:
        self._file = file
        self._csv = csv.DictWriter(file, [field.name for field in fields(Row)])
        if not goes_on:
            self._csv.writeheader()
        file.flush()

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows; they are in the file when this returns."""
        self._csv.writerows(asdict(row) for row in rows)
        self._file.flush()


def read(path: str | Path) -> list[Row]:
    """Rows that were written; floats come back to the bit.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it has other columns, or a value is none of its column; the message names the line.
    """
    return list(read_each(path))


def read_each(path: str | Path) -> Iterator[Row]:
    """As `read`, one row after the other."""
    names = [field.name for field in fields(Row)]
    with Path(path).open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        if table.fieldnames != names:
            raise ValueError(f"{path}: columns must be {', '.join(names)}, not {table.fieldnames}")
        for values in table:
            yield _row(values, f"{path}, line {table.line_num}")


def read_finished(path: str | Path) -> list[Row]:
    """Rows of a file whose writer was stopped, of what was finished for certain.

    That is all but the last policy on the last trace, up to the first line that is none.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, or has other columns.
    """
    found = _until_damaged(read_each(path))
    last = found[-1:] and (found[-1].trace, found[-1].policy)
    return [row for row in found if (row.trace, row.policy) != last]


def _until_damaged(rows: Iterator[Row]) -> list[Row]:
    first = next(rows, None)  # other columns are an error
    found = [] if first is None else [first]
    with contextlib.suppress(ValueError):
        found.extend(rows)
    return found


def _row(texts: dict[str, Any], where: str) -> Row:
    values: dict[str, Any] = {}
    for field in fields(Row):
        text = texts[field.name]
        try:
            values[field.name] = _READ[field.type](text)
        except (KeyError, TypeError, ValueError):
            kind = getattr(field.type, "__name__", field.type)
            raise ValueError(f"{where}: {field.name} must be a {kind}, not {text!r}") from None
    return Row(**values)


_READ = {str: str, int: int, float: float, bool: lambda text: {"True": True, "False": False}[text]}
