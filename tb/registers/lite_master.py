"""Reads and writes registers behind AXI4-Lite, in the simulator of Amaranth."""


class Master:
    """One write and one read under way at a time, each channel as late as it likes."""

    def __init__(self, dut, rng, willing):
        self._bus, self._rng, self._willing = dut.bus, rng, willing

    async def _pause(self, ctx):
        while self._rng.random() > self._willing:
            await ctx.tick()

    async def _send(self, ctx, channel, **payload):
        await self._pause(ctx)
        valid, ready = (getattr(self._bus, channel + name) for name in ("valid", "ready"))
        ctx.set(valid, 1)
        for name, value in payload.items():
            ctx.set(getattr(self._bus, channel + name), value)
        await ctx.tick().until(ready)
        ctx.set(valid, 0)
        for name in payload:
            ctx.set(getattr(self._bus, channel + name), self._rng.getrandbits(4))

    async def _receive(self, ctx, channel, *names):
        valid, ready = (getattr(self._bus, channel + name) for name in ("valid", "ready"))
        await self._pause(ctx)
        ctx.set(ready, 1)
        values = (
            await ctx.tick()
            .sample(*(getattr(self._bus, channel + name) for name in names))
            .until(valid)
        )
        ctx.set(ready, 0)
        return values

    async def write(self, ctx, address, word, lanes=0xF):
        """Address and word in either order; returns the response."""
        halves = [("aw", {"addr": address}), ("w", {"data": word, "strb": lanes})]
        self._rng.shuffle(halves)
        for channel, payload in halves:
            await self._send(ctx, channel, **payload)
        (response,) = await self._receive(ctx, "b", "resp")
        return response

    async def read(self, ctx, address):
        """Returns word and response."""
        await self._send(ctx, "ar", addr=address)
        return await self._receive(ctx, "r", "data", "resp")
