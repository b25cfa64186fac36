"""What a board must answer to chunks, by the golden model, and where it does not."""

from dataclasses import asdict, dataclass, replace

import numpy as np

import resv
from hcu.replay_hcu import Answer, Chunk
from hcu.stream_hcu import of_trace

TOKEN = {"cluster": "<u4", "founded": "u1", "full": "u1", "distance": "<u2"}


@dataclass
class Totals:
    """What the counters of the HCU must have counted; the others stay 0."""

    chunks: int = 0
    tokens: int = 0
    founded: int = 0
    full: int = 0

    def add(self, assignments):
        """A chunk that ended OK."""
        self.chunks += 1
        self.tokens += len(assignments)
        self.founded += int(assignments.founded.sum())
        self.full += int(assignments.full.sum())

    def difference(self, counted):
        """What is wrong with counters, in words; None if nothing is."""
        for name, count in counted.items():
            wanted = asdict(self).get(name, 0)
            if count != wanted:
                return f"counter {name} is {count}, not {wanted}"
        return None


def of_excerpt(build):
    """The chunks of the committed excerpt."""
    trace = resv.load_trace(resv.excerpt_path())
    config = replace(
        resv.Config.paper(scale=trace.scale),
        max_clusters=build.max_clusters,
        max_chunk=build.max_chunk,
    )
    chunks, _ = of_trace(trace, config)
    return chunks


def filling(build, seed):
    """Made-up chunks of the largest size that fill the table, and some more."""
    rng, size = np.random.default_rng(seed), build.max_chunk
    count = build.max_clusters // size + 3
    words = rng.integers(0, 256, (count, size, build.hash_bits // 8), np.uint8)
    words[:, -1] = words[:, 0]  # one in each joins what the chunk itself has founded
    return [Chunk(0, one, 3, build.max_clusters) for one in words]


def answer(number, before, said, hash_bits):
    """A `dre.host.hcu.Chunk` as `hcu.expect_hcu.difference` takes it."""
    width = hash_bits // 8
    tokens = np.zeros(len(said.tokens), [*TOKEN.items(), ("word", "u1", (width,))])
    for place, token in enumerate(said.tokens):
        for name in TOKEN:
            tokens[name][place] = token[name]
        tokens["word"][place] = np.frombuffer(token["word"].to_bytes(width, "little"), np.uint8)
    return Answer(
        number=number,
        clusters_before=before,
        header=tuple(said.header[name] for name in ("context", "chunk", "clusters", "tokens")),
        clusters=said.trailer["clusters"],
        status=said.trailer["status"],
        **dict.fromkeys(("header_sent", "loaded", "ended"), 0),
        tokens=tokens,
    )
