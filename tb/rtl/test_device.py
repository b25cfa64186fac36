"""The compiled DRE behind arrays: as the golden step of an experiment, and when it is misused."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import resv
import simulate
from core import endurance_core
from drawings import chunk
from dre.core import DREConfig
from dre.driver import CommandFailed
from dre.kvmu.layouts import KVStatus
from dre.rtl import RTL, BuildFailed, Memory, RuleBroken, Stuck, Work, build
from resv.replay import for_trace

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)
FOLDER = simulate.BUILD / "rtl"
CHUNKS = 14  # as many as there is room for in far memory
LIMITS = {"sink_tokens": 0, "recent_tokens": 4, "max_chunk": 8, "held_back": 16, "frames": 8}
SETTINGS = {"Th_hd": 7, "TH": 19_661, "K": 33_428, "k": 18}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def make():
    """A device, reset."""
    return lambda **more: RTL(BUILD, folder=FOLDER, **more)


def work(**changes):
    """A chunk of two tokens for a context without clusters."""
    given = {
        "context": 0,
        "tokens": 2,
        "words": np.zeros((2, 4), np.uint8),
        "scores": np.zeros((3, 0), np.uint16),
        "entries": np.zeros((2, BUILD.entry_bytes), np.uint8),
    }
    return Work(**given | changes)


def test_an_experiment_runs_on_the_hardware(make):
    trace = resv.load_trace(resv.excerpt_path())
    config = replace(
        for_trace(resv.Config.paper(), trace),
        wicsum="integer",
        max_chunk=BUILD.max_chunk,
        recent_tokens=20,
    )
    device = make(near=Memory((5, 30), "reordered", 0.8), willing=0.8)
    selected = 0
    for _ in range(2):  # a stream after a stream
        right = resv.replay(trace, config, "fast")
        found = resv.replay(trace, config, resv.External(device))
        for one, other in islice(zip(right, found, strict=True), CHUNKS):
            for head, same in zip(one.heads, other.heads, strict=True):
                for name in (
                    *("words", "clusters", "founded", "full", "distances", "token_count"),
                    *("selected_clusters", "selected_tokens", "attended"),
                ):
                    assert np.array_equal(getattr(head, name), getattr(same, name)), name
                selected += len(same.selected_tokens)
    assert selected > 100


def test_a_chunk_gives_arrays(make, tmp_path):
    device = make()
    device.configure(**SETTINGS)
    device.begin(1, **LIMITS)
    entries = np.arange(2 * BUILD.entry_bytes).astype(np.uint8).reshape(2, -1)
    done = device.chunk(work(context=1, entries=entries, words=np.eye(2, 4, dtype=np.uint8) * 255))
    assert done.clusters.tolist() == [0, 1]
    assert done.founded.all()
    assert done.selected.shape == (3, 0)
    ring = device.region("ring").reshape(-1)
    for slot, entry in zip(done.slots - device.bases["ring"] * 4096, entries, strict=True):
        assert np.array_equal(ring[slot : slot + len(entry)], entry)
    assert 0 < done.cycles["granted"] < done.cycles["clustered"] < done.cycles["all"]
    moved = {name: len(cycles) for name, cycles in done.beats_at.items()}
    right = {"hash_bits": 3, "chunks": 1, "scores": 0, "rows": 6, "grants": 2, "assignments": 4}
    assert moved == right | {"deliveries": 2}
    assert all((0 <= cycles).all() for cycles in done.beats_at.values())
    assert done.cycles["clustered"] == done.beats_at["assignments"][-1]
    picture = chunk.draw(done, "a chunk", tmp_path / "chunk.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    device.free(1)
    assert device.driver.errors() == {}


def experiment(device, rng, known, chunks):
    """Chunks of context 0, which has so many clusters; what comes of each, cycles too."""
    for _ in range(chunks):
        done = device.chunk(
            work(
                words=rng.integers(0, 256, (2, 4), np.uint8),
                scores=rng.integers(0x3F00, 0x4100, (3, known)).astype(np.uint16),
                entries=rng.integers(0, 256, (2, BUILD.entry_bytes), np.uint8),
            )
        )
        known += int(done.founded.sum())
        yield known, done


def test_a_kept_device_goes_on_cycle_by_cycle(make, tmp_path, seed):
    """Stalls and late answers come as they would have come."""
    habits = Memory((5, 30), "interleaved", 0.7)
    one, other = (make(near=habits, far=habits, willing=0.7, seed=seed + n) for n in (0, 1))
    one.configure(**SETTINGS)
    one.begin(0, **LIMITS)
    rng = np.random.default_rng(seed)
    *_, (known, _) = experiment(one, rng, 0, 8)
    one.keep(tmp_path / "new" / "device", {"known": known, "rng": rng.bit_generator.state})
    right = [done for _, done in experiment(one, rng, known, 8)]
    note = other.resume(tmp_path / "new" / "device")
    assert other.cycles == one.cycles - sum(done.cycles["all"] for done in right)
    rng.bit_generator.state = note["rng"]
    found = [done for _, done in experiment(other, rng, note["known"], 8)]
    for done, same in zip(right, found, strict=True):
        assert done.cycles == same.cycles
        for name in ("slots", "clusters", "selected", "delivered", "content"):
            assert np.array_equal(getattr(done, name), getattr(same, name)), name
        for stream, cycles in done.beats_at.items():
            assert np.array_equal(cycles, same.beats_at[stream]), stream
    assert sum(len(done.delivered) for done in right) > 0
    assert one.driver.counts() == other.driver.counts()
    assert np.array_equal(one.region("far"), other.region("far"))
    other.open(1, **LIMITS, **SETTINGS)  # it knows which contexts there are


def test_what_is_not_a_kept_device_changes_nothing(make, tmp_path):
    device, kept = make(), tmp_path / "device"
    with pytest.raises(FileNotFoundError):
        device.resume(kept)
    kept.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"path must be a kept device, not .*device: "):
        device.resume(kept)
    device.configure(**SETTINGS)
    device.begin(0, **LIMITS)
    device.keep(kept)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:1_000] + bytes([whole[1_000] ^ 1]) + whole[1_001:])
    fresh = make()
    with pytest.raises(ValueError, match=r"path must be a kept device, not .*Bad CRC"):
        fresh.resume(kept)
    kept.write_bytes(whole)
    fresh._machine.build = "another"
    with pytest.raises(ValueError, match="path must be of the build another, not "):
        fresh.resume(kept)
    assert fresh.cycles == make().cycles
    with pytest.raises(CommandFailed):
        fresh.chunk(work())  # there is no context
    assert [path.name for path in tmp_path.iterdir()] == ["device"]


def test_a_chunk_without_its_context_is_an_error_and_no_more(make):
    device = make()
    device.configure(**SETTINGS)
    with pytest.raises(CommandFailed) as caught:
        device.chunk(work())
    assert caught.value.result.status == KVStatus.BAD_COMMAND
    device.begin(0, **LIMITS)
    assert device.chunk(work()).clusters.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"tokens": 0}, ValueError, "tokens must be between 1 and 24, not 0"),
        ({"context": 3}, ValueError, "context must be between 0 and 2, not 3"),
        ({"words": [1, 2]}, TypeError, "words must be an array of uint8, not list"),
        (
            {"words": np.zeros((2, 5), np.uint8)},
            ValueError,
            r"words must have the shape \[any, 4\], not \[2, 5\]",
        ),
        (
            {"words": np.zeros((3, 4), np.uint8)},
            ValueError,
            "hash words must be between 0 and 2, not 3",
        ),
        (
            {"entries": np.zeros((1, 512), np.uint8)},
            ValueError,
            r"entries must have the shape \[2, 512\], not \[1, 512\]",
        ),
        (
            {"scores": np.zeros((2, 3), np.float32)},
            TypeError,
            "scores must be an array of bfloat16 or uint16, not float32",
        ),
        (
            {"scores": np.zeros((97, 0), np.uint16)},
            ValueError,
            "rows must be between 0 and 96, not 97",
        ),
        (
            {"scores": np.zeros((1, 49), np.uint16)},
            ValueError,
            "clusters must be between 0 and 48, not 49",
        ),
    ],
)
def test_what_does_not_fit_never_reaches_it(make, changes, error, message):
    device = make()
    before = device.cycles
    with pytest.raises(error, match=message):
        device.chunk(work(**changes))
    assert device.cycles == before


def test_a_context_is_there_once(make):
    with pytest.raises(ValueError, match=r"context must be another one in each chunk, not \[0, 0"):
        make().chunks([work(), work()])


def test_too_many_contexts(make):
    with pytest.raises(ValueError, match="contexts must be between 1 and 3, not 4"):
        make().open(4, **LIMITS, **SETTINGS)


def test_scores_that_do_not_belong_to_it_are_waited_for(make):
    """One row less than the chunk says: nothing comes."""
    device = make(patience=10_000)
    device.configure(**SETTINGS)
    device.begin(0, **LIMITS)
    device.chunk(work())
    device._ends.packet = lambda stream, header, content: None  # nothing is ever sent
    with pytest.raises(Stuck, match="no result in 10000 cycles"):
        device.chunk(work(scores=np.zeros((3, 1), np.uint16)))


def test_memory_that_is_not_there_is_told(make):
    device = make()
    device._machine.memory("near", 2**30, 4096)  # elsewhere
    device.configure(**SETTINGS)
    with pytest.raises(RuleBroken, match="near: outside of the memory at 0x"):
        device.begin(0, **LIMITS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"latency": (3, 2)}, "latency must be two numbers that do not fall"),
        ({"order": "any"}, "order must be one of in order, reordered, interleaved, not 'any'"),
        ({"willing": 0.0}, "willing must be above 0 and at most 1, not 0.0"),
    ],
)
def test_bad_memories(given, message):
    with pytest.raises(ValueError, match=message):
        Memory(**given)


def test_without_a_simulator_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "verilator_environment", lambda: {"PATH": str(tmp_path)})
    with pytest.raises(BuildFailed, match="verilator could not be run"):
        build.compiled.__wrapped__(BUILD, tmp_path)


def test_a_device_needs_the_integer_form(make):
    with pytest.raises(ValueError, match="wicsum must be 'integer' for a device"):
        resv.External(make()).tables(resv.Config(wicsum="float64"), 1, 1, 128)
