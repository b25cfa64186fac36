"""The HCU among faults: bad settings, streams that lose step, reset in mid-chunk, sticky status.

After every fault the next chunks must be right, without a reset, and no table may have changed.
"""

import cocotb
import numpy as np

from dre.layouts import ChunkStatus
from engine import Job
from hcu import coverage
from hcu.scene import BUILD, ON_CHIP, begin
from hcu.workload import random_job, random_words
from streams import Stalls

STALLS = {name: Stalls(valid=0.7, ready=0.7) for name in ("hash_bits", "passes", "table")}
A, B, C = (1, 1, 1) if ON_CHIP else (1, 2, 3)
LIMITS = {"max_clusters": BUILD.max_clusters}


SIZE = min(BUILD.max_chunk, 2 * BUILD.lanes + 2)  # three groups, if the build can
LAST_GROUP = (SIZE - 1) // BUILD.lanes


def chunk(scene, size=SIZE):
    """Words of a chunk."""
    return random_words(scene.rng, size, BUILD.hash_bits)


async def surrounded(scene, job, status):
    """Play chunks before, with and after a faulty one; everything else must be right."""
    before = [Job(A, chunk(scene, 1), **LIMITS), Job(job.context, chunk(scene), **LIMITS)]
    await scene.play(*before)
    scene.engine.offer(job, Job(C, chunk(scene), **LIMITS), Job(A, chunk(scene), **LIMITS))
    answers = await scene.engine.finish()
    assert answers[0].job is job, "answers come in order"
    scene.judge(answers[:1], status)
    scene.judge(answers[1:])
    await scene.play(Job(job.context, chunk(scene), **LIMITS))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def bad_settings_are_refused(dut):
    """Each rule of spec D31, broken alone."""
    scene = await begin(dut, STALLS)
    good = {"Th_hd": 7, "max_clusters": BUILD.max_clusters, "cluster_cap": None}
    bad = [{"max_clusters": 0}, {"cluster_cap": 0}]
    layout = BUILD.settings
    for name, allowed in (("Th_hd", BUILD.hash_bits + 1), ("max_clusters", BUILD.max_clusters)):
        largest = 2 ** layout[name].width - 1
        bad += [{name: value} for value in {allowed + 1, largest} if allowed < value <= largest]
    for change in bad:
        for size in {0, 1, SIZE}:
            job = Job(B, chunk(scene, size), **{**good, **change})
            await surrounded(scene, job, ChunkStatus.BAD_CONFIG)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def bad_headers_are_refused(dut):
    """More tokens or clusters than the build can do."""
    scene = await begin(dut, STALLS)
    fields = BUILD.hash_packet["data"].shape["header"].shape
    for name, allowed in (("tokens", BUILD.max_chunk), ("clusters", BUILD.max_clusters)):
        if allowed + 1 >= 2 ** fields[name].width:
            continue  # the header cannot say more than is allowed

        def fault(beats, name=name, allowed=allowed):
            beats[0]["data"]["header"][name] = allowed + 1
            return beats

        job = Job(B, chunk(scene), hash_fault=fault, **LIMITS)
        scene.engine.offer(job, Job(A, chunk(scene), **LIMITS))
        bad, good = await scene.engine.finish()
        assert bad.status == ChunkStatus.BAD_CONFIG
        assert not bad.tokens
        scene.counts["bad_config"] += 1
        scene.judge([good])
    await scene.end()


def without(beats, n):
    """A packet that lacks its n-th beat, and says ``last`` where it now ends."""
    beats = beats[:n] + beats[n + 1 :]
    beats[-1]["last"] = 1
    return beats


def longer(beats):
    """A packet with two beats more than announced."""
    return [*beats[:-1], {**beats[-1], "last": 0}, {**beats[-1], "last": 0}, beats[-1]]


def cut(beats):
    """A packet that breaks off without ``last``; the next one's header follows."""
    return [{**beat, "last": 0} for beat in beats[: max(1, len(beats) // 2)]]


def endless(beats):
    """A packet of the right length that does not say where it ends."""
    return [*beats[:-1], {**beats[-1], "last": 0}]


def ended_twice(beats):
    """A packet that also says in the middle that it ends."""
    return [beats[0], {**beats[1], "last": 1}, *beats[2:]]


def stray(beats):
    """Beats without header before the packet."""
    return [{**beats[-1], "first": 0, "last": 0}] * 3 + beats


def header_only(beats):
    """A header that says it is the last beat, though it announces more."""
    return [{**beats[0], "last": 1}]


HASH_FAULTS = {
    # what is sent, how the chunk ends, events on the hash stream
    "a word less": (lambda beats: without(beats, 1), ChunkStatus.OUT_OF_STEP, 1),
    "words more": (longer, ChunkStatus.OUT_OF_STEP, 1),
    "broken off": (cut, ChunkStatus.OUT_OF_STEP, 1),
    "header only": (header_only, ChunkStatus.OUT_OF_STEP, 1),
    "stray words": (stray, None, 1),
    "no last": (endless, ChunkStatus.OUT_OF_STEP, 1),
    "last in the middle": (ended_twice, ChunkStatus.OUT_OF_STEP, 2),
}


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(HASH_FAULTS))
async def hash_stream_loses_step(dut, kind):
    """Spec D28 for the hash stream."""
    if ON_CHIP and kind in ("broken off", "no last"):
        return  # of one context nothing follows that would show it
    shortest = 2 if kind == "last in the middle" else 1
    if shortest > SIZE:
        return
    scene = await begin(dut, STALLS)
    fault, status, events = HASH_FAULTS[kind]
    rounds = 5
    for _ in range(rounds):
        size = scene.rng.randint(shortest, SIZE)
        await surrounded(scene, Job(B, chunk(scene, size), hash_fault=fault, **LIMITS), status)
    scene.counts["hash_out_of_step"] += rounds * events
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def empty_chunk_that_does_not_end(dut):
    """A header that announces no tokens, but words follow."""
    scene = await begin(dut, STALLS)
    words = chunk(scene, 1)

    def fault(beats):
        beats[0]["data"]["header"]["tokens"] = 0
        return beats

    await surrounded(scene, Job(B, words, hash_fault=fault, **LIMITS), ChunkStatus.OUT_OF_STEP)
    scene.counts["hash_out_of_step"] += 1
    await scene.end()


def change_header(**changes):
    """A pass whose header differs from what was asked for."""

    def fault(beats):
        header = {**beats[0]["data"]["header"]}
        for name, change in changes.items():
            header[name] = change(header[name])
        return [{**beats[0], "data": {"header": header}}, *beats[1:]]

    return fault


def doubled(beats):
    """The pass of a chunk long gone, before the right one."""
    old = change_header(chunk=lambda number: (number - 3) % 2**16)(beats)
    return [*old, *beats]


TABLE_FAULTS = {
    "an entry less": (lambda beats: without(beats, 1), ChunkStatus.OUT_OF_STEP, 1),
    "entries more": (longer, ChunkStatus.OUT_OF_STEP, 1),
    "broken off": (cut, ChunkStatus.OUT_OF_STEP, None),
    "header only": (header_only, ChunkStatus.OUT_OF_STEP, 1),
    "stray entries": (stray, None, 1),
    "no last": (endless, ChunkStatus.OUT_OF_STEP, 1),
    "wrong context": (change_header(context=lambda n: n ^ 1), ChunkStatus.OUT_OF_STEP, 1),
    "wrong context, high bit": (
        change_header(context=lambda n: n ^ 2048),
        ChunkStatus.OUT_OF_STEP,
        1,
    ),
    "wrong clusters": (change_header(clusters=lambda n: n - 1), ChunkStatus.OUT_OF_STEP, 1),
    "an old pass first": (doubled, None, 1),
    "only an old pass": (
        change_header(chunk=lambda n: (n - 1) % 2**16),
        ChunkStatus.OUT_OF_STEP,
        None,
    ),
    "a number far ahead": (
        change_header(chunk=lambda n: (n + 1000) % 2**16),
        ChunkStatus.OUT_OF_STEP,
        None,
    ),
    "no pass": (lambda beats: [], ChunkStatus.OUT_OF_STEP, None),
}
LARGER_TABLE_FAULTS = {  # these need a few clusters
    "last in the middle": (ended_twice, ChunkStatus.OUT_OF_STEP, 2),
    "more clusters": (change_header(clusters=lambda n: n + 1), ChunkStatus.OUT_OF_STEP, 1),
}
if SIZE > 2:
    TABLE_FAULTS |= LARGER_TABLE_FAULTS


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
@cocotb.parametrize(kind=list(TABLE_FAULTS), where=["first group", "last group"])
async def table_loses_step(dut, kind, where):
    """Spec D28 for the table, in the first or last pass of a chunk."""
    scene = await begin(dut, STALLS)
    fault, status, events = TABLE_FAULTS[kind]
    faulty = 0 if where == "first group" else LAST_GROUP

    def in_one_group(group, beats):
        return fault(beats) if group == faulty else beats

    rounds = 4
    for _ in range(rounds):
        await surrounded(scene, Job(B, chunk(scene), table_fault=in_one_group, **LIMITS), status)
    count = scene.read("counters")["table_out_of_step"]
    # A pass that is missing shows when the next ones come, once for each group that waited.
    assert count == rounds * events if events else count >= rounds, count
    scene.counts["table_out_of_step"] += count
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP or LAST_GROUP == 0)
async def pass_of_the_next_group(dut):
    """The first pass says that it is the second one; the true second one is then left over."""
    scene = await begin(dut, STALLS)

    def fault(group, beats):
        return beats if group else change_header(group=lambda number: number + 1)(beats)

    job = Job(B, chunk(scene), table_fault=fault, **LIMITS)
    await surrounded(scene, job, ChunkStatus.OUT_OF_STEP)
    scene.counts["table_out_of_step"] += 2
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(stream=["hash_bits", "table"], fault=["less", "more", "header only"])
async def faulty_chunk_ends_by_itself(dut, stream, fault):
    """A chunk whose packet says where it ends is answered though nothing follows."""
    if ON_CHIP and stream == "table":
        return
    scene = await begin(dut)
    await scene.play(Job(B, chunk(scene), **LIMITS))
    change = {"less": lambda beats: without(beats, 1), "more": longer, "header only": header_only}
    faults = {
        "hash_bits": {"hash_fault": change[fault]},
        "table": {
            "table_fault": lambda group, beats: (
                change[fault](beats) if group == LAST_GROUP else beats
            )
        },
    }
    await scene.play(
        Job(B, chunk(scene), **faults[stream], **LIMITS), status=ChunkStatus.OUT_OF_STEP
    )
    scene.counts["hash_out_of_step" if stream == "hash_bits" else "table_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
async def chunk_numbers_wrap(dut):
    """Chunks, a missing pass and an old pass where the numbers begin again."""
    scene = await begin(dut)
    for start in (2**16 - 6, 2**15 - 6):
        scene.engine.number = start
        await scene.play(*[Job(n % 7, chunk(scene), **LIMITS) for n in range(12)])
    scene.engine.number = 2**16 - 1
    missing = Job(1, chunk(scene, 1), table_fault=lambda group, beats: [], **LIMITS)
    scene.engine.offer(missing, Job(2, chunk(scene), **LIMITS))
    first, second = await scene.engine.finish()
    scene.judge([first], ChunkStatus.OUT_OF_STEP)
    scene.judge([second])
    scene.engine.number = 1
    old = Job(1, chunk(scene), table_fault=lambda group, beats: doubled(beats), **LIMITS)
    await scene.play(old, Job(2, chunk(scene), **LIMITS))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def reset_in_mid_chunk(dut):
    """Reset at any moment; then nothing comes out of itself, and the next chunks are right."""
    scene = await begin(dut, STALLS)
    contexts = [1] if ON_CHIP else [1, 2]
    for _ in range(25):
        scene.engine.offer(
            *(random_job(scene.rng, BUILD, scene.golden, contexts) for _ in range(4))
        )
        await scene.engine.idle(scene.rng.randint(1, 6 * SIZE + 60))
        await scene.restart()
        for _ in range(5):
            await scene.engine.idle(1)
            assert not dut.assignments__valid.value, "a beat of a forgotten chunk"
        jobs = [random_job(scene.rng, BUILD, scene.golden, contexts) for _ in range(2)]
        await scene.play(*jobs)
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def sticky_bits_stay_until_cleared(dut):
    """Write one clears a bit, only that bit, and only if it does not happen again."""
    scene = await begin(dut)
    limits = {"max_clusters": BUILD.max_clusters, "cluster_cap": 0}
    await scene.play(Job(B, chunk(scene, 1), **limits), status=ChunkStatus.BAD_CONFIG)
    fault = {"hash_fault": stray}
    await scene.play(Job(B, chunk(scene, 1), **fault, **LIMITS))
    await scene.engine.idle(3)
    both = {"refused": 0, "bad_config": 1, "hash_out_of_step": 1, "table_out_of_step": 0}
    assert scene.read("status") == both
    await scene.clear(refused=1, table_out_of_step=1)
    assert scene.read("status") == both, "a bit was cleared that was not written"
    await scene.clear(bad_config=1)
    assert scene.read("status") == {**both, "bad_config": 0}
    await scene.clear(hash_out_of_step=1)
    assert not any(scene.read("status").values())
    scene.engine.offer(Job(B, chunk(scene, 1), **fault, **LIMITS))
    dut.clear.value = 2 ** len(dut.clear) - 1  # held while the event happens
    shown = 0
    while scene.engine.busy:
        await scene.engine.idle(1)
        shown += scene.read("status")["hash_out_of_step"]
    assert shown == 1, "the event wins, and is cleared in the cycle after"
    assert scene.read("counters")["hash_out_of_step"] == 2


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_changes_its_owner(dut):
    """A chunk that begins a context takes the table over; the former owner has lost it."""
    scene = await begin(dut, STALLS)
    words = chunk(scene, min(4, BUILD.max_chunk))
    await scene.play(Job(1, words, **LIMITS), Job(1, words, **LIMITS))
    await scene.play(Job(2, words[:1], **LIMITS))
    await scene.play(Job(1, words, **LIMITS), status=ChunkStatus.OUT_OF_STEP)
    await scene.play(Job(2, words, **LIMITS), Job(2, words[:0], **LIMITS))
    await scene.play(Job(3, words[:0], **LIMITS), Job(2, words, **LIMITS))
    scene.counts["table_out_of_step"] += -(-len(words) // BUILD.lanes)  # one a pass
    del scene.golden.tables[1], scene.engine.tables[1]
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP or LAST_GROUP == 0)
async def failed_chunk_leaves_the_on_chip_table(dut):
    """Neither members nor owner change by a chunk whose last group fails."""
    scene = await begin(dut)
    one = chunk(scene, 1)
    await scene.play(Job(1, one, **LIMITS))

    def short(beats):
        return without(beats, len(beats) - 1)

    size = BUILD.lanes + 2
    for context, words in ((1, np.repeat(one, size, axis=0)), (2, chunk(scene, size))):
        job = Job(context, words, hash_fault=short, **LIMITS)
        await scene.play(job, status=ChunkStatus.OUT_OF_STEP)
    # One member only: open under a cap of 2, unless the void joins had been counted.
    await scene.play(Job(1, one, Th_hd=1, cluster_cap=2, **LIMITS))
    scene.counts["hash_out_of_step"] += 2
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_is_taken_over_while_it_applies(dut):
    """A new context right behind the old one: the first chunk is applied in full, then the next."""
    scene = await begin(dut)
    for first in range(1, SIZE + 1):
        for second in range(1, SIZE + 1):
            await scene.restart()
            words = chunk(scene, second)
            limits = {"Th_hd": 0, **LIMITS}
            await scene.play(Job(1, chunk(scene, first), **limits), Job(2, words, **limits))
            await scene.play(Job(2, words, Th_hd=1, **LIMITS))  # joins its own clusters
            del scene.golden.tables[1], scene.engine.tables[1]
            await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_knows_owner_and_size(dut):
    """The right number of clusters of the wrong context, and the reverse."""
    scene = await begin(dut)
    words = chunk(scene, 3)
    await scene.play(Job(1, words, Th_hd=0, **LIMITS), Job(2, words, Th_hd=0, **LIMITS))
    await scene.play(Job(1, words[:1], **LIMITS), status=ChunkStatus.OUT_OF_STEP)
    for by in (-1, 1):

        def fault(beats, by=by):
            beats[0]["data"]["header"]["clusters"] += by
            return beats

        scene.engine.offer(Job(2, words[:1], hash_fault=fault, **LIMITS))
        (answer,) = await scene.engine.finish()
        assert answer.status == ChunkStatus.OUT_OF_STEP
    await scene.play(Job(2, words, **LIMITS))


@cocotb.test()
async def failures_have_been_seen(dut):
    """Coverage of this bench: each way a chunk can fail has happened."""
    for status in ("BAD_CONFIG", "OUT_OF_STEP"):
        assert coverage.seen[f"status {status}"], f"never ended as {status}"
