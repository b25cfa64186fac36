"""Bytes that selections bring over the link, with pages of 4 KB and residency (D136)."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from resv.kvmu import KVMU, ContextConfig, KVConfig
from resv.kvmu.config import PAGE_BYTES
from resv.laboratory.settings import Settings
from resv.policies import Policy

Selected = tuple[int, int, NDArray[np.integer] | None]
"""First position of a chunk, its tokens, and the positions it selects (None: nothing)."""


def layout(
    policy: Policy, labels: NDArray[np.int64], tokens: int, sinks: int, page_entries: int
) -> NDArray[np.int64]:
    """The cluster of each position, as the KVMU lays out far memory: int64 [tokens], -1 for sinks.

    By time a cluster is a page of neighbours. Clusters are numbered as they first come (D60).
    Positions behind ``labels``, which are never far, have one of their own.
    """
    position = np.arange(tokens)
    if policy.layout == "time":
        clusters = (position - sinks) // page_entries
    else:
        clusters = np.full(tokens, labels.max(initial=0) + 1)
        clusters[: len(labels)] = labels
    _, first, number = np.unique(clusters[sinks:], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.concatenate([np.full(min(sinks, tokens), -1), rank[number]])


def bytes_read(
    chunks: Iterable[Selected], clusters: NDArray[np.int64], d: int, settings: Settings
) -> list[int]:
    """Bytes of far memory that each chunk reads, in one layer and KV head, from empty.

    Parameters
    ----------
    chunks : iterable of Selected
        All of a stream, in order.
    clusters : ndarray of int64 [tokens]
        As `layout` gives.
    d : int
        Head size.
    settings : Settings
        ``held_back``, ``area_pages``, and the sizes of ``config``.

    Raises
    ------
    ValueError
        If 4 d does not divide a page, or what is held back is less than a page.
    """
    chunks = list(chunks)
    tokens, config = len(clusters), settings.config
    context = ContextConfig(
        sink_tokens=config.sink_tokens,
        recent_tokens=config.recent_tokens,
        max_chunk=max(size for _, size, _ in chunks),
        held_back=settings.held_back,
        frames=settings.area_pages,
    )
    memory = KVMU(
        KVConfig(
            d=d,
            near_slots=context.capacity + config.sink_tokens,
            frames=settings.area_pages,
            far_pages=tokens,
            extents=tokens,
        )
    )
    memory.context_init(0, context)
    found, before = [], 0
    for first, size, selected in chunks:
        memory.grant(0, size)
        wanted = [] if selected is None else np.unique(clusters[selected]).tolist()
        part = memory.fetch(0, wanted)
        while part is not None:
            part = memory.release(0)
        memory.end(0, clusters[first : first + size].tolist())
        read = memory.counters(0).pages_read
        found.append((read - before) * PAGE_BYTES)
        before = read
    return found
