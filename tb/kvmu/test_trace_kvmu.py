"""A trace through the compiled KVMU: measured, and what is wrong is found with its chunk."""

import pytest

import resv
from dre.kvmu import KVMUConfig
from kvmu import replay_kvmu, trace_kvmu
from kvmu.fast_kvmu import replay_trace

BUILD = KVMUConfig(
    contexts=1,
    near_slots=1_024,
    frames=16,
    far_pages=64,
    extents=256,
    max_clusters=64,
    max_tokens=1_024,
    window=8,
    preset="asic",
)
NAME = "test-kvmu-trace"


@pytest.fixture(scope="module")
def made():
    return replay_kvmu.build_program(BUILD, NAME)


@pytest.fixture
def replayed(made, monkeypatch, tmp_path, seed):
    """Gives the `FastReplay` of the excerpt, with the program as it is."""
    monkeypatch.setattr(replay_kvmu, "build_program", lambda config, name: made)
    trace = resv.load_trace(resv.excerpt_path())

    def replay():
        said = []
        (found,) = replay_trace(trace, {NAME: BUILD}, seed, said.append, folder=tmp_path)
        assert said[-1].startswith(f"{NAME}: ")
        return found

    return replay


@pytest.mark.slow
def test_every_chunk_is_right_and_measured(replayed):
    found = replayed()
    assert (found.mismatches, found.difference, found.first, found.path) == (0, None, None, None)
    rows = found.rows
    assert [row["chunk"] for row in rows] == list(range(len(rows)))
    assert sum(row["tokens"] for row in rows) == 640
    for row in rows:
        # A page is 512 beats of 64 bits, and a delivered token a beat at least.
        brought = row["from_ring"] + row["from_area"] + row["from_far"]
        assert row["fetching"] > 512 * row["pages_read"]
        assert row["fetching"] > brought
        assert row["ending"] > 512 * row["written"]
    assert sum(row["pages_read"] for row in rows) > 0
    assert found.cycles > sum(row["fetching"] + row["ending"] for row in rows)


@pytest.mark.slow
def test_what_is_wrong_is_named_with_its_chunk(replayed, monkeypatch):
    timed = trace_kvmu.TracePlan._timed

    async def wrong(plan, command, packet):
        made, number = await timed(plan, command, packet)
        made.result["count"] += command.get("chunk") == 50 and bool(made.delivered)
        return made, number

    monkeypatch.setattr(trace_kvmu.TracePlan, "_timed", wrong)
    found = replayed()
    assert found.first == 50
    assert found.difference.startswith("command ")
    assert "(fetch ok, context 0 chunk 50): result: count is " in found.difference


def test_builds_differ_in_their_preset_only(tmp_path):
    builds = {"one": BUILD, "other": KVMUConfig()}
    with pytest.raises(ValueError, match="builds must differ in their preset only, not as"):
        replay_trace(None, builds, 1, print, folder=tmp_path)
