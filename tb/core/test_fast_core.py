"""A trace through the compiled DRE by arrays, and whether it would see a difference."""

import pytest

import resv
from core import endurance_core, fast_core
from dre.core import DREConfig
from resv.slicing import slice_trace

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)
TOKENS = 140  # as many as there is room for in far memory

pytestmark = pytest.mark.slow


def replay():
    trace = slice_trace(resv.load_trace(resv.excerpt_path()), stop=TOKENS)
    said = []
    (found,) = fast_core.replay_trace(trace, {"small": BUILD}, 1, said.append, recent_tokens=20)
    return found, said


def test_a_trace_is_replayed():
    found, said = replay()
    assert not found.mismatches, found.difference
    assert sum(row["tokens"] for row in found.rows) == TOKENS
    assert sum(row["pages_read"] for row in found.rows) > 0
    assert found.cycles > 10_000
    assert 0 < found.processor_seconds
    assert said[-1].startswith(f"small: chunk {len(found.rows) - 1}, ")


def test_a_difference_is_told_with_its_chunk(monkeypatch):
    right = fast_core.RTL.chunks

    def wrong(device, works):
        dones = right(device, works)
        if works[0].clusters > 3:
            dones[0].selected[0, 0] ^= True
        return dones

    monkeypatch.setattr(fast_core.RTL, "chunks", wrong)
    found, _ = replay()
    assert found.mismatches == 1
    assert found.difference.startswith("Wrong: masks: ")
    assert found.first == len(found.rows) > 0
