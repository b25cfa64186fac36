"""What the pictures need of a trace: its heads, clustered by the golden model chunk by chunk."""

from dataclasses import dataclass

import numpy as np

import resv


@dataclass(frozen=True)
class Clustered:
    """One layer and KV head after the whole trace.

    Attributes
    ----------
    layer, kv_head : int
    tokens, clusters : ndarray of int [chunks]
        Tokens clustered, and clusters, after each chunk that has tokens.
    members : ndarray of int32 [C]
        Of each cluster, at the end.
    full : ndarray of bool [tokens]
        Whether each token joined because the table was full (spec D14).
    distances : ndarray of int [tokens]
        Hamming distance to the cluster it joined; 0 for a founder.
    """

    layer: int
    kv_head: int
    tokens: np.ndarray
    clusters: np.ndarray
    members: np.ndarray
    full: np.ndarray
    distances: np.ndarray

    @property
    def name(self):
        """For legends."""
        return f"layer {self.layer}, KV head {self.kv_head}"


def heads(trace):
    """Every (layer, KV head) of a trace, in order."""
    layers, kv_heads = trace.k.shape[:2]
    return [(layer, head) for layer in range(layers) for head in range(kv_heads)]


def cluster(trace, layer, kv_head, config, say=None):
    """Run one head of a trace through the golden clustering; ``say`` is called once a chunk."""
    planes = resv.hyperplanes(config.hash_bits, trace.k.shape[3])
    table = resv.HCTable.empty(config.hash_bits)
    tokens, clusters, full, distances = [], [], [], []
    for chunk in trace.chunks(config.max_chunk):
        if say:
            say()
        keys = chunk.k[layer, kv_head, max(0, config.sink_tokens - chunk.start) :]
        if not len(keys):
            continue
        words = resv.hash_bits(keys, planes)
        assignments = resv.cluster_chunk(words, table, config.rules)
        table.apply(words, assignments)
        tokens.append(len(keys))
        clusters.append(len(table))
        full.append(assignments.full)
        distances.append(assignments.distances)
    return Clustered(
        layer,
        kv_head,
        np.cumsum(tokens),
        np.array(clusters),
        table.members,
        np.concatenate(full),
        np.concatenate(distances).astype(int),
    )
