"""A trace as the work of a DRE: what an engine gives it, and what must come of it.

Everything is computed by `resv` and by the golden models of the units; nothing by the device.
"""

from dataclasses import dataclass, field

import numpy as np

from dre.layouts import ChunkStatus
from resv import ReSV, attention, wicsum, wicsum_integer
from resv.numerics import BF16
from wtu.chunks import Job
from wtu.golden import golden_rows

LATER = 7
"""Tokens by which the keys and values of a copy come later, so that its clusters are others."""


@dataclass
class Work:
    """One chunk of one context.

    Attributes
    ----------
    context, number, first, tokens : int
        ``number`` of all chunks; positions from ``first`` on.
    words : ndarray of uint8
        Hash words of what is not a sink.
    assignments : resv.clustering.Assignments
    job : wtu.chunks.Job
        Rows, token counts, thresholds.
    rows : list
        As `wtu.golden.golden_rows` gives them.
    order : list of int
        Clusters in the order in which the rows select them.
    selected : ndarray
        The same by ReSV, ascending.
    k, v : ndarray of bfloat16 [tokens, d]
    q : ndarray of bfloat16 [query heads, tokens, d]
    attended : ndarray
        Positions before the chunk.
    known : int
        Clusters at its beginning.
    entry_bytes : int
        Of a token in memory: its key, its value, and zeros if there is more room.
    """

    context: int
    number: int
    first: int
    tokens: int
    words: np.ndarray
    assignments: object
    job: Job
    rows: list
    order: list
    selected: np.ndarray
    k: np.ndarray
    v: np.ndarray
    q: np.ndarray
    attended: np.ndarray
    known: int
    entry_bytes: int
    seen: dict = field(default_factory=dict)

    @property
    def named(self):
        """Whose commands."""
        return {"context": self.context, "chunk": self.number}

    @property
    def clusters(self):
        """The cluster of each token that is not a sink."""
        return [int(cluster) for cluster in self.assignments.clusters]

    @property
    def entries(self):
        """Keys and values of each token, as bytes."""
        pairs = zip(self.k, self.v, strict=True)
        return [
            (key.tobytes() + value.tobytes()).ljust(self.entry_bytes, b"\0") for key, value in pairs
        ]

    @property
    def expected_tokens(self):
        """Beats of ``assignments`` between header and trailer."""
        found = self.assignments
        return [
            {
                "cluster": int(found.clusters[n]),
                "founded": int(found.founded[n]),
                "full": int(found.full[n]),
                "distance": int(found.distances[n]),
                "word": int.from_bytes(word.tobytes(), "little"),
            }
            for n, word in enumerate(self.words)
        ]

    @property
    def trailer(self):
        """The last beat of ``assignments``."""
        clusters = self.known + int(np.sum(self.assignments.founded))
        return {"clusters": clusters, "status": ChunkStatus.OK.value}


def of_trace(trace, config, build, contexts, most_chunks=None):
    """Yield lists of `Work`, one of each context, chunk by chunk.

    Contexts are layers × KV heads, and then over again with keys and values that come later.
    """
    layers, heads, *_ = trace.k.shape
    copies = -(-contexts // (layers * heads))
    streams = [ReSV(config, engine="fast").start() for _ in range(copies)]
    kept = [
        [np.roll(part, LATER * n, axis=2) for part in (trace.k, trace.v)] for n in range(copies)
    ]
    number, first = 0, 0
    for chunk in trace.chunks(config.max_chunk):
        if most_chunks is not None and chunk.index >= most_chunks:
            return
        tokens = chunk.q.shape[2]
        works = []
        for stream, (k, v) in zip(streams, kept, strict=True):
            part = slice(first, first + tokens)
            works += _works(stream, chunk, k[:, :, part], v[:, :, part], config, build)
        works = works[:contexts]
        for context, work in enumerate(works):
            work.context = work.job.context = context
            work.number, work.first = (number + context) % 2**16, first
        yield works
        number, first = number + contexts, first + tokens


def _works(stream, chunk, k, v, config, build):
    """A step of one stream: a work of each layer and KV head."""
    layers, heads, _, d = k.shape
    K, shift = wicsum_integer.kappa(config.scale_for(d))
    queries = chunk.q.reshape(layers * heads, -1, *chunk.q.shape[2:])
    keys, values = (part.reshape(layers * heads, -1, d) for part in (k, v))
    tables = [divmod(own, heads) for own in range(layers * heads)]
    means = [
        stream.table(*at).mean_keys() if stream.chunks else np.zeros((0, d), BF16) for at in tables
    ]
    step = stream.step(chunk.q, k, v, frame=chunk.frame, kind=chunk.kind)
    for own, head in enumerate(step.heads):
        scores = wicsum.scores(queries[own].reshape(-1, d), means[own]).view(np.uint16)
        job = Job(own, scores, head.token_count, TH=config.TH, K=K, k=shift)
        rows = golden_rows(build.wtu, job)
        order = dict.fromkeys(int(c) for row in rows for c in np.flatnonzero(row.selected))
        yield Work(
            context=own,
            number=0,
            first=0,
            tokens=keys.shape[1],
            words=head.words,
            assignments=head.assignments,
            job=job,
            rows=rows,
            order=list(order),
            selected=head.selected_clusters,
            k=keys[own],
            v=values[own],
            q=queries[own],
            attended=head.attended,
            known=head.clusters_before,
            entry_bytes=build.entry_bytes,
        )


def attend(work, scale, load):
    """Light attention of a chunk over what memory holds: ``load(token)`` gives an entry's bytes."""
    d, last = work.k.shape[1], work.first + work.tokens
    k, v = np.zeros((2, 1, last, d), BF16)
    for token in [*work.attended.tolist(), *range(work.first, last)]:
        entry = np.frombuffer(load(token), BF16)
        k[0, token], v[0, token] = entry[:d], entry[d : 2 * d]
    return attention.light_attention(work.q, k, v, scale, [work.attended])
