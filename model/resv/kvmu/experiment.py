"""Selections of a stream through the KVMU: what it moves (figures of D67 and D68)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resv.kvmu.config import ContextConfig, KVConfig
from resv.kvmu.memory import KVMU
from resv.kvmu.parts import Part
from resv.step import Step


@dataclass(frozen=True, eq=False)
class RecordedChunk:
    """What one chunk asks of the KVMU in one context.

    Attributes
    ----------
    cluster_of : ndarray of int32 [T]
        -1 for a sink.
    selected : ndarray of int64 [any]
        Clusters, ascending.
    """

    cluster_of: NDArray[np.int32]
    selected: NDArray[np.int64]


def record(steps: Iterable[Step]) -> list[list[RecordedChunk]]:
    """The chunks of each context, layer by layer and KV head by KV head.

    Parameters
    ----------
    steps : iterable of Step
        Of one stream, from its beginning.
    """
    contexts: list[list[RecordedChunk]] = []
    for step in steps:
        heads = [step.head(n, h) for n in range(step.layers) for h in range(step.kv_heads)]
        contexts = contexts or [[] for _ in heads]
        for chunks, head in zip(contexts, heads, strict=True):
            chunks.append(RecordedChunk(head.clusters, head.selected_clusters))
    return contexts


def play(
    chunks: Iterable[RecordedChunk],
    config: KVConfig,
    context: ContextConfig,
    seen: Callable[[Part], None] | None = None,
) -> KVMU:
    """One context, number 0, alone, from empty to the end of its stream.

    Parameters
    ----------
    chunks : iterable of RecordedChunk
    config : KVConfig
    context : ContextConfig
    seen : callable or None
        Is told every part before it is released.

    Returns
    -------
    KVMU
        As it is then.
    """
    memory = KVMU(config)
    memory.context_init(0, context)
    for chunk in chunks:
        memory.grant(0, len(chunk.cluster_of))
        part = memory.fetch(0, chunk.selected.tolist())
        while part is not None:
            if seen is not None:
                seen(part)
            part = memory.release(0)
        memory.end(0, chunk.cluster_of.tolist())
    return memory


def pages_used(
    chunks: Sequence[RecordedChunk], config: KVConfig, context: ContextConfig
) -> list[list[int]]:
    """The far pages that each chunk uses, were nothing kept from chunk to chunk."""
    entries = sum(len(chunk.cluster_of) for chunk in chunks)
    most = max(1, entries // config.page_entries)
    requests: list[list[int]] = []
    roomy = replace(config, eviction="none", frames=most)
    play(
        chunks,
        roomy,
        replace(context, frames=most),
        lambda part: requests.append([page for page, _ in part.frames]),
    )
    return requests
