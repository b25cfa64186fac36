"""A small DRE for benches."""

SMALL = {
    "hash_lanes": 4,
    "lanes": 4,
    "contexts": 2,
    "max_clusters": 256,
    "on_chip_clusters": 256,
    "near_slots": 1_024,
    "frames": 32,
    "far_pages": 256,
    "extents": 512,
    "max_tokens": 4_096,
    "max_chunk": 64,
    "cache_words": 64,
}
"""Room for the excerpt, and little more: far memory is used, the cache misses."""

READING = SMALL | {"on_chip_clusters": 16, "scores_from": "near"}
"""Scores lie in near memory, and most rows are read twice."""
