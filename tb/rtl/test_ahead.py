"""Chunks whose selection is made before their keys exist: the same comes of them."""

import numpy as np
import pytest

import resv
import simulate
from core import endurance_core
from core.fast_core import as_array
from core.trace_core import of_trace
from dre.core import DREConfig
from dre.driver import CommandFailed
from dre.rtl import RTL, Work
from resv.replay import for_trace

BUILD = DREConfig(**endurance_core.SHARES["small-asic"].parameters)
LIMITS = {"sink_tokens": 0, "recent_tokens": 20, "max_chunk": 16, "held_back": 16, "frames": 8}
CHUNKS = 9
SAME = ("clusters", "founded", "full", "distances", "selected", "selected_clusters")

pytestmark = pytest.mark.slow


class Ahead(RTL):
    """Takes all chunks in two halves."""

    def chunks(self, works):
        dones = self.ahead(works)
        self.end(works, dones)
        return dones


def test_random_chunks(seed):
    tally = endurance_core.play(BUILD, seed, 100, make=Ahead)
    assert tally.difference is None
    assert tally.operations >= 100


def frames(seed, play):
    """Both contexts through some chunks of the excerpt; `Done` of each, in order."""
    trace = resv.load_trace(resv.excerpt_path())
    config = resv.Config(
        **{"wicsum": "integer", "max_chunk": LIMITS["max_chunk"], "sink_tokens": 0},
        **{"recent_tokens": LIMITS["recent_tokens"], "scale": for_trace(None, trace).scale},
    )
    device = RTL(BUILD, seed=seed, folder=simulate.BUILD / "rtl")
    device.configure(Th_hd=config.Th_hd, TH=config.TH, K=33_428, k=18)
    for context in range(2):
        device.begin(context, **LIMITS)
    dones = []
    for works in of_trace(trace, config, BUILD, 2, CHUNKS):
        dones += play(device, [as_array(work) for work in works])
    assert device.driver.errors() == {}
    return dones


def one_by_one(device, works):
    return [device.chunk(work) for work in works]


def in_the_layer_before(device, works):
    """The second is asked for while the first is not over."""
    dones = [device.ahead([work])[0] for work in works]
    for work, done in zip(works, dones, strict=True):
        device.end([work], [done])
    return dones


def test_the_next_layer_may_be_asked_for_before_this_one_ends(seed):
    right, found = frames(seed, one_by_one), frames(seed, in_the_layer_before)
    assert sum(len(done.delivered) for done in right) > 100
    for one, other in zip(right, found, strict=True):
        for name in SAME:
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        orders = [np.argsort(done.delivered) for done in (one, other)]
        assert np.array_equal(one.delivered[orders[0]], other.delivered[orders[1]])
        assert np.array_equal(one.content[orders[0]], other.content[orders[1]])


def plain_work(context):
    """Two tokens for a context without clusters."""
    return Work(
        context=context,
        tokens=2,
        words=np.zeros((2, 4), np.uint8),
        scores=np.zeros((3, 0), np.uint16),
        entries=np.zeros((2, BUILD.entry_bytes), np.uint8),
    )


def test_a_chunk_must_end_before_the_next_one_of_its_context(seed):
    device = RTL(BUILD, seed=seed, folder=simulate.BUILD / "rtl")
    device.configure(Th_hd=7, TH=19_661, K=33_428, k=18)
    device.begin(0, **LIMITS)
    works = [plain_work(0)]
    device.ahead(works)
    with pytest.raises(CommandFailed):
        device.ahead(works)


def test_halves_of_other_contexts_do_not_fit(seed):
    device = RTL(BUILD, seed=seed, folder=simulate.BUILD / "rtl")
    device.configure(Th_hd=7, TH=19_661, K=33_428, k=18)
    device.begin(0, **LIMITS)
    dones = device.ahead([plain_work(0)])
    with pytest.raises(ValueError, match="dones must be those of works, in the same order"):
        device.end([plain_work(1)], dones)
    device.end([plain_work(0)], dones)
    assert dones[0].founded.any()
