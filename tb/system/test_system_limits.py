"""The system model: nothing is lost, limits have closed forms, no speedup without a cause."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resv import system
from resv.system.policy import POLICIES, policy_of

EDGE, GPU = system.load_platform("v-rex8"), system.load_platform("agx-orin")
MODEL = system.load_model("llama3-8b-siglip")
FAST = {"peak_tflops": 1e6, "dram_gb_s": 1e6, "link_gb_s": 1e6, "far_reads_s": 0.0}
SLACK = 1e-3


def machine(policy):
    """One that can do the policy."""
    return EDGE if POLICIES[policy].predicts == "dre" else GPU


def moved(result, resource, what="bytes"):
    """What a resource did, by its log."""
    return sum(getattr(use, what) for use in result.log if use.resource == resource)


@pytest.mark.parametrize("kind", ["frame", "question", "token"])
@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "ours"])
@pytest.mark.parametrize("mode", ["stated", "calibrated"])
def test_bytes_and_operations_in_are_those_out(mode, policy, kind):
    call = getattr(system, kind)
    check_conserved(call(machine(policy), policy, tokens=12_345, batch=2, mode=mode))


@pytest.mark.parametrize("kind", ["frame", "question", "token"])
@pytest.mark.parametrize("case", ["T2@0.3", "T3@0.3"])
def test_ours_is_conserved(case, kind):
    """Also where the table spills, and with fewer bits."""
    call = getattr(system, kind)
    for tokens, ahead in ((3_000, 0), (60_000, 1), (200_000, 2)):
        options = system.Options(case=case, kv_bits=8, ahead=ahead)
        result = call(tokens=tokens, batch=2, mode="ours", options=options)
        check_conserved(result)
        assert moved(result, "dre") == 0
        spilled = sum(use.bytes for use in result.log if use.what == "spilled")
        assert spilled == pytest.approx(sum(layer.choice.bytes for layer in result.work.layers))
        assert spilled > 0


def check_conserved(result):
    work = result.work
    assert moved(result, "engine", "flops") == pytest.approx(work.flops, rel=1e-12)
    assert moved(result, "dram") == pytest.approx(work.dram_bytes, rel=1e-12)
    assert moved(result, "link") == pytest.approx(work.fetched_bytes, rel=1e-12)
    assert moved(result, "out") == pytest.approx(work.written_bytes, rel=1e-12)
    for name, seconds in result.busy.items():
        used = sum(use.end - use.begin for use in result.log if use.resource == name)
        assert used == pytest.approx(seconds)
        ends = sorted((use.begin, use.end) for use in result.log if use.resource == name)
        assert all(a[1] <= b[0] + 1e-12 for a, b in pairwise(ends))


def test_what_a_frame_is_made_of():
    """Plain arithmetic on the published sizes."""
    layer = 4_096 * (4_096 + 2 * 1_024) + 4_096 * 4_096 + 3 * 4_096 * 14_336
    assert MODEL.qkv_weights + MODEL.out_weights == layer == 218_103_808
    assert MODEL.kv_bytes_all == 131_072
    assert MODEL.vision_flops == pytest.approx(381e9, rel=2e-3)
    tower = 24 * (4 * 1_024**2 + 2 * 1_024 * 4_096) + (1_024 + 4_096) * 4_096
    assert MODEL.resident_bytes == 2 * (32 * layer + 2 * 4_096 * 128_256 + tower)
    work = system.frame(EDGE, "flexgen", tokens=40_000, mode="stated").work
    linear = 2 * 10 * layer * 32 + 2 * 4_096 * 128_256
    attention = 4 * 10 * 40_010 * 4_096 * 32
    assert work.flops == pytest.approx(MODEL.vision_flops + linear + attention, rel=1e-12)
    assert work.fetched_bytes == pytest.approx(40_000 * 131_072, rel=1e-12)
    assert work.written_bytes == 10 * 131_072


@pytest.mark.parametrize("batch", [1, 7])
def test_pure_compute(batch):
    slow = replace(EDGE, **FAST | {"peak_tflops": 0.01})
    result = system.frame(slow, "kvmu", tokens=30_000, batch=batch, mode="stated")
    assert result.seconds == pytest.approx(result.work.flops / slow.flops, rel=SLACK)


@pytest.mark.parametrize("policy", ["flexgen", "kvmu"])
def test_pure_link(policy):
    slow = replace(EDGE, **FAST | {"link_gb_s": 0.01, "clock_mhz": 1e5})
    result = system.frame(slow, policy, tokens=30_000, mode="stated")
    share = policy_of(policy).frames
    assert result.seconds == pytest.approx(30_000 * share * 131_072 / slow.link_rate, rel=SLACK)


def test_pure_memory():
    slow = replace(EDGE, **FAST | {"dram_gb_s": 0.1})
    result = system.token(slow, "local", tokens=30_000, mode="stated")
    layer = MODEL.qkv_weights + MODEL.out_weights
    size = 2 * (32 * layer + MODEL.head_weights) + 131_072 * (30_001 + 1)
    assert result.seconds == pytest.approx(size / slow.dram_rate, rel=SLACK)


def test_reads_of_far_memory_are_a_limit():
    slow = replace(EDGE, **FAST | {"far_reads_s": 1_000.0, "clock_mhz": 1e5})
    result = system.frame(slow, "kvpu", tokens=30_000, mode="stated")
    assert result.seconds == pytest.approx(30_000 * 0.327 * 32 / 1_000, rel=SLACK)


@pytest.mark.parametrize(("cores", "batch", "rounds"), [(8, 1, 1), (16, 3, 2), (5, 2, 4)])
def test_pure_choice(cores, batch, rounds):
    """A slow DRE: one KV head of a stream on a core at a time; no fetch before its choice.

    The last layer's choice is for a layer that there is not, so nobody waits for it.
    """
    slow = replace(EDGE, **FAST | {"cores": cores, "clock_mhz": 0.1})
    result = system.frame(slow, "kvmu", tokens=30_000, batch=batch, mode="stated")
    clusters = 30_000 / 32
    cycles = max(10 * clusters * 2, 40 * clusters / 16 * 12)
    assert result.seconds == pytest.approx(31 * rounds * cycles / 1e5, rel=SLACK)


MACHINES = st.builds(
    lambda **numbers: replace(EDGE, **numbers),
    peak_tflops=st.floats(0.1, 1e3),
    dram_gb_s=st.floats(1, 1e4),
    link_gb_s=st.floats(0.1, 1e3),
    clock_mhz=st.floats(10, 1e4),
    cores=st.integers(1, 64),
    far_reads_s=st.sampled_from([0.0, 1e5, 1e6]),
    far_page_bytes=st.sampled_from([0, 512, 4_096, 16_384]),
)
CHOSEN = st.sampled_from(["flexgen", "infinigenp", "rekv", "resv", "kvpu", "kvmu"])


@settings(max_examples=40)
@given(MACHINES, CHOSEN, st.integers(0, 60_000), st.integers(1, 8))
def test_any_machine(one, policy, tokens, batch):
    """Conservation; never faster than any resource alone, never slower than all in a row."""
    result = system.frame(one, policy, tokens=tokens, batch=batch, mode="stated")
    check_conserved(result)
    work = result.work
    fetch = work.layers[0].fetch.seconds * 32 if work.layers[0].fetch else 0.0
    floor = max(
        work.flops / one.flops, (work.dram_bytes - work.written_bytes) / one.dram_rate, fetch
    )
    assert result.seconds >= floor * (1 - 1e-9) - work.written_bytes / one.dram_rate
    choices = sum(layer.choice.seconds for layer in work.layers if layer.choice)
    row = sum(o.seconds for o in work.operations) + choices + fetch
    assert result.seconds <= row + 2 * work.dram_bytes / one.dram_rate


@settings(max_examples=40)
@given(
    MACHINES, CHOSEN, st.integers(0, 60_000), st.floats(1.01, 10),
    st.sampled_from(["peak_tflops", "dram_gb_s", "link_gb_s", "clock_mhz"]),
)  # fmt: skip
def test_more_is_never_slower(one, policy, tokens, factor, name):
    """One operation may come to wait for another that it did not meet before: 1 %."""
    more = replace(one, **{name: getattr(one, name) * factor})
    first, second = (
        system.frame(which, policy, tokens=tokens, mode="stated").seconds for which in (one, more)
    )
    assert second <= first * 1.01


OPTIONS = st.builds(
    system.Options,
    case=st.sampled_from(["T2@0.3", "T2@0.2", "T3@0.3", "T3@0.08"]),
    area=st.sampled_from([None, 0.0, 0.5, 2.0]),
    ahead=st.integers(0, 4),
    kv_bits=st.sampled_from([4.5, 8.0, 16.0]),
    sharing=st.integers(1, 4),
)


@settings(max_examples=40)
@given(
    MACHINES, OPTIONS, st.integers(0, 200_000), st.floats(1.01, 10),
    st.sampled_from(["peak_tflops", "dram_gb_s", "dram_gb", "link_gb_s", "clock_mhz"]),
)  # fmt: skip
def test_ours_on_any_machine(one, options, tokens, factor, name):
    """Packets, pages, areas: conserved, never faster than link or engine; more is never slower."""
    more = replace(one, **{name: getattr(one, name) * factor})
    first, second = (
        system.frame(which, tokens=tokens, mode="ours", options=options) for which in (one, more)
    )
    check_conserved(first)
    fetch = first.work.layers[0].fetch
    wire = 32 * fetch.wire_bytes if fetch else 0.0
    assert first.seconds >= max(wire / one.link_rate, first.work.flops / one.flops) * (1 - 1e-9)
    if fetch:
        assert fetch.wire_bytes > fetch.read_bytes >= fetch.useful_bytes * (1 - 1e-12)
    assert second.seconds <= first.seconds * 1.01


@settings(max_examples=25)
@given(MACHINES, st.integers(0, 60_000), st.integers(0, 20_000), st.integers(1, 4))
def test_more_work_is_never_faster(one, tokens, further, batch):
    base = system.frame(one, "kvmu", tokens=tokens, mode="stated").seconds
    longer = system.frame(one, "kvmu", tokens=tokens + further, mode="stated").seconds
    wider = system.frame(one, "kvmu", tokens=tokens, batch=batch, mode="stated").seconds
    assert base <= longer * 1.01
    assert base <= wider * 1.01


def test_no_speedup_without_a_cause():
    """Pieces matter only where pages, packets or reads do; hiding only where there is a fetch."""
    server = system.load_platform("v-rex48")
    small, large = (
        system.frame(server, name, tokens=40_000, mode="stated") for name in ("kvpu", "kvmu")
    )
    assert small.seconds == large.seconds
    empty = {
        name: system.frame(EDGE, name, tokens=0, mode="stated").seconds
        for name in ("flexgen", "infinigen")
    }
    assert len(set(empty.values())) == 1
    paged = [
        system.frame(EDGE, name, tokens=40_000, mode="stated").seconds for name in ("kvpu", "kvmu")
    ]
    assert paged[0] > paged[1]  # 850,000 reads a second of 4 KB are less than the link


def test_asking_earlier_hides_more():
    times = [
        system.frame(tokens=40_000, mode="ours", options=system.Options(ahead=n, area=1.0)).seconds
        for n in (0, 1, 2)
    ]
    assert times[0] > times[1]
    assert times[2] <= times[1] * 1.001
