"""Fast replay of the HCU: chunks into a stimulus file, the golden answer, and what comes back.

Kinds of records beside those of `replay.program` (numbers u32 unless said otherwise, ``word`` is
``hash_bits / 8`` bytes):

    stimulus, in this order
    1 build     hash_bits, lanes, max_clusters, max_chunk
    2 run       its own: table_latency; streams: hash_bits, passes, table, assignments
    3 table     context, clusters, a word each, members each: a table that is there at the start
    4 chunk     context, Th_hd, max_clusters, cluster_cap, tokens, a word each

    results
    16 answer   number and clusters as offered; context, chunk, clusters, tokens of its header;
                clusters and status of its trailer; cycles u64 in which the header was taken, the
                first group's last word, the trailer; tokens answered, and of each: cluster,
                founded u8, full u8, distance u16, word
    3 table     as above, at the end
    19 read     table entries that the unit has read, u64
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dre.layouts import NO_CAP, ChunkStatus
from replay import build, program, records

TABLE, CHUNK, ANSWER, READ = 3, 4, 16, 19
STREAMS = ("hash_bits", "passes", "table", "assignments")
SOURCES = [Path(__file__).with_name(name) for name in ("replay_hcu.cpp", "owner_hcu.cpp")]
PARAMETERS = ("hash_bits", "lanes", "max_clusters", "max_chunk")


@dataclass(frozen=True, eq=False)
class Chunk:
    """One chunk to be clustered; ``words`` is uint8 [T, hash_bits / 8]."""

    context: int
    words: np.ndarray
    Th_hd: int = 7
    max_clusters: int = 4096
    cluster_cap: int | None = None


@dataclass(frozen=True, kw_only=True)
class Run(program.Run):
    """How a replay is run.

    Attributes
    ----------
    table_latency : int
        Cycles from a pass request to its header, beside the owner's own.
    """

    table_latency: int = 0


@dataclass(frozen=True, eq=False)
class Answer:
    """What the hardware said of one chunk, and when (cycles)."""

    number: int
    clusters_before: int
    header: tuple[int, int, int, int]  # context, chunk, clusters, tokens
    clusters: int
    status: ChunkStatus
    header_sent: int
    loaded: int
    ended: int
    tokens: np.ndarray  # structured: cluster, founded, full, distance, word


@dataclass(frozen=True, kw_only=True)
class Replayed(program.Clocked):
    """Results of a replay.

    Attributes
    ----------
    answers : list of Answer
        Of the chunks that were answered, in order.
    tables : dict of int to (words, members)
        At the end, by context; empty ones are left out.
    entries_read : int
        Table entries that the unit has read.
    """

    answers: list[Answer]
    tables: dict[int, tuple[np.ndarray, np.ndarray]]
    entries_read: int


def build_program(config, name):
    """Build the replay program for a build of the HCU; its table must be a stream."""
    if config.table != "stream":
        raise ValueError(f"table must be 'stream' in a fast replay, not {config.table!r}")
    constants = {name: getattr(config, name) for name in PARAMETERS}
    return build.program("hcu", config, SOURCES, name=name, constants=constants)


def replay(made, config, chunks, run, tables=None, folder=None):
    """Send chunks through the compiled HCU.

    Parameters
    ----------
    made : Path
        From `build_program`.
    config : dre.HCUConfig
        Its build parameters.
    chunks : list of Chunk
    run : Run
    tables : dict of int to (words, members), or None
        Tables that are there at the start, by context.
    folder : Path or None
        For the files; the program's by default.

    Returns
    -------
    Replayed

    Raises
    ------
    records.DamagedRecord
        If a file cannot be used; the message names the record.
    """
    folder = folder or made.parents[1]
    stimulus, results = folder / "stimulus.bin", folder / "results.bin"
    records.write(stimulus, "hcu", stimulus_records(config, chunks, run, tables or {}))
    return _replayed(*program.run(made, "hcu", stimulus, results), config)


def stimulus_records(config, chunks, run, tables):
    """The records of a stimulus file."""
    yield program.build_record(config, PARAMETERS)
    yield run.record(STREAMS, run.table_latency)
    for context, (words, members) in tables.items():
        head = struct.pack("<2I", context, len(words))
        yield TABLE, head + words.tobytes() + np.asarray(members, "<u4").tobytes()
    for chunk in chunks:
        cap = NO_CAP if chunk.cluster_cap is None else chunk.cluster_cap
        limits = (chunk.context, chunk.Th_hd, chunk.max_clusters, cap, len(chunk.words))
        yield CHUNK, struct.pack("<5I", *limits) + chunk.words.tobytes()


def _replayed(own, clocked, config):
    """What a results file holds, as `Replayed`."""
    answers, tables, read, width = [], {}, 0, config.hash_bits // 8
    for kind, contents in own:
        if kind == ANSWER:
            answers.append(_answer(contents, width))
        elif kind == TABLE:
            context, clusters = struct.unpack_from("<2I", contents)
            middle = 8 + clusters * width
            words = np.frombuffer(contents[8:middle], np.uint8).reshape(clusters, width)
            tables[context] = words, np.frombuffer(contents[middle:], "<u4")
        elif kind == READ:
            (read,) = struct.unpack("<Q", contents)
    return Replayed(answers=answers, tables=tables, entries_read=read, **clocked)


def _answer(contents, width):
    number, before, *header, clusters, status = struct.unpack_from("<8I", contents)
    times = struct.unpack_from("<3Q", contents, 32)
    (count,) = struct.unpack_from("<I", contents, 56)
    layout = np.dtype(
        [
            ("cluster", "<u4"),
            ("founded", "u1"),
            ("full", "u1"),
            ("distance", "<u2"),
            ("word", "u1", (width,)),
        ]
    )
    tokens = np.frombuffer(contents, layout, count, 60)
    return Answer(number, before, tuple(header), clusters, ChunkStatus(status), *times, tokens)
