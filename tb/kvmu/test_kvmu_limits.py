"""Limits of the KVMU that random commands do not come to: its keeper with a store, no mover."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from dre.kvmu import ChipStore, KVMUConfig
from dre.kvmu.keeper.keeper import Keeper
from dre.kvmu.layouts import KVOp, KVStatus

BUILD = {
    **{"contexts": 2, "near_slots": 150, "frames": 4, "far_pages": 8, "extents": 32},
    **{"max_clusters": 3, "max_tokens": 40, "max_chunk": 8, "lanes": 4, "hash_bits": 16},
}
SETTINGS = {"sink_tokens": 0, "recent_tokens": 0, "max_chunk": 8, "held_back": 20, "frames": 1}


def play(script):
    """Run ``script(command)``: it awaits commands, with the beats of a packet, and gets results."""
    config, m = KVMUConfig(**BUILD), Module()
    m.submodules.keeper = keeper = Keeper(config)
    m.submodules.store = store = ChipStore(words=len_of(keeper), preset=config.preset)
    wiring.connect(m, keeper.store, store.access)
    m.d.comb += keeper.lame.eq(store.broken)
    packets = {KVOp.FETCH: keeper.selected, KVOp.END: keeper.assignments}

    async def send(ctx, port, payload):
        ctx.set(port.payload, payload)
        ctx.set(port.valid, 1)
        await ctx.tick().until(port.ready)
        ctx.set(port.valid, 0)

    async def run(ctx):
        for port in (keeper.results, keeper.grants, keeper.deliveries):
            ctx.set(port.ready, 1)

        async def command(op, beats=(), **fields):
            await send(ctx, keeper.commands, {"op": op, **fields})
            for beat in beats:
                await send(ctx, packets[op], beat)
            (result,) = await ctx.tick().sample(keeper.results.payload).until(keeper.results.valid)
            return result.status, result.count

        await script(command)

    simulator = Simulator(m)
    simulator.add_clock(1e-9)
    simulator.add_testbench(run)
    simulator.run()


def len_of(keeper):
    """Words of the store."""
    return 1 << len(keeper.store.address)


def packet(header, beats, trailer):
    """A packet of beats of one kind."""
    first = {"first": 1, "last": 0, "data": {"header": header}}
    return [
        first,
        *({"first": 0, "last": 0, "data": beat} for beat in beats),
        {"first": 0, "last": 1, "data": {"trailer": trailer}},
    ]


def assigned(chunk, clusters, known):
    """A packet of ``assignments``."""
    beats = [{"token": {"cluster": cluster}} for cluster in clusters]
    header = {"chunk": chunk, "tokens": len(clusters)}
    return packet(header, beats, {"clusters": known})


def selected(chunk, mask):
    """A packet of ``selected``."""
    beats = [{"part": {"beat": 0, "mask": mask}}]
    return packet({"chunk": chunk}, beats, {"entries": mask.bit_count()})


def test_more_sinks_than_a_context_may_have_tokens():
    """None of them ever becomes a far token."""

    async def script(command):
        settings = {**SETTINGS, "sink_tokens": 64}
        assert await command(KVOp.INIT, **settings) == (KVStatus.OK, 0)
        for chunk in range(1, 4):
            assert await command(KVOp.GRANT, chunk=chunk, tokens=8) == (KVStatus.OK, 8)
            fetched = await command(KVOp.FETCH, selected(chunk, 0b111), chunk=chunk)
            assert fetched == (KVStatus.OK, 0)
            assert (await command(KVOp.RELEASE, chunk=chunk))[0] == KVStatus.OK
            assert await command(KVOp.END, assigned(chunk, [], 0), chunk=chunk) == (KVStatus.OK, 0)
        assert await command(KVOp.FREE) == (KVStatus.OK, 0)
        assert await command(KVOp.INIT, **settings) == (KVStatus.OK, 0)

    play(script)


@pytest.mark.parametrize("trailer", [0, 3])
def test_a_cluster_beyond_the_last(trailer):
    """Three clusters are all there can be: a fourth is void, whatever the trailer counts."""

    async def script(command):
        assert (await command(KVOp.INIT, **SETTINGS))[0] == KVStatus.OK
        assert (await command(KVOp.GRANT, chunk=1, tokens=4))[0] == KVStatus.OK
        bad = assigned(1, [0, 1, 2, 3], trailer)
        assert (await command(KVOp.END, bad, chunk=1))[0] == KVStatus.VOID
        assert (await command(KVOp.END, assigned(1, [0, 1, 2, 2], 3), chunk=1))[0] == KVStatus.OK
        assert (await command(KVOp.GRANT, chunk=2, tokens=1))[0] == KVStatus.OK
        assert await command(KVOp.FETCH, selected(2, 0b111), chunk=2) == (KVStatus.OK, 4)

    play(script)


def test_a_context_to_its_last_token():
    """As many as it may have, however the last chunks are cut; not one more (D87)."""

    async def script(command):
        settings = {**SETTINGS, "held_back": 60}
        for last in ((8,), (7, 1)):
            assert await command(KVOp.INIT, **settings) == (KVStatus.OK, 0)
            tokens = 0
            for chunk, count in enumerate((8, 8, 8, 8, *last)):
                for more in range(9 - count, 9):
                    if tokens + more > BUILD["max_tokens"]:
                        bad = await command(KVOp.GRANT, chunk=chunk, tokens=more)
                        assert bad == (KVStatus.BAD_COMMAND, 0)
                granted = await command(KVOp.GRANT, chunk=chunk, tokens=count)
                assert granted == (KVStatus.OK, count)
                packet = assigned(chunk, [0] * count, 1)
                assert (await command(KVOp.END, packet, chunk=chunk))[0] == KVStatus.OK
                tokens += count
            assert tokens == BUILD["max_tokens"]
            assert await command(KVOp.GRANT, tokens=1) == (KVStatus.BAD_COMMAND, 0)
            assert await command(KVOp.FREE) == (KVStatus.OK, 0)

    play(script)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address_bits": 16, "far_pages": 24}, "far_pages must be at most 16"),
        ({"address_bits": 16, "far_pages": 8, "frames": 16}, "pages of ring and frames"),
        ({"contexts": 256, "max_clusters": 65_535}, "words of metadata must be at most 16777216"),
        ({"max_tokens": 2**24, "near_slots": 65_535, "max_clusters": 65_535}, None),
        ({"entry_bytes": 128, "far_pages": 2**20}, "room for a page, not"),
        ({"hash_bits": 20}, "hash_bits must be a multiple of 8, not 20"),
        ({"store": "disk"}, "store must be one of 'chip', 'near', not 'disk'"),
    ],
)
def test_sizes(change, message):
    if message is None:
        KVMUConfig(**{**BUILD, **change})
        return
    with pytest.raises(ValueError, match=message):
        KVMUConfig(**{**BUILD, **change})
