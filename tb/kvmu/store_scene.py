"""A store in near memory with its memories, whose bits can be turned round."""

import random
from dataclasses import dataclass

from dre.kvmu import NearStore
from kvmu.home_memory import Habits, home_of
from kvmu.store_user import Memories, User, simulate
from kvmu.stored_words import DATA_BITS, flipped

WORDS, CACHE_WORDS = 40, 16
HELD_UP_CYCLES = {"asic": 1, "fpga": 2}
"""Of a hint for a line that is on its way."""


@dataclass
class Scene:
    """A store of a few words, all of them written, its memories and its user."""

    store: NearStore
    home: object
    memories: Memories
    rng: random.Random
    data: dict
    user: User = None
    ctx: object = None

    async def begin(self, ctx):
        self.ctx, self.user = ctx, User(ctx, self.store)
        for address, value in self.data.items():
            await self.user.write(address, value)
        await self.user.settle()

    async def evict(self, address):
        """Let another line take the place of the word's."""
        other = (address + CACHE_WORDS) % (2 * CACHE_WORDS)
        assert not (await self.user.read(other)).failed
        await self.user.settle()

    async def expect(self, address, corrected=0, reads=0, failed=0):
        """Read a word: how many errors are put right for it, and lines read."""
        before = self.home.reads
        answer = await self.user.read(address)
        assert (answer.failed, answer.corrected) == (failed, corrected), address
        assert failed or answer.data == self.data[address], address
        assert self.home.reads - before == reads
        await self.user.settle()

    def damage(self, memory, row, *places):
        row = memory[row]
        self.ctx.set(row, flipped(self.ctx.get(row), *places))


def play(process, preset, seed, habits=None, words=WORDS, kept_words=0):
    """Run a bench on a new scene."""
    sizes = {"words": words, "kept_words": kept_words, "cache_words": CACHE_WORDS}
    store = NearStore(**sizes, address_bits=20, preset=preset)
    rng = random.Random(seed)
    home = home_of(store, words, 0, seed, habits or Habits())
    data = {address: rng.getrandbits(DATA_BITS) for address in range(words)}
    scene = Scene(store, home, Memories(), rng, data)

    async def run(ctx):
        await scene.begin(ctx)
        await process(scene)

    simulate(store, run, home.serve, memories=scene.memories)
