"""A stream of chunks through compiled WTUs, piece by piece, so that it may be of any length.

While the hardware works on a piece the golden model answers the next one.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from simulate import BUILD
from wtu import replay_wtu
from wtu.chunks import Job
from wtu.expected import Expected, expected
from wtu.replay_wtu import Replayed, Run

ENTRIES, CHUNKS = 4_000_000, 1_000  # most of a piece


@dataclass(frozen=True)
class Piece:
    """A part of a stream in one build.

    Attributes
    ----------
    name : str
        Of the build.
    first : int
        Number in the stream of the first chunk.
    jobs : list of Job
    expected : list of Expected
    run : Run
    replayed : Replayed
    """

    name: str
    first: int
    jobs: list[Job]
    expected: list[Expected]
    run: Run
    replayed: Replayed


def play(builds, jobs, runs, *, folder=None, golden=expected, say=None):
    """Send chunks through the builds, and yield each `Piece` of each of them.

    Parameters
    ----------
    builds : dict of str to dre.WTUConfig
        By the name of the program's folder. They may differ in their preset only.
    jobs : iterable of Job
    runs : sequence of Run
        How pieces are run, in turn; numbers of chunks go on from the first one's.
    folder : Path or None
        For the files; by default that of the first program.
    golden : callable
        From a job and a build to its `Expected`.
    say : callable or None
        Is told what is built.

    Raises
    ------
    ValueError
        If builds differ in more than the preset.
    """
    configs = list(builds.values())
    if len({replace(config, preset=configs[0].preset) for config in configs}) > 1:
        raise ValueError(f"builds must differ in their preset only, not as {configs}")
    made = {}
    for name, config in builds.items():
        if say:
            say(f"{name}: building")
        made[name] = replay_wtu.build_program(config, name)
    folder = folder or next(iter(made.values())).parents[1]
    with ThreadPoolExecutor(1) as worker:
        waiting, first = [], 0
        for n, piece in enumerate(pieces(jobs)):
            run = runs[n % len(runs)]
            run = replace(run, first_number=(runs[0].first_number + first) % 2**16)
            stimulus = folder / f"piece-{n % 2}.bin"  # the other one is being replayed
            answers = replay_wtu.write(stimulus, configs[0], piece, run, golden)
            yield from _finished(waiting)
            waiting = [
                (
                    Piece(name, first, piece, answers, run, None),
                    worker.submit(replay_wtu.replay, program, stimulus, answers),
                )
                for name, program in made.items()
            ]
            first += len(piece)
        yield from _finished(waiting)


def pieces(jobs):
    """Lists of chunks, none of them too long."""
    piece, entries = [], 0
    for job in jobs:
        if piece and (entries + job.rows.size > ENTRIES or len(piece) == CHUNKS):
            yield piece
            piece, entries = [], 0
        piece.append(job)
        entries += job.rows.size
    if piece:
        yield piece


def folder_of(name):
    """Where a build's program and its files are."""
    return BUILD / "fast" / name


def _finished(waiting):
    for piece, replayed in waiting:
        yield replace(piece, replayed=replayed.result())
