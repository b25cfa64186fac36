"""Long streams of chunks for the HCU: of a trace, or made up, without the rest of ReSV."""

from dataclasses import dataclass

import numpy as np

import resv
from hcu.replay_hcu import Chunk

SAME_HOME, FRESH = 0.7, 0.035  # chances of a token of `wander`


@dataclass(frozen=True)
class Place:
    """Where a chunk of a stream comes from: the trace's chunk, its kind, the context."""

    chunk: int
    kind: resv.Kind
    context: int


def of_trace(trace, config):
    """Every chunk of every layer and KV head, in the order in which ReSV clusters them.

    Only the keys are used: clustering needs neither queries nor attention.

    Parameters
    ----------
    trace : resv.Trace
    config : resv.Config

    Returns
    -------
    list of Chunk, list of Place
    """
    layers, heads, _, d = trace.k.shape
    planes = resv.hyperplanes(config.hash_bits, d)
    words = [resv.hash_bits(trace.k[n // heads, n % heads], planes) for n in range(layers * heads)]
    limits = (config.Th_hd, config.max_clusters, config.cluster_cap)
    chunks, places = [], []
    for chunk in trace.chunks(config.max_chunk):
        hashed = slice(max(chunk.start, min(config.sink_tokens, chunk.stop)), chunk.stop)  # D3
        for context, own in enumerate(words):
            chunks.append(Chunk(context, own[hashed], *limits))
            places.append(Place(chunk.index, chunk.kind, context))
    return chunks, places


def wander(rng, config, *, frames=4_000, tokens=10, context=0):
    """A made-up stream of one context: words near homes that recur, now and then a new home.

    40,000 tokens give about 1,500 clusters at 32 bits and Th_hd 7.

    Parameters
    ----------
    rng : numpy.random.Generator
    config : resv.Config
    frames, tokens : int
        Chunks, and tokens in each.
    context : int

    Returns
    -------
    list of Chunk, list of Place
    """
    width = config.hash_bits // 8
    homes = rng.integers(0, 256, (frames * tokens, width), np.uint8)
    known, at = tokens, np.arange(tokens)  # homes in use, and the home of each place in the frame
    limits = (config.Th_hd, config.max_clusters, config.cluster_cap)
    chunks = []
    for _ in range(frames):
        kind = rng.random(tokens)
        at = np.where(kind < SAME_HOME, at, rng.integers(0, known, tokens))
        for place in np.flatnonzero(kind > 1 - FRESH):
            at[place], known = known, known + 1
        flips = rng.random((tokens, config.hash_bits)) < 0.05
        words = homes[at] ^ np.packbits(flips, axis=1, bitorder="little")
        chunks.append(Chunk(context, words, *limits))
    return chunks, [Place(n, resv.Kind.FRAME, context) for n in range(frames)]
