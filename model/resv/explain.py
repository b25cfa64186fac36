"""Why a token was fetched for a chunk, or was not: the numbers behind one decision."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks, numerics, wicsum, wicsum_integer
from resv.algorithm import ReSV
from resv.config import Config
from resv.replay import for_trace
from resv.step import Step
from resv.stream import Stream
from resv.traces import Chunk, Trace

SINK, RECENT, FAR = "sink", "recent", "far"


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation:
    """What decided about one token, in one layer and KV head, for one chunk.

    Arrays are over the rows of the KV head, query head by query head, token by token (D2); of a
    sink or a recent token, which nobody decides about (D3, D4), they are empty.

    Attributes
    ----------
    token, chunk, layer, kv_head : int
    place : {"sink", "recent", "far"}
    cluster : int
        Its cluster; -1 of a sink.
    founder, distance : int
        Position of the cluster's founder, and the Hamming distance to its hash bits, in bits; -1 of
        a sink.
    forced : bool
        It joined because the table was full (D14).
    far_tokens, far_of_cluster, clusters : int
        Far tokens when the chunk began, those of the cluster, and clusters that have any.
    Th_r : float
    selected_by : ndarray of bool
        Rows that select the cluster (D20).
    rank : ndarray of int64
        How many clusters have a larger score, or the same and a lower index.
    before, share : ndarray of float64
        Parts of the row's mass: of those clusters together, and of this one. A row goes on while
        what is before does not exceed Th_r.
    own : ndarray of float64
        The token's part of the exact softmax over all far tokens, which ReSV never sees.
    """

    token: int
    chunk: int
    layer: int
    kv_head: int
    place: str
    cluster: int
    founder: int
    distance: int
    forced: bool
    far_tokens: int
    far_of_cluster: int
    clusters: int
    Th_r: float
    selected_by: NDArray[np.bool_]
    rank: NDArray[np.int64]
    before: NDArray[np.float64]
    share: NDArray[np.float64]
    own: NDArray[np.float64]

    @property
    def fetched(self) -> bool:
        """Whether the chunk selects it (D21)."""
        return bool(self.selected_by.any())

    def __str__(self) -> str:
        """In sentences."""
        whose = (
            f"Token {self.token}, chunk {self.chunk}, layer {self.layer}, KV head {self.kv_head}"
        )
        if self.place != FAR:
            return f"{whose}: a {self.place} token. It is attended to anyway; nothing is fetched."
        what = "fetched" if self.fetched else "not fetched"
        return "\n".join([f"{whose}: {what}.", *self._reasons()])

    def _reasons(self) -> Iterator[str]:
        joined = f"{self.distance} bits from its founder, token {self.founder}"
        if self.token == self.founder:
            joined = "which it founded"
        elif self.forced:
            joined += "; it was put there because the table was full"
        yield (
            f"It is in cluster {self.cluster} ({joined}), with {self.far_of_cluster} of "
            f"{self.far_tokens} far tokens."
        )
        rows = len(self.rank)
        if self.fetched:
            yield f"{int(self.selected_by.sum())} of {rows} rows select that cluster."
        else:
            yield f"None of {rows} rows selects that cluster."
        best = int(np.argmin(self.before))
        yield (
            f"The row nearest to it ({best}) has {int(self.rank[best])} of {self.clusters} "
            f"clusters before it, which hold {self.before[best]:.1%} of the row's mass; it goes on "
            f"while that is not above {self.Th_r:.1%}. The cluster itself holds "
            f"{self.share[best]:.1%}."
        )
        even = 1 / self.far_tokens
        yield (
            f"By exact scores the token alone has at most {self.own.max():.2%} of a row's weight "
            f"on far tokens, {self.own.mean():.2%} on average; if all were alike it would be "
            f"{even:.2%}."
        )


def explain(
    trace: Trace,
    chunk: int,
    token: int,
    *,
    layer: int = 0,
    kv_head: int = 0,
    config: Config | None = None,
) -> Explanation:
    """Replay a trace up to a chunk, and say what decided about a token before it.

    Parameters
    ----------
    trace : Trace
    chunk : int
        Number of the chunk, from 0, as ``Step.chunk``.
    token : int
        Position, before the chunk.
    layer, kv_head : int
    config : Config or None
        As in ``replay``.

    Raises
    ------
    TypeError, ValueError, ChunkRefused
        If there is no such chunk, token, layer or head, or as ``Stream.step``.
    """
    layers, kv_heads = trace.k.shape[:2]
    checks.integer("layer", layer, 0, layers - 1)
    checks.integer("kv_head", kv_head, 0, kv_heads - 1)
    config = for_trace(config, trace)
    chunks = list(trace.chunks(config.max_chunk))
    checks.integer("chunk", chunk, 0, len(chunks) - 1)
    first = sum(one.q.shape[2] for one in chunks[:chunk])
    if not first:
        raise ValueError("chunk must have tokens before it, not be the first one")
    checks.integer("token", token, 0, first - 1)
    state = ReSV(config, engine="fast").start()
    joined, of = None, (layer, kv_head)
    for one in chunks[:chunk]:
        step = _step(state, one)
        if step.first <= token < step.first + step.tokens:
            joined = step.head(*of), token - step.first
    return _explained(state, chunks[chunk], of, token, joined)


def _step(state: Stream, chunk: Chunk) -> Step:
    return state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)


def _explained(state, chunk, of, token, joined):
    """What is known when the chunk begins, and what its rows make of it."""
    config, first, table = state.config, state.tokens, state.table(*of)
    cluster = int(table.cluster_of[token])
    head, at = joined
    place = FAR
    if cluster < 0:
        place = SINK
    elif token >= first - config.recent_tokens:
        place = RECENT
    means, keys = table.mean_keys(), state.keys[of][config.sink_tokens : first]
    step = _step(state, chunk)
    decided = step.head(*of)
    rows = _rows(chunk, of) if place == FAR else chunk.q[:0, 0, 0]
    far = keys[: decided.far_tokens]
    return Explanation(
        token=token,
        chunk=step.chunk,
        layer=of[0],
        kv_head=of[1],
        place=place,
        cluster=cluster,
        founder=-1 if place == SINK else int(np.argmax(table.cluster_of == cluster)),
        distance=int(head.distances[at]),
        forced=bool(head.full[at]),
        far_tokens=decided.far_tokens,
        far_of_cluster=int(decided.token_count[cluster]) if place == FAR else 0,
        clusters=int(np.count_nonzero(decided.token_count)),
        Th_r=config.Th_r,
        **_numbers(config, rows, means, far, decided.token_count, cluster, token),
    )


def _rows(chunk, of):
    """Queries of a KV head: bfloat16 [rows, d]."""
    layer, kv_head = of
    group = chunk.q.shape[1] // chunk.k.shape[1]
    return chunk.q[layer, kv_head * group : (kv_head + 1) * group].reshape(-1, chunk.q.shape[3])


def _numbers(config, rows, means, far, token_count, cluster, token):
    """Arrays of an `Explanation`."""
    scale = config.scale_for(rows.shape[-1])
    found = {name: [] for name in ("selected_by", "rank", "before", "share", "own")}
    module = wicsum if config.wicsum == "float64" else wicsum_integer
    scores = wicsum.scores(rows, means) if len(rows) else rows[:, :0]
    by_row, _ = module.select(scores, token_count, config.TH, scale) if len(rows) else ((), ())
    counted = np.flatnonzero(token_count)
    for row, query, selected in zip(scores.astype(np.float64), rows, by_row, strict=True):
        order = counted[np.argsort(-row[counted], kind="stable")]
        mass = numerics.exp(scale * (row[order] - row[order[0]])) * token_count[order]
        rank, total = int(np.flatnonzero(order == cluster)[0]), np.cumsum(mass)[-1]
        logits = scale * (far.astype(np.float64) @ query.astype(np.float64))
        weights = np.exp(logits - logits.max())
        found["selected_by"].append(bool(selected[cluster]))
        found["rank"].append(rank)
        found["before"].append(mass[:rank].sum() / total)
        found["share"].append(mass[rank] / total)
        found["own"].append((weights / weights.sum())[token - config.sink_tokens])
    kinds = {"selected_by": np.bool_, "rank": np.int64}
    return {name: np.array(values, kinds.get(name, float)) for name, values in found.items()}
