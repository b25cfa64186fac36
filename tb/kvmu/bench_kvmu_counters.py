"""The KVMU's sticky bits, and what makes its counters count."""

import cocotb
from cocotb.triggers import FallingEdge

from dre.kvmu.keeper.records import descriptor
from dre.kvmu.unit import STICKY
from kvmu.golden_kvmu import (
    BAD_COMMAND,
    END,
    FETCH,
    OUT_OF_STEP,
    REFUSED,
    RELEASE,
    VOID,
    WRITE_FAILED,
)
from kvmu.packets_kvmu import assigned, assigned_faults, selected, selected_faults
from kvmu.scene_broken import BrokenScene
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script

ON_CHIP = BUILD.store == "chip"


def always(page):
    """Every page fails for good."""
    return BUILD.retries + 1


async def ended(scene):
    """Let all commands end; counters are not looked at."""
    while scene.pending:
        await scene.step()


async def begun(script):
    """A context between two chunks."""
    if script.state is None:
        await script.init()


async def refused(script):
    """More slots than there are; then there is no context."""
    await script.init(recent_tokens=BUILD.near_slots)


async def bad_command(script):
    """A release of nothing."""
    await begun(script)
    await script.give(RELEASE)


async def out_of_step(script):
    """The packet of another chunk."""
    await begun(script)
    await script.grant(1)
    command = script.named(FETCH, script.context)
    packet = selected(script.rng, BUILD, command, [], 0)
    wrong = selected_faults(BUILD.lanes)["other chunk"](script.rng, packet)
    await script.scene.give(command, wrong)
    await script.close(0)


async def void(script):
    """A chunk that the HCU has ended with an error."""
    await begun(script)
    await script.grant(1)
    command, known = script.named(END, script.context), script.state.clusters
    packet = assigned(script.rng, BUILD, command, [0], known)
    wrong = assigned_faults(BUILD.max_clusters)["failed"](script.rng, packet)
    await script.scene.give(command, wrong)
    await script.end([0])


async def write_failed(script):
    """A page that cannot be written."""
    await begun(script)
    made = None
    while made is None or made.result["status"] != WRITE_FAILED:
        made = await script.append(0, 1, always)


async def read_failed(script):
    """A page that cannot be read."""
    await begun(script)
    while not script.state.pages:
        await script.append(0, 1)
    await script.fetch([0], always)
    await script.close(0)


async def moved(script):
    """Pages written, read, found again in the area, and entries of the ring."""
    await begun(script)
    pages = len(script.state.pages)
    while len(script.state.pages) == pages:
        await script.append(0, 1)
    await script.append(0, 1)
    for _ in range(2):
        await script.see([0], 0)


async def corrected(script):
    """A wrong bit in each word of a descriptor; only its words are read."""
    await begun(script)
    await ended(script.scene)
    words = len(descriptor(BUILD)[1])
    script.scene.flip(1, range(words))
    await script.give(FETCH)
    script.scene.counts["corrected"] += words


EVENTS = {
    **{"refused": (refused, REFUSED), "bad_command": (bad_command, BAD_COMMAND)},
    **{"out_of_step": (out_of_step, OUT_OF_STEP), "void": (void, VOID)},
    **{"write_failed": (write_failed, None), "read_failed": (read_failed, None)},
    **({"corrected": (corrected, BAD_COMMAND)} if ON_CHIP else {}),
}
"""Sticky bits that can be set and the unit goes on: what sets them, and its status of a result."""


async def one_of_each(scene):
    """At least one event for each counter."""
    script = Script(scene)
    for cause, _ in EVENTS.values():
        await cause(script)
    await moved(script)
    await ended(scene)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def every_event_sets_its_own_bit(dut):
    """Each alone, after a reset; clearing all others leaves it, clearing it clears it."""
    scene = await begin(dut, kind=BrokenScene)
    assert set(scene.read("status")) == set(STICKY)
    for name, (cause, status) in EVENTS.items():
        await scene.restart()
        await cause(Script(scene))
        await ended(scene)
        await scene.step(4)
        bits = {bit for bit, value in scene.read("status").items() if value}
        own = {"bad_command"} if name == "corrected" else set()
        assert bits == {name} | own, f"{name}: {bits}"
        assert status is None or scene.over[status] > 0
        await scene.clear(**{other: 1 for other in STICKY if other != name})
        assert scene.read("status")[name], "a bit was cleared that was not written"
        await scene.clear(**{name: 1})
        assert not any(scene.read("status").values())


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def each_bit_is_cleared_alone(dut):
    """All of them set; then each is cleared, in any order, and no other one."""
    scene = await begin(dut, kind=BrokenScene)
    for _ in range(2):
        await one_of_each(scene)
        await scene.step(4)
        expected = {name: int(name in EVENTS) for name in STICKY}
        assert scene.read("status") == expected
        for name in scene.rng.sample(list(EVENTS), len(EVENTS)):
            await scene.clear(**{name: 1})
            expected[name] = 0
            assert scene.read("status") == expected


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def an_event_wins_over_clear(dut):
    """Clear held while the event happens: the bit shows for a cycle each time."""
    scene = await begin(dut, kind=BrokenScene)
    shown = dict.fromkeys(EVENTS, 0)

    async def watch():
        while True:
            await FallingEdge(dut.clk)
            bits = scene.read("status")
            for name in EVENTS:
                shown[name] += bits[name]

    watching = cocotb.start_soon(watch())
    dut.clear.value = 2 ** len(dut.clear) - 1
    await one_of_each(scene)
    await scene.step(4)
    watching.cancel()
    dut.clear.value = 0
    counters = scene.read("counters")
    for name in EVENTS:
        assert shown[name] == counters[name] > 0, f"{name}: {shown[name]} of {counters[name]}"
