"""A trace through the compiled DRE by arrays, and whether it would see a difference."""

from dataclasses import replace
from functools import partial

import pytest

import resv
from core import endurance_core, fast_core, sim_core, trace_core
from dre.core import DREConfig
from model.lab_traces import made
from replayed import Replay
from resv.replay import for_trace
from resv.slicing import slice_trace

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)
TOKENS = 140  # as many as there is room for in far memory

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    """Nothing that another test has kept."""
    monkeypatch.setattr(fast_core, "KEPT", tmp_path)


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
    speed = found.cycles / found.processor_seconds
    shown = sim_core.table(
        resv.load_trace(resv.excerpt_path()), [Replay("asic", found.rows, 0, speed)]
    )
    names, values = (list(column.cells) for column in shown.columns)
    table = dict(zip(names, values, strict=True))
    pages = sum(row["pages_read"] for row in found.rows)
    assert table["tokens"] == str(TOKENS)
    assert table["bytes of far memory read"] == f"{4_096 * pages:,}"
    assert table["million cycles a second of processor time"] == f"{speed / 1e6:.2f}"


def test_a_replay_goes_on_where_it_was_stopped(monkeypatch, tmp_path):
    """To the same cycle; and nothing is left of it when it is over."""
    whole, told = replay()
    middle = len(whole.rows) // 2
    trace = slice_trace(resv.load_trace(resv.excerpt_path()), stop=TOKENS)
    again = partial(fast_core.replay_trace, trace, {"small": BUILD}, 1, recent_tokens=20)

    def stop(text):
        if text.startswith(f"small: chunk {middle}, "):
            raise KeyboardInterrupt

    monkeypatch.setattr(fast_core, "KEEP_SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        next(again(stop))
    (kept,) = tmp_path.iterdir()
    said = []
    (found,) = again(said.append)
    assert said[0] == f"small: goes on behind chunk {middle - 1}"
    assert said[middle] == f"small: chunk {middle - 1}, expected again"
    assert said[-1] == told[-1]
    assert (found.rows, found.cycles, found.difference) == (whole.rows, whole.cycles, None)
    assert not kept.exists()


def test_what_was_kept_of_other_hardware_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(fast_core, "_digest", lambda *_: "same")
    (tmp_path / "small-1-same.device").write_text("of something else")
    found, said = replay()
    assert found.difference is None
    assert said[0].startswith("small: chunk 0, ")


def test_entries_are_padded_to_the_room_of_a_build():
    """Heads of 8 values: 32 bytes of 128; the build's entries are larger than any here."""
    trace = made(d=8, frames=30, layers=1)
    build = replace(BUILD, entry_bytes=256)
    config = replace(for_trace(resv.Config.paper(), trace), wicsum="integer", max_chunk=7)
    works = next(trace_core.of_trace(trace, config, build, 2))
    for work in works:
        for entry, k, v in zip(work.entries, work.k, work.v, strict=True):
            assert entry == k.tobytes() + v.tobytes() + bytes(256 - 32)


@pytest.mark.parametrize(
    ("d", "entry_bytes"), [(8, 512), (80, 512), (128, 512), (129, 1_024), (512, 2_048)]
)
def test_a_build_suits_the_head_size(d, entry_bytes):
    suited = sim_core.suited(made(d=d), False)
    build = DREConfig(**sim_core.PARAMETERS | suited)
    assert build.entry_bytes == entry_bytes
    assert build.far_pages * build.kvmu.page_entries == 256 * 8


def test_a_fast_build_has_room_for_all_contexts():
    trace = made(layers=5, kv_heads=4, d=512, frames=1_000)
    build = DREConfig(**sim_core.FAST_PARAMETERS | sim_core.suited(trace, True))
    assert build.contexts == 20
    tokens = trace.k.shape[2]
    assert build.max_tokens >= tokens
    assert build.far_pages * build.kvmu.page_entries >= 20 * tokens


def test_a_head_that_no_build_takes():
    with pytest.raises(ValueError, match="head size of at most 512 for the DRE, not 513"):
        sim_core.suited(made(d=513), False)


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
