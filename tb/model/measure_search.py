"""Hamming search of a frame's ten tokens: the fast path's own beside faiss, in turn."""

import time
from statistics import median

import faiss
import numpy as np

from resv import search

TOKENS = 10
HASH_BITS = 32
REPETITIONS = {1_024: 4_000, 32_768: 400}


def measure(seed):
    """Times in microseconds for each number of entries, and how many answers differ."""
    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(seed)
    return [_of_size(rng, entries, count) for entries, count in REPETITIONS.items()]


def _of_size(rng, entries, repetitions):
    words = rng.integers(0, 256, (entries, HASH_BITS // 8), np.uint8)
    tokens = rng.integers(0, 256, (TOKENS, HASH_BITS // 8), np.uint8)
    index = faiss.IndexBinaryFlat(HASH_BITS)
    index.add(words)
    table = search.as_numbers(words)

    def by_faiss():
        return index.search(tokens, 1)

    def by_us():
        return search.nearest(search.distances(search.as_numbers(tokens), table))

    times = {by_faiss: [], by_us: []}
    for _ in range(repetitions):  # in turn, so that what disturbs one disturbs the other
        for run, found in times.items():
            start = time.perf_counter()
            run()
            found.append(1e6 * (time.perf_counter() - start))
    distances, _ = by_faiss()
    ours, own = by_us()
    exact = np.bitwise_count(tokens[:, None] ^ words[None]).sum(axis=2)
    wrong = (own != distances[:, 0]) | (own != exact.min(axis=1)) | (ours != exact.argmin(axis=1))
    return {
        "entries": entries,
        "faiss": [min(times[by_faiss]), median(times[by_faiss])],
        "ours": [min(times[by_us]), median(times[by_us])],
        "different": int(wrong.sum()),
    }
