"""Where the KVMU's memories lie, as benches and replays have it: anywhere that they may."""

from dre.kvmu.keeper.records import tables
from resv.kvmu.config import PAGE_BYTES


def home_pages(build):
    """Pages that the metadata take."""
    return -(-8 * tables(build)[1] // PAGE_BYTES) if build.store == "near" else 0


def places(rng, build):
    """First pages by the names of ``bases``: ring and area apart from each other, or not."""
    most = 2**build.address_bits // PAGE_BYTES
    ring, area, far = build.ring_pages, build.frames, build.far_pages
    gap = rng.choice([0, 1, rng.randint(0, most - ring - area)])
    begin = rng.choice([0, most - ring - area - gap, rng.randint(0, most - ring - area - gap)])
    bases = {"ring": begin, "area": begin + ring + gap}
    if rng.getrandbits(1):
        bases = {"area": begin, "ring": begin + area + gap}
    bases["far"] = rng.choice([0, most - far, *(rng.randint(0, most - far) for _ in range(4))])
    bases["store"] = rng.randint(0, most - 1 - home_pages(build))
    return bases
