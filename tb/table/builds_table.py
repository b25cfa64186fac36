"""Builds of the table unit that its tests share."""

ONE = {
    "contexts": 1,
    "max_clusters": 1,
    "hash_bits": 16,
    "hash_lanes": 1,
    "max_chunk": 1,
    "lanes": 1,
    "max_rows": 1,
    "address_bits": 24,
    "burst_bytes": 128,
    "fetch_bytes": 256,
    "updates": 2,
    "timeout": 128,
}
"""As little of everything as there may be."""

ODD = {
    "contexts": 5,
    "max_clusters": 75,
    "hash_bits": 56,
    "hash_lanes": 3,
    "max_chunk": 11,
    "lanes": 4,
    "max_rows": 40,
    "address_bits": 33,
    "burst_bytes": 256,
    "fetch_bytes": 1024,
    "updates": 4,
    "timeout": 200,
}
"""Entries of two beats."""

WIDE = {
    "contexts": 32,
    "max_clusters": 600,
    "hash_bits": 32,
    "hash_lanes": 10,
    "max_chunk": 32,
    "lanes": 64,
    "data_bits": 512,
    "burst_bytes": 1024,
    "fetch_bytes": 4096,
    "updates": 8,
    "timeout": 300,
}
"""Eight entries a beat; two beats a beat of counts."""

LONG = {
    "contexts": 3,
    "max_clusters": 40,
    "hash_bits": 128,
    "hash_lanes": 4,
    "max_chunk": 16,
    "lanes": 64,
    "data_bits": 64,
    "address_bits": 64,
    "burst_bytes": 128,
    "fetch_bytes": 512,
    "updates": 32,
    "timeout": 300,
}
"""Words of 128 bits: entries of four beats. A burst is one beat of counts."""

BUILDS = {"one": ONE, "odd": ODD, "wide": WIDE, "long": LONG}
