"""Commands one by one, as a case wants them: for situations that must come with every seed."""

from kvmu.golden_kvmu import END, FETCH, FREE, GRANT, OK, RELEASE
from kvmu.packets_kvmu import assigned, selected
from kvmu.traffic_kvmu import Mix, Traffic, leaving_soon


def well(page):
    """No move fails."""
    return 0


def always(build):
    """Every page fails for good."""
    return lambda page: build.retries + 1


class Script(Traffic):
    """One context, told step by step.

    Parameters
    ----------
    scene : Scene
    context : int
    """

    def __init__(self, scene, context=0):
        super().__init__(scene, Mix((context,)))
        self.context = context

    @property
    def state(self):
        """The model's context, or None."""
        return self.scene.golden.state(self.context)

    async def init(self, **settings):
        """A new context: as little as may be is held back."""
        least = {"max_chunk": self.build.max_chunk, "frames": 1}
        if self.state is not None:
            await self.give(FREE)
        command = self.init_command(self.context, **(leaving_soon(self.build) | least | settings))
        return await self.scene.give(command)

    async def give(self, op, packet=None, failures=well):
        """A command of the chunk under way."""
        return await self.scene.give(self.named(op, self.context), packet, failures)

    async def grant(self, tokens):
        """Begin a chunk."""
        command = {**self.grant_command(self.context), "op": GRANT, "tokens": tokens}
        return await self.scene.give(command)

    async def end(self, cluster_of, failures=well):
        """End the chunk under way: where its tokens went."""
        command = self.named(END, self.context)
        packet = assigned(self.rng, self.build, command, cluster_of, self.state.clusters)
        return await self.scene.give(command, packet, failures)

    async def append(self, cluster, tokens, failures=well):
        """Chunks of one cluster; the last one's end."""
        made = None
        while tokens:
            count = min(tokens, self.build.max_chunk)
            assert (await self.grant(count)).result["status"] == OK
            sinks = self.state.sinks_among(count)
            made = await self.end([cluster] * (count - sinks), failures)
            tokens -= count
        return made

    async def page(self, cluster, failures=well):
        """As many tokens of one cluster as fill a page."""
        return await self.append(cluster, self.build.page_entries, failures)

    async def fetch(self, clusters, failures=well):
        """The first part of a selection, in a chunk of its own."""
        if not self.state.granted:
            await self.grant(1)
        command = self.named(FETCH, self.context)
        packet = selected(self.rng, self.build, command, clusters, self.state.clusters)
        return await self.scene.give(command, packet, failures)

    async def release(self, failures=well):
        """The next part, if there is one."""
        return await self.give(RELEASE, failures=failures)

    async def close(self, cluster):
        """Release all parts, and end the chunk."""
        while self.state.fetch is not None:
            await self.release()
        await self.end([cluster] * (self.state.granted - self.state.sinks_among(1)))

    async def see(self, clusters, cluster):
        """Fetch all parts, and end the chunk."""
        await self.fetch(clusters)
        await self.close(cluster)
