"""A device in a file: all that a simulation is, and what its user wants to know of it."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, BadZipFile, ZipFile

STATE, NOTE = "state", "note.json"


def keep(path, write, note):
    """Make the file, or replace it when all of the new one is there.

    Parameters
    ----------
    path : Path
    write : callable
        Writes the simulation to a path.
    note : dict
        For `resume`, as JSON.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=path.name) as folder:
        state, whole = Path(folder) / STATE, Path(folder) / "whole"
        write(state)
        with ZipFile(whole, "w", ZIP_STORED) as file:
            file.write(state, STATE)
            file.writestr(NOTE, json.dumps(note))
        os.replace(whole, path)


def resume(path, read, check):
    """Take a simulation from a file; returns the note.

    Parameters
    ----------
    path : Path
    read : callable
        Reads the simulation from a path.
    check : callable
        Of the note, before that.

    Raises
    ------
    FileNotFoundError
    ValueError
        If it is no such file, or a damaged one; nothing has been read then.
    """
    with TemporaryDirectory(dir=path.parent, prefix=path.name) as folder:
        try:
            with ZipFile(path) as file:
                note = json.loads(file.read(NOTE))
                check(note)
                state = file.extract(STATE, folder)
        except (BadZipFile, KeyError, json.JSONDecodeError) as error:
            raise ValueError(f"path must be a kept device, not {path}: {error}") from error
        read(Path(state))
    return note
