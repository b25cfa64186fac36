"""Chunks of rows of which one was wrong in a fast replay: a file to replay in cocotb."""

from dataclasses import dataclass
from zipfile import BadZipFile

from dre import WTUConfig
from replay.case import Case, fields
from wtu import row_files
from wtu.chunks import Job
from wtu.replay_wtu import Run

FORMAT = "vrex-rows/1"
SUFFIX = ".rows.npz"


@dataclass(frozen=True, eq=False)
class Saved(Case):
    """What is in such a file: ``jobs``, a list of `Job`, beside the case."""

    jobs: list[Job]


def is_saved(path):
    """Whether a file holds saved chunks, by its name."""
    return path.name.endswith(SUFFIX)


def save(path, saved):
    """Write a file; its name must end in ``.rows.npz``."""
    row_files.write(path, saved.jobs, format=FORMAT, **saved.facts())


def load(path):
    """Read a file.

    Raises
    ------
    ValueError
        If it is damaged or of another format; the message names the file.
    """
    try:
        jobs, facts = row_files.read(path)
        return Saved(**fields(facts, FORMAT, WTUConfig, Run), jobs=jobs)
    except (KeyError, TypeError, ValueError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(f"{path}: must be undamaged saved rows, not {error!r}") from None
