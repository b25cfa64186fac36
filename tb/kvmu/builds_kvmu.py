"""Sizes of the KVMU and its mover for benches and tools."""

SMALLEST = {
    **{"contexts": 1, "near_slots": 10, "frames": 1, "far_pages": 3, "entry_bytes": 2048},
    **{"max_clusters": 3, "max_tokens": 40, "max_chunk": 2, "window": 1, "most_pages": 1},
    **{"hash_bits": 16, "lanes": 1, "retries": 0, "data_bits": 512, "address_bits": 20},
    **{"outstanding": 1, "burst_bytes": 1024, "jobs": 2, "timeout": 600},
}
ODD = {
    **{"contexts": 5, "near_slots": 150, "frames": 13, "far_pages": 66, "entry_bytes": 512},
    **{"max_clusters": 21, "max_tokens": 900, "max_chunk": 11, "window": 3, "most_pages": 2},
    **{"hash_bits": 24, "lanes": 5, "retries": 2, "data_bits": 512, "address_bits": 33},
    **{"outstanding": 5, "burst_bytes": 512, "jobs": 4, "timeout": 800, "extents": 96},
}
NEAR = {
    **{"contexts": 3, "near_slots": 80, "frames": 8, "far_pages": 16, "entry_bytes": 1024},
    **{"max_clusters": 12, "max_tokens": 200, "max_chunk": 8, "window": 4, "most_pages": 3},
    **{"hash_bits": 16, "lanes": 4, "retries": 1, "data_bits": 512, "address_bits": 40},
    **{"outstanding": 4, "burst_bytes": 4096, "jobs": 8, "timeout": 2000, "extents": 32},
    **{"store": "near", "kept_words": 20, "cache_words": 64},
}

MOVER_ONE = {"outstanding": 1, "burst_bytes": 16, "jobs": 2, "job_bytes": 256, "timeout": 800}
MOVER_ODD = {
    **{"data_bits": 64, "address_bits": 33, "outstanding": 5, "burst_bytes": 64},
    **{"jobs": 8, "job_bytes": 4096, "timeout": 1000},
}
MOVER_WIDE = {
    **{"data_bits": 512, "address_bits": 64, "outstanding": 8, "burst_bytes": 512},
    **{"jobs": 4, "job_bytes": 8192, "timeout": 1000},
}
