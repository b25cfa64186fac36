"""The KVMU whose metadata change by themselves: put right, or said, never silent (spec D91)."""

from dataclasses import replace

import cocotb

from dre.kvmu.keeper.records import DESCRIPTOR_WORDS, descriptor
from kvmu import coverage
from kvmu.golden_kvmu import BAD_COMMAND, END, FETCH, FREE, GRANT, INIT
from kvmu.scene_broken import HOME_FATES, BrokenScene
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import Mix, Traffic
from kvmu.watched import Watched
from streams import Stalls

CONTEXTS = tuple(sorted({0, BUILD.contexts - 1}))
SIDES = ("words",) if BUILD.store == "chip" else ("words", "reads", "writes")
SETTLED = 200
"""Cycles in which every word that was written has got to its memory."""
MOST_ROUNDS = 30
"""Of ten commands, in which some word must have been read from its memory."""
LIMIT = 400_000
"""Cycles that a few commands may take at most."""


def hurt(scene, side, fate=None):
    """Nothing can be read any more; or the metadata's memory answers with errors."""
    if side == "words":
        scene.flip(2)
    else:
        scene.spoil(side, fate)


async def end(scene):
    """End all contexts."""
    for context in CONTEXTS:
        if scene.golden.state(context) is not None:
            await scene.give({"op": FREE, "context": context})
    await scene.finish()


async def break_now(scene, side, most=60, fate=None):
    """Damage, and commands until one has said so; then some that change nothing, and reset."""
    hurt(scene, side, fate)
    traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
    await scene.finish()
    for n in range(most):
        if scene.broken:
            break
        await traffic.next(scene.rng.choice(CONTEXTS))
        await scene.finish()
        hurt(scene, side, fate)  # what has been written since, all but what is read is
        if n % 10 == 9:
            await end(scene)  # or refused commands could go on, with no word that is not cached
    assert scene.broken, "nothing is noticed"
    await traffic.run(4)
    for op in range(8):
        await scene.give({"op": op, "context": 4095, "tokens": 1})
    await scene.finish()
    await scene.step(50)
    await scene.restart()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def a_wrong_bit_in_each_word(dut):
    """It is put right and counted, and nothing else differs."""
    scene = await begin(dut, kind=BrokenScene)
    traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
    for _ in range(3):
        await traffic.run(10)
        scene.flip(1)
    for _ in range(MOST_ROUNDS):  # of a small store most is on the chip: till one is read again
        await traffic.run(10)
        if scene.counts["corrected"]:
            break
        scene.flip(1)
    assert scene.counts["corrected"] > 0


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "chip")
async def each_wrong_bit_is_counted(dut):
    """Once, when its word is read."""
    scene = await begin(dut, kind=BrokenScene)
    script, words = Script(scene), len(descriptor(BUILD)[1])
    await script.init()
    for count in (words, 1, 0):
        await scene.finish()
        scene.flip(1, range(count))
        before = scene.counts["corrected"]
        made = await script.give(FETCH)
        assert made.result["status"] == BAD_COMMAND
        await scene.finish()
        assert scene.counts["corrected"] - before == count


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
async def what_is_put_right_is_written_back(dut):
    """Where it was wrong, that is near memory; what was read from the cache stays wrong there."""
    scene = await begin(dut, kind=BrokenScene)
    script, corrected = Script(scene, CONTEXTS[-1]), 0
    words = [DESCRIPTOR_WORDS * CONTEXTS[-1] + n for n in range(len(descriptor(BUILD)[1]))]
    await script.init()
    other = Script(scene)  # its words take the cache
    for _ in range(3):
        await other.init()
        for cluster in range(3):
            await other.page(cluster)
        await other.see(range(3), 0)
        await scene.finish()
        await scene.step(SETTLED)
        scene.flip(1, words)
        before = scene.counts["corrected"]
        made = await script.give(FETCH)
        assert made.result["status"] == BAD_COMMAND
        await scene.finish()
        await scene.step(SETTLED)
        now = scene.counts["corrected"] - before
        assert scene.wrong(words) == len(words) - now
        corrected += now
    assert corrected > 0


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
@cocotb.parametrize(answer=[(side, fate) for side, fates in HOME_FATES.items() for fate in fates])
async def each_wrong_answer(dut, answer):
    """One that ends early, or not where it must, is no better than an error."""
    side, fate = answer
    scene = await begin(dut, kind=BrokenScene)
    await Traffic(scene, Mix(CONTEXTS)).run(10)
    await break_now(scene, side, fate=fate)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def while_nothing_is_done(dut):
    """Every kind of command is answered, and none is done."""
    scene = await begin(dut, kind=BrokenScene)
    for side in SIDES:
        await Traffic(scene, Mix(CONTEXTS)).run(10)
        await break_now(scene, side)
    await Traffic(scene, Mix(CONTEXTS)).run(10)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def at_any_moment(dut):
    """Of any command; deliveries and results wait for who takes them, or not."""
    slow = {name: Stalls(ready=0.3) for name in ("results", "grants", "deliveries")}
    scene = await begin(dut, slow, kind=BrokenScene)
    for _ in range(3):
        for side in SIDES:
            traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0, free=0.1, selections=("all",)))
            await traffic.run(scene.rng.randint(3, 12))
            work = Watched(dut, traffic.run(6))
            for _ in range(scene.rng.randint(1, 400)):
                await cocotb.triggers.RisingEdge(dut.clk)
            hurt(scene, side)
            await work.ends(LIMIT)
            await break_now(scene, side)


async def _prepare(script):
    """A context with pages of its first cluster, and one token too few for the next one."""
    await script.init(frames=1)
    while len(script.state.pages) < 2:
        await script.append(0, 1)
    for _ in range(script.build.page_entries - 1):
        await script.append(0, 1)


MOMENTS = {
    "grant": (GRANT, lambda scene, age: scene.pending[0].granted),
    "header": (FETCH, lambda scene, age: scene.pending[0].told == 1),
    "deliveries": (FETCH, lambda scene, age: scene.pending[0].told > 2),
    "reading": (FETCH, lambda scene, age: scene.peers[0].bursts),
    "leaving": (END, lambda scene, age: scene.peers[2].bursts),
    "freeing": (FREE, lambda scene, age: age > 20),
    "beginning": (INIT, lambda scene, age: age > 10),
}
"""When metadata are damaged: the operation, and what of it has been done."""


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(moment=list(MOMENTS))
async def in_the_midst_of(dut, moment):
    """Each command, when some of it has been done."""
    slow = {name: Stalls(ready=0.2) for name in ("grants", "deliveries")}
    scene = await begin(dut, slow, kind=BrokenScene)
    op, reached = MOMENTS[moment]
    for side in sorted({"words", scene.rng.choice(SIDES)}):
        script = Script(scene)
        await _prepare(script)
        await _command(script, op)
        start = scene.cycles.now
        while not reached(scene, scene.cycles.now - start):
            await scene.step()
            assert scene.pending, f"{moment} is over"
        scene.seen[f"broken: {moment}"] += 1
        await break_now(scene, side)


async def _command(script, op):
    """The one that is to break."""
    if op in (FETCH, END):
        await script.grant(1)
    if op == INIT:
        await script.give(FREE)
    await script.scene.finish()
    for peer in script.scene.peers:
        peer.bursts.clear()
    if op == GRANT:
        await script.grant(BUILD.max_chunk)
    elif op == FETCH:
        await script.fetch([0])
    elif op == END:
        await script.end([0])
    elif op == INIT:
        await script.init(frames=BUILD.frames, sink_tokens=1)
    else:
        await script.give(FREE)


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
async def before_a_page_is_ordered_again(dut):
    """A write fails late, when nothing but a page is waited for, and that one fails too."""
    scene = await begin(dut, kind=BrokenScene)
    script, writes = Script(scene), scene.home[1]
    await _prepare(script)
    await script.grant(1)
    await scene.finish()
    scene.peers[0].bursts.clear()
    writes.habits = replace(writes.habits, latency=(60, 60))
    await script.fetch([0], lambda page: BUILD.retries)
    while not scene.peers[0].bursts:
        await scene.step()
    assert writes.waiting, "nothing is written before a page is read"
    scene.spoil("writes")
    for burst in writes.waiting:
        burst.fate = "slverr"
    await break_now(scene, "writes")


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
async def behind_the_last_result(dut):
    """A write fails when every command has been answered: no other state shows, not for a cycle."""
    scene = await begin(dut, kind=BrokenScene)
    script, writes = Script(scene), scene.home[1]
    writes.habits = replace(writes.habits, latency=(60, 60))
    await script.init()
    await scene.finish()
    assert writes.waiting, "every write has been acknowledged before the result"
    scene.spoil("writes")
    for burst in writes.waiting:
        burst.fate = "slverr"
    while not scene.read("state")["broken"]:
        scene.check_idle()
        await scene.step()
    scene.check_idle()
    await break_now(scene, "writes")


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
async def while_a_packet_is_waited_for(dut):
    """A write fails late: a command that needs nothing but its packet is answered behind it."""
    scene = await begin(dut, kind=BrokenScene)
    script, writes = Script(scene), scene.home[1]
    await script.init()
    writes.habits = replace(writes.habits, latency=(150, 150))
    await script.grant(1)
    await scene.finish()
    await script.fetch([])
    for beat in scene.selected.queue:
        beat.not_before = scene.cycles.now + LIMIT
    while not scene.pending[0].told:
        await scene.step()
    assert writes.waiting, "every write has been acknowledged before the header"
    scene.spoil("writes")
    for burst in writes.waiting:
        burst.fate = "slverr"
    while not scene.read("state")["broken"]:
        await scene.step()
    await scene.step(SETTLED)
    assert scene.pending, "it is answered before its packet has come"
    for beat in scene.selected.queue:
        beat.not_before = 0
    await scene.finish()
    assert scene.broken
    await scene.restart()


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage.missing(BUILD, "broken")
    assert not missing, f"never seen: {', '.join(missing)}"
