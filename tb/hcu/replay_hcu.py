"""Fast replay of the HCU: chunks into a stimulus file, the golden answer, and what comes back.

Kinds of records (numbers u32 unless said otherwise, ``word`` is ``hash_bits / 8`` bytes):

    stimulus, in this order
    1 build     hash_bits, lanes, max_clusters, max_chunk
    2 run       seed u64, patience_cycles u64, first_number, table_latency, and in 65,536ths how
                often hash_bits and table are offered and passes and assignments are taken, in the
                order hash_bits, passes, table, assignments
    3 table     context, clusters, a word each, members each: a table that is there at the start
    4 chunk     context, Th_hd, max_clusters, cluster_cap, tokens, a word each

    results
    16 answer   number and clusters as offered; context, chunk, clusters, tokens of its header;
                clusters and status of its trailer; cycles u64 in which the header was taken, the
                first group's last word, the trailer; tokens answered, and of each: cluster,
                founded u8, full u8, distance u16, word
    3 table     as above, at the end
    17 summary  cycles u64, seconds f64 of the clock loop, and of the processor in it f64,
                entries_read u64, status, the counters
    18 fault    cycle u64, text: the rule that the unit broke; the run ended there
"""

import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dre.layouts import NO_CAP, ChunkStatus
from replay import build, records

BUILD, RUN, TABLE, CHUNK, ANSWER, SUMMARY, FAULT = 1, 2, 3, 4, 16, 17, 18
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


@dataclass(frozen=True)
class Run:
    """How a replay is run.

    Attributes
    ----------
    seed : int
        Of the stalls.
    stalls : dict of str to float
        By stream: how often in each cycle it is willing; missing ones always are.
    table_latency : int
        Cycles from a pass request to its header, beside the owner's own.
    first_number : int
        Number of the first chunk (spec D27).
    patience_cycles : int
        So long may nothing move on any stream before the unit counts as stuck.
    """

    seed: int = 0
    stalls: dict[str, float] = field(default_factory=dict)
    table_latency: int = 0
    first_number: int = 0
    patience_cycles: int = 100_000


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


@dataclass(frozen=True)
class Replayed:
    """Results of a replay.

    Attributes
    ----------
    answers : list of Answer
        Of the chunks that were answered, in order.
    tables : dict of int to (words, members)
        At the end, by context; empty ones are left out.
    cycles : int
        Clock cycles, idle ones included.
    seconds, processor_seconds : float
        In the clock loop: of the clock on the wall, and of the processor, which does not count
        what other programs took on a busy machine.
    entries_read : int
        Table entries that the unit has read.
    status : int
    counters : list of int
        As the unit's ports show them at the end.
    fault : str or None
        The rule that the unit broke, and when; the run ended there.
    """

    answers: list[Answer]
    tables: dict[int, tuple[np.ndarray, np.ndarray]]
    cycles: int
    seconds: float
    processor_seconds: float
    entries_read: int
    status: int
    counters: list[int]
    fault: str | None

    @property
    def cycles_per_second(self):
        """Simulated cycles a second on the wall."""
        return self.cycles / self.seconds

    @property
    def cycles_per_processor_second(self):
        """Simulated cycles a second of the processor."""
        return self.cycles / self.processor_seconds


def program(config, name):
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
        From `program`.
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
    results.unlink(missing_ok=True)
    records.write(stimulus, "hcu", stimulus_records(config, chunks, run, tables or {}))
    done = subprocess.run([made, stimulus, results], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        said = done.stderr.strip() or f"ended with status {done.returncode}"
        raise records.DamagedRecord(said)
    return read_results(results, config)


def stimulus_records(config, chunks, run, tables):
    """The records of a stimulus file."""
    yield BUILD, struct.pack("<4I", *(getattr(config, name) for name in PARAMETERS))
    for name in run.stalls:
        if name not in STREAMS:
            raise ValueError(f"stalls must name one of {', '.join(STREAMS)}, not {name!r}")
    willing = [round(65_536 * run.stalls.get(name, 1)) for name in STREAMS]
    numbers = (run.seed, run.patience_cycles, run.first_number, run.table_latency, *willing)
    yield RUN, struct.pack("<QQ6I", *numbers)
    for context, (words, members) in tables.items():
        head = struct.pack("<2I", context, len(words))
        yield TABLE, head + words.tobytes() + np.asarray(members, "<u4").tobytes()
    for chunk in chunks:
        cap = NO_CAP if chunk.cluster_cap is None else chunk.cluster_cap
        limits = (chunk.context, chunk.Th_hd, chunk.max_clusters, cap, len(chunk.words))
        yield CHUNK, struct.pack("<5I", *limits) + chunk.words.tobytes()


def read_results(path, config):
    """What a results file holds, as `Replayed`."""
    answers, tables, fault, width = [], {}, None, config.hash_bits // 8
    for kind, contents in records.read(path, "hcu"):
        if kind == ANSWER:
            answers.append(_answer(contents, width))
        elif kind == TABLE:
            context, clusters = struct.unpack_from("<2I", contents)
            middle = 8 + clusters * width
            words = np.frombuffer(contents[8:middle], np.uint8).reshape(clusters, width)
            tables[context] = words, np.frombuffer(contents[middle:], "<u4")
        elif kind == SUMMARY:
            summary = struct.unpack_from("<QddQI", contents)
            counters = np.frombuffer(contents[36:], "<u4").tolist()
        elif kind == FAULT:
            cycle = int.from_bytes(contents[:8], "little")
            fault = f"cycle {cycle}: {contents[8:].decode()}"
    return Replayed(answers, tables, *summary, counters, fault)


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
