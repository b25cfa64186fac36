# amaranth: UnusedElaboratable=no
"""The literal reading of the paper's HCU computes the same assignments as the golden model."""

import random

import numpy as np
import pytest

import resv
from control.literal import Chunk, run
from dre.control.literal_hcu import LiteralHCU


def golden(chunks, hash_bits, tokens):
    """Assignments of each chunk by the golden model, the table growing."""
    table = resv.HCTable.empty(hash_bits)
    for chunk in chunks:
        words = np.array(
            [list(word.to_bytes(hash_bits // 8, "little")) for word in chunk.words], np.uint8
        ).reshape(-1, hash_bits // 8)
        rules = resv.ClusterRules(
            Th_hd=chunk.Th_hd, max_clusters=chunk.max_clusters, cluster_cap=None, max_chunk=tokens
        )
        found = resv.cluster_chunk(words, table, rules)
        yield list(
            zip(
                *(
                    getattr(found, name).astype(int).tolist()
                    for name in ("clusters", "founded", "full", "distances")
                ),
                strict=True,
            )
        )
        table.apply(words, found)


@pytest.mark.parametrize(("hash_bits", "width"), [(32, 16), (32, 8), (24, 6)])
def test_against_the_golden_model(hash_bits, width, seed):
    rng, clusters, tokens = random.Random(seed), 40, 12
    centres = [rng.getrandbits(hash_bits) for _ in range(30)]
    chunks = []
    for _ in range(14):
        words = []
        for _ in range(rng.randint(0, tokens)):
            flips = rng.sample(range(hash_bits), rng.randint(0, 8))
            words.append(rng.choice(centres) ^ sum(1 << bit for bit in flips))
        chunks.append(Chunk(words, rng.choice([0, 3, 7, hash_bits + 1]), rng.randint(20, clusters)))
    for _ in range(2):  # whatever came before, each of these tokens founds until 20 are full
        words = [rng.getrandbits(hash_bits) for _ in range(tokens)]
        chunks.append(Chunk(words, 0, 20))
    unit = LiteralHCU(hash_bits=hash_bits, width=width, clusters=clusters, tokens=tokens)
    results = run(unit, chunks)
    expected = list(golden(chunks, hash_bits, tokens))
    assert [result.tokens for result in results] == expected
    decided = [token for chunk in expected for token in chunk]
    assert any(founded for _, founded, _, _ in decided)
    assert any(full for _, _, full, _ in decided)


def test_cycles_and_table_reads(seed):
    """Every token reads the whole table, in two cycles a word, and a little beside."""
    rng = random.Random(seed)
    words = [rng.getrandbits(32) for _ in range(8)]
    unit = LiteralHCU(clusters=64, tokens=8)
    first, second = run(unit, [Chunk(words, 0, 64), Chunk(words, 33, 64)])
    assert (first.clusters, second.clusters) == (8, 8)
    assert second.reads == 8 * 8
    assert second.cycles == 8 * (2 * 8 + 3) + 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"width": 5}, ValueError, "width must divide hash_bits (32), not 5"),
        ({"clusters": 0}, ValueError, "clusters must be between 1 and 65535, not 0"),
        ({"tokens": 1.5}, TypeError, "tokens must be an int, not 1.5"),
    ],
)
def test_bad_parameters(given, error, message):
    with pytest.raises(error) as caught:
        LiteralHCU(**given)
    assert str(caught.value) == message
