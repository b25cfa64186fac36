"""What the HCU must answer to a stream of chunks, and where its answers first differ."""

from dataclasses import dataclass

import numpy as np

import resv
from dre.layouts import ChunkStatus

FIELDS = {"cluster": "clusters", "founded": "founded", "full": "full", "distance": "distances"}


@dataclass(frozen=True, eq=False)
class Expected:
    """The golden model's word on one chunk; ``assignments`` is None if it is refused (D14)."""

    status: ChunkStatus
    before: int
    after: int
    assignments: resv.Assignments | None


class Expectations:
    """Golden answers of a stream, chunk by chunk, and the tables that they lead to.

    Parameters
    ----------
    build : dre.HCUConfig
    tables : dict of int to (words, members), or None
        Tables that are there at the start, by context.
    """

    def __init__(self, build, tables=None):
        self._build = build
        self.tables = {n: resv.HCTable(*table) for n, table in (tables or {}).items()}

    def expect(self, chunk):
        """The golden answer to the next chunk; its context's table is then the one after it."""
        table = self.tables.setdefault(chunk.context, resv.HCTable.empty(self._build.hash_bits))
        rules = resv.ClusterRules(
            Th_hd=chunk.Th_hd,
            max_clusters=chunk.max_clusters,
            cluster_cap=chunk.cluster_cap,
            max_chunk=self._build.max_chunk,
        )
        before = len(table)
        try:
            assignments = resv.cluster_chunk(chunk.words, table, rules)
        except resv.ChunkRefused:
            return Expected(ChunkStatus.REFUSED, before, before, None)
        table.apply(chunk.words, assignments)
        return Expected(ChunkStatus.OK, before, len(table), assignments)


def difference(chunk, number, expected, answer):
    """What is wrong with an answer, in words; None if nothing is.

    ``answer`` is a `replay_hcu.Answer`, or None if the chunk was never answered.
    """
    if answer is None:
        return "no answer"
    header = (chunk.context, number, expected.before, len(chunk.words))
    for name, seen, golden in (
        ("number", answer.number, number),
        ("clusters as offered", answer.clusters_before, expected.before),
        ("header (context, chunk, clusters, tokens)", answer.header, header),
        ("status", answer.status.name, expected.status.name),
        ("clusters at the end", answer.clusters, expected.after),
    ):
        if seen != golden:
            return f"{name} is {seen}, not {golden}"
    if expected.assignments is None:
        return None
    for n in np.flatnonzero(wrong_tokens(chunk, expected, answer))[:1]:
        if n >= len(answer.tokens):
            return f"only {len(answer.tokens)} tokens, not {len(chunk.words)}"
        seen = {field: int(answer.tokens[n][field]) for field in FIELDS}
        golden = {f: int(getattr(expected.assignments, name)[n]) for f, name in FIELDS.items()}
        if seen == golden:
            return f"token {n}: word {answer.tokens[n]['word'].tobytes().hex()} is not its own"
        return f"token {n}: {seen}, not {golden}"
    return None


def wrong_tokens(chunk, expected, answer):
    """Whether the decision on each token is wrong or missing: bool [T]."""
    wrong = np.ones(len(chunk.words), bool)
    if answer is None or expected.assignments is None or answer.status != expected.status:
        return wrong & (expected.assignments is not None)
    tokens = answer.tokens[: len(wrong)]
    differs = (tokens["word"] != chunk.words[: len(tokens)]).any(axis=1)
    for field, name in FIELDS.items():
        differs |= tokens[field] != getattr(expected.assignments, name)[: len(tokens)]
    wrong[: len(tokens)] = differs
    return wrong
