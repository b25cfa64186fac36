"""An engine that lets something else decide: hardware, or a simulation of it.

``ReSV(config, engine=resv.External(device))`` gives the device each chunk's hash words and scores,
as an accelerator would get them, and takes clusters, selection and delivered tokens from it. The
same experiment then runs on the golden model or on the device, and its steps can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import fast_wicsum, wicsum_integer
from resv.clustering import Assignments
from resv.config import Config
from resv.fast_table import FastTable
from resv.hashing import hash_bits
from resv.step import HeadStep


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadWork:
    """One chunk of one layer and KV head, as a device gets it.

    Attributes
    ----------
    context : int
        layer * KV heads + KV head.
    tokens : int
        All of them; the first ones may be sinks.
    words : ndarray of uint8 [clustered tokens, hash_bits / 8]
    scores : ndarray of bfloat16 [rows, clusters]
    entries : ndarray of uint8 [tokens, 4 * d]
        A key and a value of BF16 numbers each.
    """

    context: int
    tokens: int
    words: NDArray[np.uint8]
    scores: NDArray[bfloat16]
    entries: NDArray[np.uint8]

    @property
    def clusters(self) -> int:
        """Known when the chunk begins."""
        return self.scores.shape[1]


class Device(Protocol):
    """What can take chunks. Its errors go through as they are; a stream ends with the first one."""

    def open(self, contexts: int, **settings: Any) -> None:
        """Forget everything and begin so many contexts.

        ``settings``: Th_hd, TH, all, K and k (D16, D20, D40), cluster_cap and max_clusters (None:
        the device's own), sink_tokens, recent_tokens, max_chunk.
        """

    def chunks(self, works: list[HeadWork]) -> Sequence[Any]:
        """Take a chunk of each context.

        Each result has ``clusters``, ``founded``, ``full`` and ``distances`` of the clustered
        tokens, ``selected_clusters``, ascending, and ``delivered``: positions of selected tokens.
        """


class External:
    """An engine for ``ReSV``: see the module.

    Parameters
    ----------
    device : Device
        Serves one stream at a time: the first chunk of a stream opens it anew.
    """

    resumes = False  # a device remembers nothing of a stream that was saved

    def __init__(self, device: Device) -> None:
        self._device = device

    def tables(self, config: Config, layers: int, kv_heads: int, d: int) -> list[list[FastTable]]:
        """Empty tables, which scores are computed from, and the device's contexts.

        Raises
        ------
        ValueError
            If the configuration is not one that hardware follows.
        """
        if config.wicsum != "integer":
            raise ValueError(f"wicsum must be 'integer' for a device, not {config.wicsum!r}")
        K, k = wicsum_integer.kappa(config.scale_for(d))
        self._device.open(
            layers * kv_heads,
            Th_hd=config.Th_hd,
            TH=0 if config.TH is None else config.TH,
            all=config.TH is None,
            K=K,
            k=k,
            max_clusters=config.max_clusters,
            cluster_cap=config.cluster_cap,
            sink_tokens=config.sink_tokens,
            recent_tokens=config.recent_tokens,
            max_chunk=config.max_chunk,
        )
        return [[FastTable(config, d) for _ in range(kv_heads)] for _ in range(layers)]

    def heads(
        self,
        config: Config,
        first: int,
        tables: list[list[FastTable]],
        q: NDArray[bfloat16],
        k: NDArray[bfloat16],
        v: NDArray[bfloat16],
        planes: NDArray[bfloat16],
    ) -> tuple[HeadStep, ...]:
        """As ``resv.engines.Engine.heads``."""
        layers, kv_heads, tokens, d = k.shape
        sinks = min(max(config.sink_tokens - first, 0), tokens)
        rows = q.reshape(layers, kv_heads, -1, d)
        entries = np.concatenate([k, v], axis=3).view(np.uint8)
        places = list(np.ndindex(layers, kv_heads))
        works = [
            HeadWork(
                context=context,
                tokens=tokens,
                words=hash_bits(k[at][sinks:], planes),
                scores=_scores(rows[at], tables[at[0]][at[1]]),
                entries=entries[at],
            )
            for context, at in enumerate(places)
        ]
        return tuple(
            _head(config, first, at, tables[at[0]][at[1]], sinks, work, done)
            for at, work, done in zip(places, works, self._device.chunks(works), strict=True)
        )


def _scores(rows, table):
    return fast_wicsum.scores(rows, table.means, table.norms)


def _head(config, first, at, table, sinks, work, done):
    """What a device has decided, as a step."""
    sink_positions = np.arange(min(config.sink_tokens, first))
    recent = np.arange(max(first - config.recent_tokens, 0), first)
    selected_tokens = np.sort(done.delivered)
    return HeadStep(
        layer=at[0],
        kv_head=at[1],
        sinks=sinks,
        words=work.words,
        assignments=Assignments(
            clusters=done.clusters.astype(np.int32),
            founded=done.founded,
            full=done.full,
            distances=done.distances.astype(np.uint8),
        ),
        token_count=table.token_count(first),
        selected_clusters=done.selected_clusters,
        selected_tokens=selected_tokens,
        attended=np.unique(np.concatenate([sink_positions, recent, selected_tokens])),
    )
