"""Whole streams through the fast engine: time per frame, and samples against the plain one."""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

import resv
from model import made_up
from resv import ReSV, footprint
from resv.replay import for_trace

SAMPLES = (0.05, 0.25, 0.5, 0.75, 0.99)  # parts of the stream after which the plain engine runs
SAMPLED = 3  # chunks in each sample
WINDOW = 100  # chunks over which a time is a median
CONSTANT = 1_250
PARTS = (
    "sinks words token_count selected_clusters selected_tokens attended clusters founded full "
    "distances"
).split()


def measure(trace, seed):
    """Measure a trace, given by file or None for a made-up one, and one of constant clusters."""
    loaded = resv.load_trace(trace) if trace else made_up.growing_stream(seed)
    return {"whole": _whole(loaded), "constant": _constant(seed)}


def _whole(trace):
    """Every chunk of a trace, one layer and KV head, through the fast engine."""
    config = for_trace(None, trace)
    chunks = list(trace.chunks())
    starts = (min(int(part * len(chunks)), len(chunks) - SAMPLED) for part in SAMPLES)
    sampled = dict.fromkeys(starts)
    stream = ReSV(config, engine="fast").start()
    rows, kept, saving = [], {}, []
    with tempfile.TemporaryDirectory() as folder:
        for chunk in chunks:
            if chunk.index in sampled:
                sampled[chunk.index] = path = Path(folder) / str(chunk.index)
                begin = time.process_time()
                stream.save(path)
                saving.append((time.process_time() - begin, path.stat().st_size))
            begin = time.process_time()
            step = _step(stream, chunk)
            seconds = time.process_time() - begin
            rows.append((step.first, step.heads[0].clusters_before, 1e3 * seconds))
            if any(start <= chunk.index < start + SAMPLED for start in sampled):
                kept[chunk.index] = step
        plain = [_sample(config, path, chunks, kept) for path in sampled.values()]
    return {
        "tokens": stream.tokens,
        "chunks": len(chunks),
        "clusters": len(stream.table(0, 0)),
        "seconds": sum(ms for _, _, ms in rows) / 1e3,
        "windows": _windows(rows),
        "fast_ms": median(ms for _, _, ms in rows[max(sampled) :][:SAMPLED]),
        "different": sum(different for different, _ in plain),
        "compared": SAMPLED * len(plain),
        "plain_ms": plain[-1][1],
        "save_seconds": saving[-1][0],
        "state_bytes": saving[-1][1],
        "footprint": _footprint(stream),
    }


def _sample(config, path, chunks, kept):
    """Resume in the plain engine: chunks that differ, and milliseconds of a chunk."""
    stream = ReSV(config).resume(path)
    different, times = 0, []
    for chunk in chunks[stream.chunks : stream.chunks + SAMPLED]:
        begin = time.process_time()
        step = _step(stream, chunk)
        times.append(1e3 * (time.process_time() - begin))
        different += not _same(step.heads[0], kept[chunk.index].heads[0])
    return different, median(times)


def _constant(seed, frames=4_000):
    """As many clusters early as late: times of chunks, and of listing the attended positions."""
    trace = made_up.constant_stream(seed, CONSTANT, frames)
    stream = ReSV(engine="fast").start()
    rows, listing = [], []
    for chunk in trace.chunks():
        begin = time.process_time()
        step = _step(stream, chunk)
        middle = time.process_time()
        positions = len(step.heads[0].attended)
        end = time.process_time()
        rows.append((step.first, step.heads[0].clusters_before, 1e3 * (middle - begin)))
        listing.append((step.first, positions, 1e3 * (end - middle)))
    return {"windows": _windows(rows), "listing": _windows(listing)}


def _windows(rows):
    """First position, second entry (clusters) and median milliseconds of every window."""
    columns = [rows[at : at + WINDOW] for at in range(0, len(rows), WINDOW)]
    return [[part[0][0], part[0][1], median(ms for _, _, ms in part)] for part in columns]


def _footprint(stream):
    found = footprint.of_stream(stream)
    return {
        "table": found.table,
        "table_share": found.table_share,
        "mean_keys_share": found.mean_keys_share,
        "scattered_share": footprint.of_stream(stream, scattered=True).table_share,
        "model": footprint.of_model(stream),
        "keys_and_values": found.keys_and_values,
    }


def _step(stream, chunk):
    one = slice(0, 1)  # one layer, one KV head with its query heads
    heads = chunk.q.shape[1] // chunk.k.shape[1]
    q, k, v = chunk.q[one, :heads], chunk.k[one, one], chunk.v[one, one]
    return stream.step(q, k, v, frame=chunk.frame, kind=chunk.kind)


def _same(one, other):
    pairs = [(np.asarray(getattr(one, n)), np.asarray(getattr(other, n))) for n in PARTS]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)
