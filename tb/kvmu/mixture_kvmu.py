"""What the KVMU is given in a long run: situations that must come, then commands at random.

Everything that random traffic of the benches can be (`kvmu.traffic_kvmu`) is drawn anew every few
dozen commands: how many contexts, what is selected and how clusters grow, how much is wrong with
commands and packets, how often pages fail, how memories behave. Now and then a memory does not
answer at all for a while.
"""

from functools import partial

from kvmu.cases_kvmu import CASES, always, every_wrong_packet
from kvmu.golden_kvmu import FREE
from kvmu.replay_kvmu import MOVERS, SIDES, STREAMS, Run
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import GROWTHS, SELECTIONS, Mix, Traffic, leaving_soon

SEGMENT = (20, 250)  # commands with the same mix
OUTAGE = 1 / 20  # segments in which a memory does not answer
ANEW = 0.15  # segments that end all contexts first
ALONE = 0.8  # those that end contexts which they do not use, and which would keep their slots
HURRIED, BUSY, SLOW = 1.0, 0.6, 0.15  # how willing a stream is
LATE = "write recovers from a late answer"
FLIPS = (1 / 1_024, 1 / 256)  # bits of metadata that turn round, in a cycle


async def mixture(plan, commands):
    """So many commands or a few more."""
    while plan.commands < commands:
        rng = plan.rng
        plan.habits()
        if rng.random() < OUTAGE:
            await an_outage(plan, rng.choice(MOVERS), rng.choice(SIDES))
            continue
        made = mix(rng, plan.build)
        if rng.random() < ALONE:
            await end(plan, set(plan.golden.chunks) - set(made.contexts))
        if rng.random() < ANEW:
            await end(plan, plan.golden.chunks)
        await Traffic(plan, made).run(rng.randint(*SEGMENT))
    await plan.finish()


async def end(plan, contexts):
    """End these contexts."""
    for context in sorted(contexts):
        await plan.give({"op": FREE, "context": context})


async def an_outage(plan, mover, side):
    """A memory answers no more until everything has failed; then it does again."""
    rng, build = plan.rng, plan.build
    await end(plan, plan.golden.chunks)
    mix = Mix(fetch=0.7, free=0.0, selections=("all",), settings=leaving_soon(build))
    traffic = Traffic(plan, mix)
    while not (state := plan.golden.state(0)) or len(state.pages) < 2:
        await traffic.next(0)
    await plan.drained()
    plan.outage(mover, side, True)
    traffic.failures = always(build)
    await traffic.run(rng.randint(2, 5))
    plan.outage(mover, side, False)
    await plan.drained()
    del traffic.failures
    await traffic.run(5)


async def late_answers(plan):
    """Pages that fail, and are moved again, until an answer to a write has come late (D86)."""
    script, before = Script(plan), plan.seen[LATE]
    while plan.build.retries and plan.seen[LATE] == before:
        await script.init()
        await script.page(0, lambda page: plan.rng.randint(1, plan.build.retries))
    await plan.finish()


def mix(rng, build):
    """What some dozen commands are made of."""
    count = rng.choice([1, 1, 2, min(3, build.contexts), build.contexts])
    contexts = tuple(rng.sample(range(build.contexts), min(count, build.contexts)))
    growth = rng.choice([(one,) for one in (*GROWTHS, "founders")] + [(*GROWTHS, "founders")] * 2)
    selections = rng.choice([(one,) for one in SELECTIONS] + [SELECTIONS, ("all", "some")] * 4)
    return Mix(
        contexts=contexts,
        fetch=rng.choice([0.0, 0.8, 1.0, 1.0]),
        free=rng.choice([0.0, 0.0, 0.01, 0.05]),
        fault=rng.choice([0.0, 0.0, 0.1, 0.5]),
        bad=rng.choice([0.0, 0.0, 0.1, 0.4]),
        fail=rng.choice([0.0, 0.0, 0.1, 0.5]),
        selections=selections,
        settings=settings(rng, build, len(contexts)),
        long=rng.random() < 0.2,
        growths=growth,
    )


def settings(rng, build, contexts):
    """Of all contexts, beside what is random: as little as may be, as much, or nothing."""
    least, most = leaving_soon(build), {"max_chunk": build.max_chunk}
    share = max(1, build.frames // contexts)
    return rng.choice(
        [
            {},
            {},
            {**least, "frames": 1},
            {**least, "frames": min(2, share)},
            {**least, "frames": share, **(most if contexts == 1 else {})},
            {"frames": share, **(most if contexts == 1 else {})},
        ]
    )


def run(rng, build, bases):
    """How a piece is replayed: streams that are ready, or not; and the unit told to be quiet."""
    how = rng.choice(["ready", "busy", "any", "any"])
    stalls = {"ready": {}, "busy": dict.fromkeys(STREAMS, BUSY)}.get(
        how, {name: rng.choice([HURRIED, BUSY, SLOW]) for name in STREAMS}
    )
    return Run(
        seed=rng.getrandbits(40),
        stalls=stalls,
        bases=bases,
        quiesce=rng.choice([0, 0, 1 / 4_096]),
        **flips(rng, build),
        patience_cycles=300_000,
    )


def flips(rng, build):
    """Bits of metadata that turn round: not in both, or a word would have two wrong ones."""
    often = {"flips": rng.choice([0, *FLIPS])} if build.store == "near" else {}
    return often if often.get("flips") else {"chip_flips": rng.choice([0, *FLIPS])}


BEGINNINGS = (
    {case.__name__: case for case in CASES}
    | {
        f"wrong packets, {kind}": partial(every_wrong_packet, stream=kind)
        for kind in ("selected", "assigned")
    }
    | {
        f"outage of {mover}, {side}": partial(an_outage, mover=mover, side=side)
        for mover in MOVERS
        for side in SIDES
    }
    | {"late answers": late_answers}
)
"""Situations that must come, each from reset on: functions of a plan."""
