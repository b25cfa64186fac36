"""On-chip memory of HCU and WTU in the paper's configuration, counted from the design."""

import pytest
from amaranth.hdl import Fragment, Shape
from amaranth.hdl._mem import MemoryInstance

from core.area_core import CONFIG
from dre import WTUConfig
from dre.hcu import HCU
from dre.wtu import WTU

KILOBYTE = 8 * 1024


def memory_bits(component):
    """By path, the bits of all memories within a component."""
    found, rest = {}, [((), Fragment.get(component, None))]
    while rest:
        path, fragment = rest.pop()
        if isinstance(fragment, MemoryInstance):
            words = fragment._data
            found[path] = found.get(path, 0) + words.depth * Shape.cast(words.shape).width
        rest += [
            ((*path, name or n), part) for n, (part, name, _) in enumerate(fragment.subfragments)
        ]
    return found


def test_prediction_has_at_most_40_kilobytes():
    sizes = CONFIG.wtu
    assert (sizes.lanes, sizes.max_clusters, sizes.on_chip_clusters) == (16, 4096, 4096)
    wtu, hcu = memory_bits(WTU(sizes)), memory_bits(HCU(CONFIG.hcu))
    assert sum(wtu.values()) + sum(hcu.values()) <= 40 * KILOBYTE


@pytest.mark.parametrize("preset", ["asic", "fpga"])
def test_every_part_of_the_memory_is_as_documented(preset):
    """docs/area.md: keys twice, counts once, lists of half a row, sums, masks and the union."""
    parts = {}
    for path, bits in memory_bits(WTU(WTUConfig(max_clusters=4096, preset=preset))).items():
        for name in ("keys", "counts", "list", "sums", "masks", "union"):
            if name in path:
                parts[name] = parts.get(name, 0) + bits
    assert parts == {
        "keys": 2 * 4096 * 16,
        "counts": 4096 * 16,
        "list": 4096 // 2 * 27,
        "sums": 16 * (64 + 32) * 36,
        "masks": 4096 * 2,
        "union": 4096,
    }
