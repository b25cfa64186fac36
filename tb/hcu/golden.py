"""What the HCU must answer: the golden model, fed with the words that the hardware was given."""

from collections import defaultdict

import numpy as np

import resv
from dre.layouts import ChunkStatus


class Golden:
    """Keeps the golden tables of all contexts and judges answers in their order.

    Parameters
    ----------
    build : dre.HCUConfig
        Parameters of the hardware under test.
    """

    def __init__(self, build):
        self._build = build
        self.tables = defaultdict(lambda: resv.HCTable.empty(build.hash_bits))

    def preload(self, context, words, members):
        """Begin a context with a table from elsewhere."""
        self.tables[context] = resv.HCTable(words, members)

    def judge(self, answer, status=None):
        """Assert that an answer is right; ``status`` names a fault that the bench has caused.

        Returns the golden assignments, or None if the chunk failed as it should.
        """
        job, table = answer.job, self.tables[answer.job.context]
        before = len(table)
        rules = None
        if status is None:
            rules = resv.ClusterRules(
                Th_hd=job.Th_hd,
                max_clusters=job.max_clusters,
                cluster_cap=job.cluster_cap,
                max_chunk=self._build.max_chunk,
            )
            try:
                expected = resv.cluster_chunk(job.words, table, rules)
                status = ChunkStatus.OK
            except resv.ChunkRefused:
                status = ChunkStatus.REFUSED
        assert answer.status == status, f"chunk {answer.number}: {answer.status}, not {status}"
        assert answer.header["context"] == job.context
        assert answer.header["chunk"] == answer.number
        assert answer.header["clusters"] == answer.clusters_before
        if status == ChunkStatus.BAD_CONFIG:
            assert not answer.tokens, "a chunk of a bad configuration is header and trailer (D31)"
        if status != ChunkStatus.OK:
            assert answer.clusters == answer.clusters_before
            return None
        assert before == answer.clusters_before, "the engine's table is not the golden one"
        assert answer.header["tokens"] == len(job.words)
        self._compare(answer, expected)
        table.apply(job.words, expected)
        assert answer.clusters == len(table)
        return expected

    def _compare(self, answer, expected):
        """Every field of every token, bit for bit."""
        assert len(answer.tokens) == len(expected), f"chunk {answer.number}: tokens missing"
        for n, token in enumerate(answer.tokens):
            golden = {
                "cluster": int(expected.clusters[n]),
                "founded": int(expected.founded[n]),
                "full": int(expected.full[n]),
                "distance": int(expected.distances[n]),
                "word": int.from_bytes(answer.job.words[n].tobytes(), "little"),
            }
            assert token == golden, f"chunk {answer.number}, token {n}: {token}, not {golden}"

    def compare_tables(self, tables):
        """The tables in near memory are the golden ones."""
        for context, golden in self.tables.items():
            words = [int.from_bytes(word.tobytes(), "little") for word in golden.words]
            assert tables[context].words == words, f"context {context}: hash words differ"
            assert tables[context].members == golden.members.tolist(), (
                f"context {context}: members differ"
            )


def preload(engine, golden, context, words, members):
    """The same table for hardware and golden model."""
    golden.preload(context, words, np.asarray(members, np.int64))
    engine.tables[context].words[:] = [int.from_bytes(word.tobytes(), "little") for word in words]
    engine.tables[context].members[:] = [int(count) for count in members]
