"""Who uses a metadata store, for Amaranth's own simulator."""

from typing import NamedTuple

from amaranth.hdl import Fragment
from amaranth.sim import Simulator


class Answer(NamedTuple):
    """How an access ended, and in which of its cycles (1 for the first)."""

    data: int
    failed: int
    corrected: int
    cycles: int


class User:
    """Reads and writes, one after the other; counts what the store says to have corrected."""

    def __init__(self, ctx, store, patience=2000):
        self._ctx, self._store, self._patience = ctx, store, patience
        self.corrected = 0

    async def write(self, address, data):
        return await self._access(address, 1, data)

    async def read(self, address, during=None):
        """``during``: a cycle, from 1 on, and a function to be called in it."""
        return await self._access(address, 0, 0, during)

    async def hint(self, address):
        """That a word will be read soon."""
        return await self._access(address, 0, 0, hint=1)

    async def rest(self, cycles=1):
        """Ask for nothing; nothing may be said to be done."""
        self._ctx.set(self._store.access.en, 0)
        for _ in range(cycles):
            assert not self._ctx.get(self._store.access.done)
            await self._ctx.tick()

    async def settle(self):
        """Until every write is acknowledged."""
        for _ in range(self._patience):
            await self.rest()
            if self._ctx.get(self._store.idle):
                return
        raise AssertionError("never idle")

    async def _access(self, address, write, data, during=None, hint=0):
        ctx, store = self._ctx, self._store
        access, before = store.access, self.corrected
        ctx.set(access.en, 1)
        ctx.set(access.write, write)
        ctx.set(access.hint, hint)
        ctx.set(access.address, address)
        ctx.set(access.data, data)
        for cycle in range(1, self._patience):
            if during and cycle == during[0]:
                during[1]()
            self.corrected += ctx.get(store.events.corrected)
            done = ctx.get(access.done)
            answer, failed = ctx.get(access.answer), ctx.get(access.failed)
            await ctx.tick()
            if done:
                ctx.set(access.en, 0)
                return Answer(answer, failed, self.corrected - before, cycle)
        raise AssertionError("an access does not end")


class Memories:
    """As a platform: keeps hold of a design's memories, so that their bits can be turned round."""

    def __init__(self):
        self._found = []

    def get_memory(self, memory):
        self._found.append(memory.data)
        return memory.elaborate(None)

    def of_width(self, bits, depth=None):
        """The one memory with words of so many bits, and with so many of them."""
        (memory,) = [one for one in self._found if one.shape == bits and depth in (None, one.depth)]
        return memory


def simulate(unit, process, *background, memories=None):
    """Run a bench, and what goes on beside it."""
    simulator = Simulator(Fragment.get(unit, memories))
    simulator.add_clock(1e-9)
    for other in background:
        simulator.add_testbench(other, background=True)
    simulator.add_testbench(process)
    simulator.run()
