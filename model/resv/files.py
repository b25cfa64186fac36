"""Files that appear under their name when they are complete, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_writer(path: str | Path) -> Iterator[BinaryIO]:
    """Open a partial file beside ``path``; it takes its place if the ``with`` block succeeds.

    If the block fails, the partial file is removed and what was under ``path`` stays.

    Parameters
    ----------
    path : path
        An existing regular file is replaced; of a link, the file it points to.

    Yields
    ------
    binary file
        To be written to.

    Raises
    ------
    OSError
        If the file cannot be written. It names ``path``, never the partial file. An error in the
        block that names no file is taken for one of this file; other errors pass unchanged.
    ValueError
        If ``path`` is something other than a regular file.
    """
    target = Path(os.path.realpath(path))
    # A new name each time: no other writer, nor what a killed one left behind, is in the way.
    partial = target.parent / f".{secrets.token_hex(8)}.partial"
    try:
        if target.exists() and not target.is_file():
            raise ValueError(f"output must be a regular file, not {path}")
        file = partial.open("xb")
        try:
            with file:
                yield file
            partial.replace(target)
        finally:
            with suppress(OSError):  # gone after success; after a failure, that is the one to tell
                partial.unlink()
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(partial), str(target)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_writable(path: str | Path) -> None:
    """Raise now what `atomic_writer` would raise after long work; ``path`` stays as it is.

    Raises
    ------
    OSError, ValueError
        As `atomic_writer`.
    """
    with suppress(_Enough), atomic_writer(path):
        raise _Enough


class _Enough(Exception):
    """The file could be opened; nothing is to be written."""
