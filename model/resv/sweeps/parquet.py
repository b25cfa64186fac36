"""The table of a sweep as Parquet, for those who have pyarrow."""

from importlib import import_module
from pathlib import Path
from typing import Any

from resv import extras
from resv.files import atomic_writer
from resv.sweeps.table import TidyTable


def pyarrow() -> Any:
    """The library, with its module ``parquet``.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    otherwise = "do without (the same table is in sweep.csv)"
    extras.load("pyarrow.parquet", "Parquet needs pyarrow", "parquet", otherwise)
    return import_module("pyarrow")


def to_parquet(table: TidyTable, path: str | Path) -> None:
    """Write a table as Parquet; the file appears when it is complete.

    Raises
    ------
    ImportError
        If pyarrow is not installed.
    OSError, ValueError
        As ``resv.files.atomic_writer``.
    """
    arrow = pyarrow()
    columns = zip(*table.rows, strict=True) if table.rows else [[] for _ in table.columns]
    named = dict(zip(table.columns, map(list, columns), strict=True))
    with atomic_writer(path) as file:
        arrow.parquet.write_table(arrow.table(named), file)
