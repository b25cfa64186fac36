"""Many streams: the coarse work, arrivals, arbitration, and the interval over seeds."""

import numpy as np
import pytest

from resv import system
from resv.system import streams
from resv.system.events import Machine
from resv.system.figures import crowd

OPTIONS = system.Options(kv_bits=8, sharing=16)


@pytest.fixture(scope="module")
def base():
    """A frame of one of 16 streams: the link binds."""
    return system.frame(tokens=40_000, mode="ours", options=OPTIONS)


def rates(base):
    one = system.load_platform("v-rex8")
    return one.dram_rate * base.assumed.dram_efficiency, one.link_rate


def test_fewer_layers_ask_for_the_same(base):
    work = streams.coarse(base.work, 8)
    assert len(work.layers) == 8
    for name in ("flops", "dram_bytes", "fetched_bytes", "written_bytes"):
        assert getattr(work, name) == pytest.approx(getattr(base.work, name))
    assert sum(one.choice.seconds for one in work.layers) == pytest.approx(base.busy["dre"])
    with pytest.raises(ValueError, match="groups must divide 32, not 5"):
        streams.coarse(base.work, 5)


def test_a_stream_alone_takes_what_a_frame_takes(base):
    come = [[(0.0, 9.0), (10.0, 19.0)]]
    out = streams.simulate(streams.coarse(base.work, 32), 1, rates(base), come, "oldest")
    assert out.seconds == pytest.approx([base.seconds] * 2, rel=0.02)
    coarse = streams.simulate(streams.coarse(base.work, 8), 1, rates(base), come, "oldest")
    assert coarse.seconds == pytest.approx([base.seconds] * 2, rel=0.1)


def test_frames_of_a_stream_wait_for_each_other(base):
    come = [[(0.0, 0.1), (0.0, 100.0)]]
    out = streams.simulate(streams.coarse(base.work, 8), 1, rates(base), come, "oldest")
    assert out.seconds[1] == pytest.approx(2 * out.seconds[0])
    assert out.late.tolist() == [True, False]
    assert out.frames_s == pytest.approx(2 / out.seconds[1])


def test_who_goes_first(base):
    """Two frames; the second one comes a little later, and is due when the first is still at it."""
    alone = base.seconds
    come = [[(0.0, 9.0)], [(0.05, 0.05 + 1.5 * alone)]]
    work = streams.coarse(base.work, 8)
    late = {
        name: int(streams.simulate(work, 1, rates(base), come, name).late.sum())
        for name in streams.ARBITRATIONS
    }
    assert late["oldest"] == 1
    assert late["deadline"] == 0
    with pytest.raises(ValueError, match="arbitration must be one of round-robin, oldest"):
        streams.simulate(work, 1, rates(base), come, "random")


def test_frames_that_wait_go_together():
    """By hand: one pass of stream 0 alone; what came meanwhile is the next one."""
    come = [[(0.0, 1.0), (0.5, 3.5)], [(0.2, 2.0), (0.3, 9.0)], [(7.0, 8.0)]]
    out = streams.together(come, [1.0, 1.5, 1.75])
    # 0 to 1: stream 0; 1 to 2.5: streams 0 and 1; 2.5 to 3.5: stream 1; 7 to 8: stream 2
    assert out.seconds == pytest.approx([1.0, 2.5 - 0.5, 2.5 - 0.2, 3.5 - 0.3, 1.0])
    assert out.late.tolist() == [False, False, True, False, False]
    assert out.frames_s == pytest.approx(5 / 8)
    with pytest.raises(ValueError, match="passes must be at least 3, one for each number, not 2"):
        streams.together(come, [1.0, 1.5])


def test_streams_share_near_memory_once():
    """Sixteen that share it, of which four go together, have a sixteenth each."""
    moved = {
        (batch, sharing): system.frame(
            tokens=40_000, mode="ours", batch=batch, options=system.Options(sharing=sharing)
        ).work.fetched_bytes / batch
        for batch, sharing in ((1, 16), (4, 16), (16, 16), (16, 1), (4, 1))
    }  # fmt: skip
    assert moved[4, 16] == pytest.approx(moved[1, 16])
    assert moved[16, 1] == pytest.approx(moved[16, 16]) == moved[1, 16]
    assert moved[4, 1] < moved[4, 16]


def test_ranks_count_where_they_are_to():
    """Three users of each resource; the last to ask has the lowest rank, so it goes first."""
    for ranked, expected in ((frozenset({"link"}), "aCb"), (frozenset(), "abC")):
        machine = Machine(1.0, 1.0, ranked=ranked)
        for name, rank in (("a", 3.0), ("b", 2.0), ("C", 1.0)):
            machine.env.process(machine.use("link", 1.0, name, rank=rank))
        machine.env.run()
        assert "".join(use.what for use in machine.log) == expected


def test_arrivals_come_in_bursts():
    come = streams.arrivals(3, 260, 0.5, seed=1)
    assert come == streams.arrivals(3, 260, 0.5, seed=1) != streams.arrivals(3, 260, 0.5, seed=2)
    for number, own in enumerate(come):
        at = np.array([one for one, _ in own])
        assert len(at) == 260
        assert (np.diff(at) >= 0).all()
        _, together = np.unique(at, return_counts=True)
        assert set(together.tolist()) <= {1, 2, 3, 4}
        assert (together == 4).sum() in range(18, 22)
        assert (at[-1] - at[0]) / 259 == pytest.approx(0.5, rel=0.1)
        due = np.array([one for _, one in own]) - at
        assert due == pytest.approx(0.5 * streams.PATIENCE[number % 2])


def test_intervals():
    mean, half = streams.interval([1.0] * 5 + [3.0] * 5)
    assert mean == 2.0
    assert half == pytest.approx(2.262 * np.std([1] * 5 + [3] * 5, ddof=1) / 10**0.5)


def test_the_figure(monkeypatch):
    monkeypatch.setattr(crowd, "STREAMS", (1, 4, 16))
    monkeypatch.setattr(crowd, "FRAMES", 48)
    monkeypatch.setattr(crowd, "SEEDS", 3)
    made = crowd.streams(["ours"], lambda text: None)
    of = {value.what: value.ours["ours"] for value in made.values}
    assert of["1 stream, oldest minus round-robin, p99"] == 0
    for many in ("1 stream", "16 streams"):
        for name in streams.ARBITRATIONS:
            assert of[f"{many}, {name}, throughput"] <= of[f"{many}, what can be done"]
            p50, p99, worst = (of[f"{many}, {name}, {what}"] for what in ("p50", "p99", "worst"))
            assert p50 < p99 <= worst
        together = of[f"{many}, together, throughput"]
        assert together <= of[f"{many}, what can be done together"]
        assert of[f"{many}, together, p50"] >= 1e3 / of["1 stream, what can be done together"]
    alone, together = (of[f"1 stream, {name}, p99"] for name in ("oldest", "together"))
    assert together == pytest.approx(alone, rel=1e-6)  # a stream alone gains nothing
    assert of["4 streams, what can be done together"] > 1.9 * of["4 streams, what can be done"]
    assert of["4 streams, together minus round-robin, p99"] < 0
    assert of["16 streams, together minus round-robin, p99"] > 0
    whys = {value.what: value.why for value in made.values}
    assert whys["1 stream, what can be done"] == "engine"
    assert whys["16 streams, what can be done"] == "link"
    for count, binds in ((1, "engine"), (4, "engine"), (16, "link")):
        many = "1 stream" if count == 1 else f"{count} streams"
        assert whys[f"{many}, what can be done together"] == binds
