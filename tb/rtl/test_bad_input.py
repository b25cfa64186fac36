"""Streams out of step, and numbers that cannot be, at a whole DRE: a defined error each.

Afterwards the core is used on, without reset; what it did not take is given again.
"""

import numpy as np
import pytest

import simulate
from core import endurance_core
from dre.core import DREConfig
from dre.driver import AccessRefused, CommandFailed
from dre.kvmu.layouts import KVOp, KVStatus
from dre.layouts import RowStatus
from dre.rtl import RTL, Stuck, Work

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)
LIMITS = {"sink_tokens": 0, "recent_tokens": 4, "max_chunk": 24, "held_back": 16, "frames": 8}
SETTINGS = {"Th_hd": 3, "TH": 19_661, "K": 33_428, "k": 18}
ROWS = 3

pytestmark = pytest.mark.slow


class Bench:
    """A device with a context of some clusters, and chunks for it."""

    def __init__(self, seed):
        self.device = RTL(BUILD, folder=simulate.BUILD / "rtl", patience=30_000)
        self.device.configure(**SETTINGS)
        self._rng = np.random.default_rng(seed)
        self.clusters = 0
        self.begin()

    def begin(self):
        """Context 0, anew, with about 30 clusters."""
        self.device.begin(0, **LIMITS)
        self.clusters = 0
        for _ in range(2):
            self.clusters += int(self.device.chunk(self.work(20)).founded.sum())

    def work(self, tokens, **changes):
        rng = self._rng
        given = {
            "context": 0,
            "tokens": tokens,
            "words": rng.integers(0, 256, (tokens, 4)).astype(np.uint8),
            "scores": rng.integers(0, 16_000, (ROWS, self.clusters)).astype(np.uint16),
            "entries": rng.integers(0, 256, (tokens, BUILD.entry_bytes)).astype(np.uint8),
        }
        return Work(**given | changes)

    def spoil(self, stream, change):
        """From now on packets of a stream are changed; returns how to stop that."""
        ends = self.device._ends
        right = ends.packet

        def wrong(name, header, content):
            if name == stream:
                header, content = change(header, content)
            right(name, header, content)

        ends.packet = wrong
        return lambda: setattr(ends, "packet", right)

    def use_on(self):
        """The context goes, another one is right."""
        self.device.free(0)
        self.begin()
        done = self.device.chunk(self.work(4))
        assert not done.rows["status"].any()
        self.device.free(0)
        self.device.driver.errors(clear=True)
        assert self.device.driver.errors() == {}


@pytest.fixture
def bench(seed):
    return Bench(seed)


def more(name, number):
    """A field of the header that is wrong."""
    return lambda header, content: (header | {name: header[name] + number}, content)


@pytest.mark.parametrize(
    ("change", "status", "errors"),
    [
        (more("tokens", 1), "OUT_OF_STEP", {"hcu": {"hash_out_of_step"}, "kvmu": {"out_of_step"}}),
        (more("tokens", -1), "OUT_OF_STEP", {"hcu": {"hash_out_of_step"}, "kvmu": {"out_of_step"}}),
        (more("chunk", 5), "OUT_OF_STEP", {"kvmu": {"out_of_step"}}),
        (more("context", 1), "OUT_OF_STEP", {"kvmu": {"out_of_step"}}),
        (more("clusters", 1), "VOID", {"kvmu": {"void"}}),
        (more("clusters", 15), "VOID", {"hcu": {"bad_config"}, "kvmu": {"void"}}),
    ],
    ids=["word missing", "word too many", "chunk", "context", "clusters", "too many clusters"],
)
def test_hash_words_out_of_step(bench, change, status, errors):
    bench.spoil("hash_bits", change)
    with pytest.raises(CommandFailed) as caught:
        bench.device.chunk(bench.work(6))
    assert caught.value.result.op == KVOp.END
    assert caught.value.result.status == KVStatus[status]
    assert bench.device.driver.errors() == errors
    del bench.device._ends.packet
    bench.use_on()


@pytest.mark.parametrize(
    "change",
    [
        lambda header, content: (header, np.concatenate([content[:-2], content[-1:]])),
        lambda header, content: (header, np.concatenate([content[:1], content])),
        more("clusters", -1),
        more("context", 1),
    ],
    ids=["a beat missing", "a beat too many", "clusters", "context"],
)
def test_rows_that_are_damaged_select_everything(bench, change):
    """D49: no entry that was wanted may be missing."""
    right = bench.spoil("scores", change)
    done = bench.device.chunk(bench.work(4))
    right()
    assert set(done.rows["status"]) == {RowStatus.OUT_OF_STEP.value}
    assert done.selected.all()
    assert bench.device.driver.errors() == {"wtu": {"scores_out_of_step"}}
    bench.use_on()


def test_rows_of_another_chunk_are_dropped_and_their_own_are_waited_for(bench):
    right = bench.spoil("scores", more("chunk", 5))
    work, device = bench.work(4), bench.device
    with pytest.raises(Stuck):
        device.chunk(work)
    right()
    assert device.driver.errors() == {"wtu": {"scores_out_of_step"}}
    number = device._steps.number - 1
    named = {"context": 0, "chunk": number, "clusters": work.clusters}
    device._ends.give_rows(work, named)
    part = device._steps.result()
    while part.more:
        part = device.driver.do(KVOp.RELEASE, 0, number)
    assert device.driver.do(KVOp.END, 0, number).status == KVStatus.OK
    bench.use_on()


def test_scores_for_clusters_that_do_not_exist(bench):
    """FETCH brings what there is and says so; the table is as it was."""
    work = bench.work(4, scores=np.full((ROWS, 48), 0x4000, np.uint16))
    with pytest.raises(CommandFailed) as caught:
        bench.device.chunk(work)
    assert caught.value.result.status in (KVStatus.OUT_OF_STEP, KVStatus.VOID)
    bench.use_on()


@pytest.mark.parametrize(
    ("op", "context", "more_fields"),
    [
        (KVOp.GRANT, 3, {"tokens": 1}),
        (KVOp.GRANT, 4_095, {"tokens": 1}),
        (KVOp.GRANT, 1, {"tokens": 1}),
        (KVOp.GRANT, 0, {"tokens": 25}),
        (KVOp.FETCH, 0, {}),
        (KVOp.END, 0, {}),
        (KVOp.INIT, 0, LIMITS),
        (KVOp.INIT, 1, LIMITS | {"frames": 0}),
    ],
    ids=str,
)
def test_commands_that_cannot_be(bench, op, context, more_fields):
    with pytest.raises(CommandFailed) as caught:
        bench.device.driver.do(op, context, 2, **more_fields)
    assert caught.value.result.status == KVStatus.BAD_COMMAND
    assert bench.device.driver.errors() == {"kvmu": {"bad_command"}}
    bench.use_on()


def test_bases_do_not_move_under_a_context(bench):
    with pytest.raises(AccessRefused):
        bench.device.driver.put("base_ring", page=1)
    assert bench.device.driver.errors() == {"control": {"refused"}}
    bench.use_on()
