"""Small builds of what can be exported, for what does not depend on sizes."""

from dre.export import UNITS, Build

KVMU = (
    *("entry_bytes=256", "near_slots=64", "frames=4", "far_pages=16", "extents=32", "contexts=2"),
    *("max_clusters=16", "max_chunk=8", "max_tokens=64", "window=4", "preset=fpga"),
)

SMALL = {
    "hcu": ("hash_bits=16", "lanes=2", "max_clusters=9", "max_chunk=5", "table=memory"),
    "wtu": ("lanes=2", "max_clusters=9", "on_chip_clusters=6", "max_rows=5", "preset=fpga"),
    "kvmu": (*KVMU, "aged=true"),
    "mover": ("outstanding=3", "jobs=2"),
    "hct": ("contexts=2", "max_clusters=9", "lanes=2", "hash_lanes=2", "max_rows=5"),
    "bus": ("ports=a:data_bits=64:reads=2,b:data_bits=128:ids=3:writes=1", "data_bits=128"),
    "dre": (*KVMU, "lanes=2", "hash_lanes=2", "query_heads=1"),
}
"""Words of their parameters, by unit."""

assert SMALL.keys() == UNITS.keys()


def small(unit, name=None):
    """A small build of a unit."""
    return Build.of(unit, words=SMALL[unit], name=name)
