"""Fast replay of the WTU: chunks of rows with their golden answers in, what differs out.

Kinds of records beside those of `replay.program` (numbers u32 unless said otherwise):

    stimulus
    1 build       lanes, max_clusters, max_rows, on_chip_clusters
    2 run         its own: latency, in_order, alone; streams: chunks, counts, scores, reads, rows,
                  selected
    3 chunk       context, clusters, rows, TH, all, mode, K, k; entries and status of the trailer of
                  ``selected``; rows that are answered, none if the chunk is refused. If there are
                  any: token counts u16 each, and of each row entries, saturated, passes,
                  early_exit, status, mass u64, total u64, the selection (bits, whole bytes, entry
                  8 b + j is bit j of byte b), scores u16 each

    results
    16 answer     one a chunk: cycle u64 of the trailer of ``selected``, whether all of that packet
                  was right; of each row, as `ROW`
    19 difference chunk, row i32 (-1: what the chunk selects), text; of the first 20 at most
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from replay import build, program, records
from wtu.expected import expected

CHUNK, ANSWER, DIFFERENCE = 3, 16, 19
STREAMS = ("chunks", "counts", "scores", "reads", "rows", "selected")
PARAMETERS = ("lanes", "max_clusters", "max_rows", "on_chip_clusters")
SOURCES = [
    Path(__file__).with_name(name) for name in ("replay_wtu.cpp", "engine_wtu.cpp", "judge_wtu.cpp")
]
ROW = np.dtype(
    [
        # Cycles of the last scores (of the first reading), the first mask and the trailer taken.
        *((name, "<u8") for name in ("sent", "first_mask", "ended")),
        # As the trailer said.
        *((name, "<u8") for name in ("mass", "total")),
        *((name, "<u4") for name in ("entries", "saturated", "passes", "early_exit", "status")),
        # Whether the whole packet was right.
        ("right", "<u4"),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Run(program.Run):
    """How a replay is run.

    Attributes
    ----------
    latency : int
        Cycles from a read to the header that answers it, beside the engine's own.
    in_order : bool
        Send every row without being asked (spec D45).
    alone : bool
        Offer a chunk when the one before has been answered, so that it finds the unit idle.
    """

    latency: int = 0
    in_order: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Difference:
    """What was wrong with a packet: of a row, or (``row`` None) of a chunk's selection."""

    chunk: int
    row: int | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Replayed(program.Clocked):
    """Results of a replay.

    Attributes
    ----------
    answers : list of (int, bool, ndarray of `ROW`)
        Of each chunk: cycle of its trailer, whether what it selects was right, its rows.
    differences : list of Difference
        The first ones, in the order of chunks and rows.
    """

    answers: list
    differences: list[Difference]


def build_program(config, name):
    """Build the replay program for a build of the WTU."""
    constants = {name: getattr(config, name) for name in PARAMETERS}
    return build.program("wtu", config, SOURCES, name=name, constants=constants)


def write(path, config, jobs, run, golden=expected):
    """Write the stimulus of chunks and their golden answers, which are returned.

    Parameters
    ----------
    path : Path
    config : dre.WTUConfig
    jobs : list of Job
    run : Run
    golden : callable
        From a job and the build to its `Expected`.
    """
    answers = [golden(job, config) for job in jobs]
    records.write(path, "wtu", _stimulus(config, jobs, answers, run))
    return answers


def replay(made, stimulus, answers):
    """Run the program on a stimulus that `write` wrote, with what that returned."""
    results = stimulus.with_name(f"{stimulus.stem}.results.bin")
    return _replayed(*program.run(made, "wtu", stimulus, results), answers)


def _stimulus(config, jobs, answers, run):
    yield program.build_record(config, PARAMETERS)
    yield run.record(STREAMS, run.latency, run.in_order, run.alone)
    for job, answer in zip(jobs, answers, strict=True):
        yield CHUNK, _chunk(job, answer)


def _chunk(job, answer):
    sizes, settings = job.sizes, job.settings
    numbers = [job.context, sizes["clusters"], sizes["rows"]]
    numbers += [settings[name] for name in ("TH", "all", "mode", "K", "k")]
    numbers += [answer.entries, answer.status, len(answer.rows)]
    parts = [struct.pack("<11I", *numbers)]
    if len(answer.rows):
        parts.append(job.token_count.astype("<u2").tobytes())
    bits = np.packbits(answer.selected, axis=1, bitorder="little")
    for row, selected, scores in zip(answer.rows, bits, job.rows, strict=False):
        parts += [row.tobytes(), selected.tobytes(), scores.astype("<u2").tobytes()]
    return b"".join(parts)


def _replayed(own, clocked, answers):
    found, differences = [], []
    for kind, contents in own:
        if kind == ANSWER:
            ended, right = struct.unpack_from("<QI", contents)
            found.append((ended, bool(right), np.frombuffer(contents, ROW, offset=12)))
        elif kind == DIFFERENCE:
            chunk, row = struct.unpack_from("<Ii", contents)
            text = contents[8:].decode()
            differences.append(Difference(chunk, None if row < 0 else row, text))
    assert [len(rows) for _, _, rows in found] == [len(answer.rows) for answer in answers]
    differences.sort(key=lambda d: (d.chunk, d.row is None, d.row))
    return Replayed(answers=found, differences=differences, **clocked)
