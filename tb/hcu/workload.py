"""Chunks for the HCU: random, but such that every rule of the specification gets work."""

import numpy as np

from engine import Job


def random_words(rng, count, hash_bits):
    """Independent hash words, uint8 [count, hash_bits / 8]."""
    data = rng.randbytes(count * hash_bits // 8)
    return np.frombuffer(data, np.uint8).reshape(count, hash_bits // 8).copy()


def flip(rng, word, bits):
    """A hash word at exactly ``bits`` bits of distance from ``word``."""
    flipped = np.unpackbits(word, bitorder="little")
    flipped[rng.sample(range(len(flipped)), bits)] ^= 1
    return np.packbits(flipped, bitorder="little")


def near_words(rng, count, hash_bits, centres, most):
    """Words up to ``most`` bits from one of the centres, or from an earlier word, or anywhere."""
    words = np.empty((count, hash_bits // 8), np.uint8)
    for n in range(count):
        choice = rng.random()
        if choice < 0.15 or not (len(centres) or n):
            words[n] = random_words(rng, 1, hash_bits)[0]
        elif n and (choice < 0.4 or not len(centres)):
            words[n] = flip(rng, words[rng.randrange(n)], rng.randint(0, most))
        else:
            words[n] = flip(rng, centres[rng.randrange(len(centres))], rng.randint(0, most))
    return words


def chunk_size(rng, build):
    """Sizes around the borders of groups and chunks as often as any other."""
    borders = [0, 1, build.lanes - 1, build.lanes, build.lanes + 1, build.max_chunk]
    size = rng.choice([*borders, rng.randint(0, build.max_chunk)])
    return max(0, min(size, build.max_chunk))


def random_job(rng, build, golden, contexts):
    """A chunk for one of the contexts, with any settings, near the clusters that are there."""
    context = rng.choice(contexts)
    Th_hd = rng.choice([0, 1, 7, build.hash_bits // 4, build.hash_bits + 1])
    centres = golden.tables[context].words
    words = near_words(
        rng, chunk_size(rng, build), build.hash_bits, centres, min(Th_hd + 2, build.hash_bits)
    )
    return Job(
        context,
        words,
        Th_hd=Th_hd,
        max_clusters=rng.choice([1, build.max_clusters, rng.randint(1, build.max_clusters)]),
        cluster_cap=rng.choice([None, None, 1, 2, rng.randint(1, 65_535)]),
    )
