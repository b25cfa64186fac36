"""Chunks of rows of which one was wrong in a fast replay: a file to replay in cocotb."""

from dataclasses import asdict, dataclass
from zipfile import BadZipFile

from dre import WTUConfig
from wtu import row_files
from wtu.chunks import Job
from wtu.replay_wtu import Run

FORMAT = "vrex-rows/1"
SUFFIX = ".rows.npz"


@dataclass(frozen=True, eq=False)
class Saved:
    """What is in such a file.

    Attributes
    ----------
    build : dre.WTUConfig
    run : Run
        How the chunks were run when they were saved. The stalls come as often, not in the same
        cycles, elsewhere.
    index : int
        Number in its stream of the last chunk, the one it is about.
    difference : str
        What was wrong with it.
    jobs : list of Job
    """

    build: WTUConfig
    run: Run
    index: int
    difference: str
    jobs: list[Job]


def is_saved(path):
    """Whether a file holds saved chunks, by its name."""
    return path.name.endswith(SUFFIX)


def save(path, saved):
    """Write a file; its name must end in ``.rows.npz``."""
    row_files.write(
        path,
        saved.jobs,
        format=FORMAT,
        build=asdict(saved.build),
        run=asdict(saved.run),
        index=saved.index,
        difference=saved.difference,
    )


def load(path):
    """Read a file.

    Raises
    ------
    ValueError
        If it is damaged or of another format; the message names the file.
    """
    try:
        jobs, facts = row_files.read(path)
        if facts["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, not {facts['format']!r}")
        build, run = WTUConfig(**facts["build"]), Run(**facts["run"])
        return Saved(build, run, facts["index"], facts["difference"], jobs)
    except (KeyError, TypeError, ValueError, AttributeError, EOFError, BadZipFile) as error:
        raise ValueError(f"{path}: must be undamaged saved rows, not {error!r}") from None
