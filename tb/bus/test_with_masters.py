"""The masters that the arbiter is for: both movers and a store, in one memory."""

import random
from collections import defaultdict

from amaranth.hdl import Module, Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

from axi.plain import serve_reads, serve_writes
from dre.bus import Arbiter, ArbiterConfig, BusPort
from dre.kvmu import MoverConfig, Movers, NearStore
from dre.packing import pack
from kvmu.store_user import User

PAGE, STORE_PAGE, PAGES, PIECE = 4096, 8, 4, 512
MOVER = MoverConfig(address_bits=16, outstanding=4, jobs=4, job_bytes=PAGE)
WORDS = 24


class Joined:
    """Movers and a store at an arbiter of 64 bits."""

    def __init__(self):
        self.movers = Movers(MOVER, MOVER)
        self.store = NearStore(words=WORDS, cache_words=8, address_bits=16)
        ports = [
            BusPort(name="movers", data_bits=64, ids=4, reads=1, writes=1),
            BusPort(name="home", data_bits=64, reads=1, writes=8),
        ]
        self.arbiter = Arbiter(ArbiterConfig(ports=ports, data_bits=64, address_bits=16))
        self.module = m = Module()
        m.submodules.movers, m.submodules.store = self.movers, self.store
        m.submodules.arbiter = self.arbiter
        wiring.connect(m, self.movers.near, self.arbiter.movers)
        wiring.connect(m, self.store.home, self.arbiter.home)


def moves(side, jobs, left):
    """Orders of one mover, and their ends, which must be good."""
    config = MOVER

    async def order(ctx):
        regions = {name: {"limit": PAGES} for name in ("source", "target")}
        ctx.set(Value.cast(side.regions), pack(config.regions, regions))
        ctx.set(side.done.ready, 1)
        ended = 0
        for number, job in enumerate(jobs):
            ctx.set(Value.cast(side.jobs.payload), pack(config.job, {**job, "tag": number % 4}))
            ctx.set(side.jobs.valid, 1)
            taken = False
            while not taken:
                taken, ended = ctx.get(side.jobs.ready), ended + await _done(ctx, side)
            ctx.set(side.jobs.valid, 0)
        while ended < len(jobs):
            ended += await _done(ctx, side)
        left.discard(id(side))

    return order


async def _done(ctx, side):
    """A cycle: whether a job has ended."""
    ended = ctx.get(side.done.valid)
    assert not ended or not ctx.get(side.done.payload.status.as_value())
    await ctx.tick()
    return ended


def test_movers_and_a_store_share_a_memory(seed):
    rng, joined = random.Random(seed), Joined()
    near, far = (defaultdict(lambda: rng.getrandbits(64)) for _ in range(2))
    for memory in (near, far):
        for address in range(0, PAGES * PAGE, 8):
            memory[address] = rng.getrandbits(64)
    before_near, before_far = dict(near), dict(far)
    pieces = [n * PIECE for n in range(PAGES * PAGE // PIECE)]
    rng.shuffle(pieces)
    half = len(pieces) // 2
    fetched, offloaded = pieces[:half], pieces[half:]
    sides = joined.movers.fetch, joined.movers.offload
    left = set(map(id, sides))

    def jobs(places):
        return [{"source": place, "target": place, "bytes": PIECE} for place in places]

    async def use(ctx):
        user, there = User(ctx, joined.store), {}
        ctx.set(joined.store.base, STORE_PAGE)
        reads = 0
        while left:
            address = rng.randrange(WORDS)
            if address in there and rng.random() < 0.5:
                reads += 1
                assert (await user.read(address))[:2] == (there[address], 0)
            else:
                there[address] = rng.getrandbits(56)
                assert not (await user.write(address, there[address])).failed
        assert reads > 5

    simulator = Simulator(joined.module)
    simulator.add_clock(1e-9)
    for port, content in ((joined.arbiter.out, near), (joined.movers.far, far)):
        simulator.add_testbench(serve_reads(port, content), background=True)
        simulator.add_testbench(serve_writes(port, content), background=True)
    for side, places in zip(sides, (fetched, offloaded), strict=True):
        simulator.add_testbench(moves(side, jobs(places), left))
    simulator.add_testbench(use)
    simulator.run()
    expected = [before_near, before_far]
    for place in fetched:
        for address in range(place, place + PIECE, 8):
            expected[0][address] = before_far[address]
    assert {a: near[a] for a in before_near} == expected[0]
    for place in offloaded:
        for address in range(place, place + PIECE, 8):
            assert far[address] == before_near[address]
