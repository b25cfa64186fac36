"""Where a device's memories have what an engine writes."""

import numpy as np
import pytest

from dre.core import DREConfig
from dre.core.regions import FIRST_PAGE
from dre.rtl.memories import Memories
from dre.rtl.simulation import Content

SIZES = {"contexts": 3, "max_clusters": 300, "max_chunk": 8, "query_heads": 2}
PAGE_BYTES = 4_096


class Plain:
    """Bytes, and nothing that reads them."""

    def memory(self, name, base, size):
        assert base == FIRST_PAGE * PAGE_BYTES
        setattr(self, name, np.zeros(size, np.uint8))
        return Content(getattr(self, name))


@pytest.mark.parametrize("clusters", [1, 128, 129, 300])
def test_each_row_begins_with_a_burst_behind_those_of_the_row_before(clusters, seed):
    """D146: bursts of 256 bytes have 128 scores."""
    plain, rng = Plain(), np.random.default_rng(seed)
    memories = Memories(DREConfig(**SIZES, scores_from="near"), plain)
    chunks = [rng.integers(0, 2**16, (rows, clusters)).astype(np.uint16) for rows in (16, 3, 16)]
    places = [memories.write_rows(context, scores) for context, scores in enumerate(chunks)]
    bursts = {1: 1, 128: 1, 129: 2, 300: 3}[clusters]
    for place, scores in zip(places, chunks, strict=True):
        assert place % 256 == 0
        for row, right in enumerate(scores):
            begin = place - FIRST_PAGE * PAGE_BYTES + row * bursts * 256
            found = plain.near[begin : begin + 2 * clusters]
            assert bytes(found) == right.astype("<u2").tobytes(), row
    begin = (memories.bases["scores"] - FIRST_PAGE) * PAGE_BYTES
    assert not plain.near[:begin].any()
    assert bytes(memories.region("scores").reshape(-1)) == bytes(plain.near[begin:])


def test_the_dre_is_not_told_where_scores_are():
    memories = Memories(DREConfig(**SIZES, scores_from="near"), Plain())
    assert set(memories.bases) - set(memories.units) == {"scores"}
    assert "scores" not in Memories(DREConfig(**SIZES), Plain()).bases
