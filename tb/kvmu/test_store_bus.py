"""The bus of the store in near memory fails, or says what nobody asked for (spec D91)."""

import pytest

from kvmu.home_memory import DECERR, LINE, OK, SLVERR
from kvmu.store_scene import CACHE_WORDS, play
from kvmu.stored_words import flipped, stored

PRESETS = pytest.mark.parametrize("preset", ["asic", "fpga"])


def beats(*, wrong=None, count=LINE, last=LINE - 1, response=SLVERR):
    """A burst that is not as it should be."""
    return [(response if n == wrong else OK, n == last) for n in range(count)]


FAILING = (
    *(beats(wrong=n) for n in range(LINE)),
    beats(wrong=2, response=DECERR),
    beats(wrong=LINE - 1, response=1),
)
"""As long as they must be."""

OF_ANOTHER_LENGTH = {
    "one": beats(count=1, last=0),
    "one too few": beats(count=LINE - 1, last=LINE - 2),
    "one too many": beats(count=LINE + 1, last=LINE),
    "without an end": beats(last=None),
}


@PRESETS
def test_a_read_that_the_bus_fails(preset, seed):
    """It has failed, nothing of it is kept, and nothing is written back."""

    async def process(scene):
        for burst in FAILING:
            await scene.evict(1)
            scene.home.content[1] = flipped(stored(scene.data[1]), 4)
            scene.home.habits.reads = lambda _, burst=burst: burst
            writes = scene.home.writes
            await scene.expect(1, reads=1, failed=1)
            assert scene.home.writes == writes
            scene.home.habits.reads = lambda beats: beats
            await scene.expect(2, reads=1)
            await scene.expect(1, corrected=1)
        assert not scene.ctx.get(scene.store.broken)

    play(process, preset, seed)


@PRESETS
def test_a_hint_that_the_bus_fails(preset, seed):
    """Nothing of its line is kept, and nothing is said; those on their way beside it come."""

    async def process(scene):
        for wrong in range(LINE):
            await scene.evict(1)
            await scene.evict(9)
            bursts = iter([beats(wrong=wrong)])
            scene.home.habits.reads = lambda good, bursts=bursts: next(bursts, good)
            for address in (1, 9):
                assert (await scene.user.hint(address))[1:3] == (0, 0)
            await scene.user.settle()
            await scene.expect(9)
            await scene.expect(1, reads=1)
        assert not scene.ctx.get(scene.store.broken)

    play(process, preset, seed)


@PRESETS
def test_what_is_here_is_read_after_a_hint_that_the_bus_fails(preset, seed):
    """Nothing is wrong with it: it has not come with the line that failed."""

    async def process(scene):
        await scene.evict(1)
        await scene.expect(5, reads=1)
        scene.home.habits.reads = lambda _: beats(wrong=LINE - 1)
        await scene.user.hint(1)
        await scene.user.settle()
        await scene.expect(5)

    play(process, preset, seed)


@PRESETS
@pytest.mark.parametrize("length", OF_ANOTHER_LENGTH)
@pytest.mark.parametrize("hint", [False, True])
def test_a_burst_of_another_length_breaks_the_store(preset, length, hint, seed):
    """Whose beats follow cannot be known, nor whose word it would be that is put right."""

    async def process(scene):
        await scene.evict(1)
        scene.home.content[1] = flipped(stored(scene.data[1]), 4)
        scene.home.habits.reads = lambda _: OF_ANOTHER_LENGTH[length]
        writes = scene.home.writes
        if hint:
            await scene.user.hint(1)
            await scene.user.rest(20)
        else:
            await scene.expect(1, reads=1, failed=1)
        assert scene.home.writes == writes
        assert scene.ctx.get(scene.store.broken)
        for address in range(CACHE_WORDS + 8, CACHE_WORDS + 16):
            assert (await scene.user.read(address)).failed
        assert (await scene.user.write(0, 0)).failed

    play(process, preset, seed)


@PRESETS
@pytest.mark.parametrize("response", [1, SLVERR, DECERR])
def test_a_write_that_fails_breaks_the_store(preset, response, seed):
    """Every access fails from then on."""

    async def process(scene):
        await scene.expect(5, reads=1)
        scene.home.habits.write = lambda: response
        assert not (await scene.user.write(32, 0)).failed
        await scene.user.rest(10)
        scene.home.habits.write = lambda: OK
        assert scene.ctx.get(scene.store.broken)
        assert (await scene.user.read(5)).failed
        assert (await scene.user.write(33, 0)).failed
        assert scene.ctx.get(scene.store.broken)

    play(process, preset, seed)


def test_a_failed_correction_breaks_the_store(seed):
    async def process(scene):
        scene.home.content[32] ^= 1
        scene.home.habits.write = lambda: SLVERR
        await scene.expect(32, corrected=1, reads=1)
        await scene.user.rest(10)
        assert scene.ctx.get(scene.store.broken)

    play(process, "asic", seed)


@PRESETS
def test_answers_that_nobody_waits_for(preset, seed):
    """They are taken and change nothing, but one that says that something has failed breaks it."""

    async def process(scene):
        ctx, port = scene.ctx, scene.store.home
        await scene.evict(1)
        for _ in range(3):  # the memory itself drives the bus from the next cycle on
            for valid in (port.rvalid, port.bvalid):
                ctx.set(valid, 1)
            for response in (port.rresp, port.bresp):
                ctx.set(response, OK)
            ctx.set(port.rlast, 0)
            assert (ctx.get(port.rready), ctx.get(port.bready)) == (1, 1)
            await ctx.tick()
        for address in range(CACHE_WORDS, CACHE_WORDS + LINE):
            await scene.expect(address)
        await scene.expect(1, reads=1)
        scene.data[1] ^= 1
        scene.home.habits.latency = (30, 30)
        await scene.user.write(1, scene.data[1])
        await scene.user.rest(20)
        assert not ctx.get(scene.store.idle)
        await scene.user.settle()
        await scene.evict(1)
        await scene.expect(1, reads=1)
        assert not ctx.get(scene.store.broken)
        ctx.set(port.bvalid, 1)
        ctx.set(port.bresp, SLVERR)
        await ctx.tick()
        assert ctx.get(scene.store.broken)

    play(process, preset, seed)
