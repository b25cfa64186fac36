"""Situations at the limits of numbers, for `kvmu.cases_kvmu`: too large, all used, used again."""

from kvmu.golden_kvmu import BAD_COMMAND, END, FREE, OK, REFUSED, VOID
from kvmu.packets_kvmu import assigned, one_cluster_too_many
from kvmu.script_kvmu import Script, always
from kvmu.traffic_kvmu import Mix, Traffic, leaving_soon


async def numbers_beyond_limits(scene):
    """With each bit that is too high, alone and with a number that would be right (D83, D87)."""
    build, script = scene.build, Script(scene)

    async def refused(command, **wrong):
        made = await scene.give({**command, **wrong})
        assert made.result["status"] == BAD_COMMAND, wrong

    for bit in range(16):
        new, high = script.init_command(0, **leaving_soon(build), max_chunk=1, frames=1), 1 << bit
        for number in (high, high | 1):
            if number > build.max_chunk:
                await refused(new, max_chunk=number)
            if number > 255:
                await refused(new, sink_tokens=number)
            if build.contexts <= number < 4096:
                await refused(new, context=number)
    await script.init(max_chunk=build.max_chunk)
    for bit in range(build.max_chunk.bit_length(), 16):
        for number in (1 << bit, 1 << bit | 1):
            await refused(script.grant_command(0), tokens=number)
    await script.append(0, 1)
    await scene.finish()


async def numbers_that_come_back(scene):
    """Far memory fills, and is freed: slots, frames, pages and extents are all used again."""
    build, model = scene.build, scene.golden.model
    contexts = tuple(range(min(2, build.contexts)))
    settings = {**leaving_soon(build), "frames": max(1, build.frames // len(contexts))}
    settings["max_chunk"] = build.max_chunk
    for growths in (("founders",), ("spread", "giant"), ("founders", "runs")):
        mix = Mix(contexts, 0.3, 0.0, settings=settings, growths=growths, long=True)
        traffic = Traffic(scene, mix)
        while model.free_pages and model.free_extents >= build.page_entries:
            await traffic.next(scene.rng.choice(contexts))
        await traffic.run(10)
        for context in contexts:
            if scene.golden.state(context) is not None:
                await scene.give({"op": FREE, "context": context})
    mix = Mix(tuple(range(build.contexts)), fetch=1.0, free=0.1, selections=("all", "some"))
    await Traffic(scene, mix).run(80)


async def slots_that_come_back(scene):
    """Contexts that end with a ring full of young entries, of held ones, and of both."""
    build, script = scene.build, Script(scene)
    least, clusters, most = build.page_entries - 1, min(5, build.max_clusters), build.max_chunk
    for chunk, young in ((most, 0), (most, 1), (1, 1), (most, 1 / 2), (most, 0)):
        room = build.near_slots - least - 2 * chunk
        recent = int(young * room)
        settings = {"recent_tokens": recent, "held_back": least + room - recent}
        await script.init(max_chunk=chunk, **settings)
        number, spread = 0, chunk != most or young != 0  # or one cluster has nearly all
        while left := build.near_slots - script.state.tokens:  # none leaves: it cannot be written
            tokens = min(left, scene.rng.randint(1, chunk))
            cluster = number % clusters if spread else min(number, 1)
            await script.append(cluster, tokens, always(build))
            number += 1
    await scene.finish()


async def around_the_sinks(scene):
    """Chunks that end before the last sink, with it, and behind it."""
    script, most = Script(scene), scene.build.max_chunk
    for sinks in range(1, most + 2):
        await script.init(sink_tokens=sinks)
        for tokens in (1, most, most):
            await script.append(0, tokens)
    await scene.finish()


async def all_slots(scene):
    """One more than there are is refused; exactly as many are all granted."""
    script, least = Script(scene), scene.build.page_entries - 1
    room = scene.build.near_slots - least - 2 * scene.build.max_chunk
    sinks = min(scene.rng.randint(0, room), 255)
    for bit in range(16):  # far too many
        for name, least_of_it in (("recent_tokens", 0), ("held_back", least)):
            made = await script.init(sink_tokens=sinks, **{name: least_of_it + room | 1 << bit})
            assert made.result["status"] in (OK, REFUSED)
    for more, status in ((1, REFUSED), (0, OK)):
        made = await script.init(sink_tokens=sinks, recent_tokens=room - sinks + more)
        assert made.result["status"] == status
    for one in range(1, scene.build.contexts):
        assert (await Script(scene, one).init()).result["status"] == REFUSED
    most = scene.build.max_chunk
    for _ in range(-(-scene.build.near_slots // most)):
        await script.append(0, min(most, scene.build.max_tokens - script.state.tokens))
    await scene.finish()


async def a_cluster_too_many(scene):
    """When there are as many clusters as there may be, no other one is founded (D85)."""
    script, most = Script(scene), scene.build.max_clusters
    await script.init()
    for cluster in range(most):
        await script.append(cluster, 1)
    await script.grant(1)
    command = script.named(END, script.context)
    wrong = one_cluster_too_many(assigned(scene.rng, scene.build, command, [0], most), most)
    if wrong:
        assert (await scene.give(command, wrong)).result["status"] == VOID
    await script.end([most - 1])
    await scene.finish()
