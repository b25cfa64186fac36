"""Errors of memories: put right or said, never silent (spec D90)."""

import pytest

from kvmu.home_memory import LINE, Habits
from kvmu.store_scene import CACHE_WORDS, HELD_UP_CYCLES, WORDS, play
from kvmu.stored_words import DATA_BITS, flipped, stored

LAST = 2**DATA_BITS - 1
KEPT_WORDS = 13
PRESETS = pytest.mark.parametrize("preset", ["asic", "fpga"])
TAG_BITS = 2 + 1 + 7  # of 40 words in places for 16; whether there is a line; check bits


@PRESETS
def test_one_wrong_bit_in_near_memory_is_put_right(preset, seed):
    """Also the last one of the 64, which is always 0. It is counted once.

    A run tries every second place.
    """

    async def process(scene):
        for place in range(scene.rng.randrange(2), 64, 2):
            address = scene.rng.randrange(2 * CACHE_WORDS)
            await scene.evict(address)
            scene.home.content[address] = flipped(stored(scene.data[address]), place)
            await scene.expect(address, corrected=1, reads=1)
            assert scene.home.content[address] == stored(scene.data[address])
            await scene.expect(address)
            if place % 8 < 2:
                await scene.evict(address)
                await scene.expect(address, reads=1)

    play(process, preset, seed)


@PRESETS
def test_two_wrong_bits_in_near_memory_fail(preset, seed):
    """Each time; and nothing is said of a word that nobody asked for."""

    async def process(scene):
        for _ in range(10):
            address = scene.rng.randrange(2 * CACHE_WORDS)
            good = (address + 1) % LINE + address // LINE * LINE
            await scene.evict(address)
            there = flipped(stored(scene.data[address]), *scene.rng.sample(range(64), 2))
            scene.home.content[address] = there
            await scene.expect(good, reads=1)
            for _ in range(2):
                await scene.expect(address, reads=1, failed=1)
            await scene.expect(good)
            assert scene.home.content[address] == there
            await scene.user.write(address, scene.data[address])
            await scene.expect(address)

    play(process, preset, seed)


@pytest.mark.parametrize("there", [0, 2**64 - 1])
def test_a_memory_that_is_not_there_fails(there, seed):
    async def process(scene):
        scene.home.content[32] = there
        await scene.expect(32, reads=1, failed=1)

    play(process, "asic", seed)


@PRESETS
def test_wrong_bits_of_words_in_the_cache(preset, seed):
    """One is corrected there, for two the line is read again; near memory has them right."""

    async def process(scene):
        await scene.evict(CACHE_WORDS)
        array = scene.memories.of_width(64)
        for place in range(scene.rng.randrange(2), 64, 2):
            address = scene.rng.randrange(CACHE_WORDS)
            await scene.user.read(address)
            for places, reads in ((place,), 0), ((place, (place + 13) % 64), 1):
                scene.damage(array, address, *places)
                await scene.expect(address, corrected=1, reads=reads)
                assert scene.ctx.get(array[address]) == stored(scene.data[address])
                await scene.expect(address)
            assert scene.home.content[address] == stored(scene.data[address])

    play(process, preset, seed)


@PRESETS
def test_a_word_is_mended_while_words_of_another_line_come(preset, seed):
    """It waits for its turn and is put right in the cache, too, in whatever cycle they meet."""

    async def process(scene):
        array, user, other = scene.memories.of_width(64), scene.user, LINE
        for pause in range(12):
            address = scene.rng.randrange(LINE)
            await user.read(address)
            await scene.evict(other)
            scene.damage(array, address, scene.rng.randrange(64))
            await user.hint(other)
            await user.rest(pause)
            assert (await user.read(address))[:3] == (scene.data[address], 0, 1)
            assert scene.ctx.get(array[address]) == stored(scene.data[address])
            await user.settle()
            for there in (address, *range(other, other + LINE)):
                await scene.expect(there)

    play(process, preset, seed)


@PRESETS
def test_wrong_bits_of_words_that_are_kept(preset, seed):
    """One is corrected there, for two a line is read; that line's others stay as they are."""

    async def process(scene):
        kept = scene.memories.of_width(64, KEPT_WORDS)
        for place in range(scene.rng.randrange(2), 64, 2):
            address = scene.rng.randrange(KEPT_WORDS)
            for places, reads in ((place,), 0), ((place, (place + 13) % 64), 1):
                scene.damage(kept, address, *places)
                await scene.expect(address, corrected=1, reads=reads)
                assert scene.ctx.get(kept[address]) == stored(scene.data[address])
            for other in range(WORDS):
                assert (await scene.user.read(other))[:2] == (scene.data[other], 0)
            await scene.user.settle()

    play(process, preset, seed, kept_words=KEPT_WORDS)


@PRESETS
def test_a_hint_mends_a_tag(preset, seed):
    """Its line comes again, and that is counted."""

    async def process(scene):
        tags = scene.memories.of_width(TAG_BITS)
        for place in range(TAG_BITS):
            await scene.evict(1)
            await scene.expect(1, reads=1)
            scene.damage(tags, 0, place)
            before = scene.home.reads
            assert (await scene.user.hint(1))[1:3] == (0, 1)
            await scene.user.settle()
            await scene.expect(1)
            assert scene.home.reads == before + 1

    play(process, preset, seed)


@PRESETS
def test_a_wrong_tag_is_said_by_the_hint_that_found_it(preset, seed):
    """The next one to that line, which is on its way now, has found nothing."""

    async def process(scene):
        tags = scene.memories.of_width(TAG_BITS)
        await scene.expect(1, reads=1)
        scene.damage(tags, 0, 0)
        scene.home.habits.latency = (30, 30)
        assert (await scene.user.hint(1)).corrected == 1
        for address in range(LINE):
            assert (await scene.user.hint(address))[1:] == (0, 0, HELD_UP_CYCLES[preset])
        await scene.user.settle()
        await scene.expect(1)

    play(process, preset, seed)


@PRESETS
def test_words_that_are_kept_need_no_tag(preset, seed):
    """One that is wrong in the place of their line says nothing about them, and is left alone."""

    async def process(scene):
        tags, other = scene.memories.of_width(TAG_BITS), CACHE_WORDS
        for place in range(TAG_BITS):
            await scene.user.read(other)
            await scene.user.settle()
            scene.damage(tags, 0, place)
            assert (await scene.user.hint(1))[1:3] == (0, 0)
            scene.data[1] = scene.rng.getrandbits(DATA_BITS)
            assert (await scene.user.write(1, scene.data[1]))[1:3] == (0, 0)
            await scene.expect(1)
            await scene.expect(other, corrected=1, reads=1)

    play(process, preset, seed, kept_words=KEPT_WORDS)


@PRESETS
def test_a_line_with_a_wrong_word_comes_for_a_wrong_tag(preset, seed):
    """Both are put right, and said once; the line stays."""

    async def process(scene):
        tags = scene.memories.of_width(TAG_BITS)
        for place in range(TAG_BITS):
            await scene.user.read(1)
            await scene.user.settle()
            scene.damage(tags, 0, place)
            scene.home.content[1] = flipped(stored(scene.data[1]), scene.rng.randrange(64))
            await scene.expect(1, corrected=1, reads=1)
            assert scene.home.content[1] == stored(scene.data[1])
            for address in range(LINE):
                await scene.expect(address)

    play(process, preset, seed)


@PRESETS
@pytest.mark.parametrize("wrong", [1, 2])
@pytest.mark.parametrize("write", [False, True])
def test_wrong_bits_of_tags(preset, wrong, write, seed):
    """A line is read again; what is written goes past it. None is taken for another one."""

    async def process(scene):
        tags = scene.memories.of_width(TAG_BITS)
        for place in range(TAG_BITS):
            address = scene.rng.randrange(LINE)
            await scene.evict(address)
            await scene.expect(address, reads=1)
            scene.damage(tags, 0, *((place + n) % TAG_BITS for n in range(wrong)))
            if write:
                scene.data[address] = scene.rng.getrandbits(DATA_BITS)
                answer = await scene.user.write(address, scene.data[address])
                assert (answer.corrected, answer.failed) == (1, 0)
                await scene.expect(address, reads=1)
            else:
                await scene.expect(address, corrected=1, reads=1)
            await scene.expect(address)

    play(process, preset, seed)


@PRESETS
def test_wrong_bits_anywhere_at_any_time(preset, seed):
    """One in a good word now and then: every answer is right, and each bit is put right."""

    async def process(scene):
        rng, tags = scene.rng, scene.memories.of_width(TAG_BITS)
        array, kept = (scene.memories.of_width(64, n) for n in (CACHE_WORDS, KEPT_WORDS))
        for _ in range(150):
            if rng.random() < 0.3:
                address = rng.randrange(WORDS)
                if scene.home.word(address) == stored(scene.data[address]):
                    scene.home.content[address] ^= 1 << rng.randrange(64)
            if rng.random() < 0.3:
                memory, rows = rng.choice([(array, CACHE_WORDS), (kept, KEPT_WORDS)])
                row = rng.randrange(rows)
                there = scene.ctx.get(memory[row])
                if there == stored(there & LAST):
                    scene.damage(memory, row, rng.randrange(64))
            if rng.random() < 0.1:
                scene.damage(tags, rng.randrange(2), rng.randrange(TAG_BITS))
            address = rng.randrange(WORDS)
            if rng.random() < 0.3:
                await scene.user.hint(rng.randrange(WORDS))
            if rng.random() < 0.3:
                scene.data[address] = rng.getrandbits(DATA_BITS)
                assert not (await scene.user.write(address, scene.data[address])).failed
            else:
                assert (await scene.user.read(address))[:2] == (scene.data[address], 0)
        assert scene.user.corrected > 10

    habits = Habits(latency=(0, 5), ready=0.8, answer=0.8)
    play(process, preset, seed, habits, kept_words=KEPT_WORDS)


@PRESETS
@pytest.mark.parametrize("what", ["word", "tag"])
def test_a_bit_that_turns_round_while_its_word_is_looked_up(preset, what, seed):
    """What was judged is what is told, in whatever cycle that is."""

    async def process(scene):
        rng, address = scene.rng, scene.rng.randrange(CACHE_WORDS)
        row, bits = {"word": (address, 64), "tag": (address // LINE, TAG_BITS)}[what]
        memory = scene.memories.of_width(bits)
        for cycle in [*range(1, 7)] * 3:
            await scene.user.read(address)
            await scene.user.settle()

            def turn_round():
                scene.damage(memory, row, rng.randrange(bits))

            answer = await scene.user.read(address, (cycle, turn_round))
            await scene.user.settle()
            assert (answer.data, answer.failed) == (scene.data[address], 0), cycle
            await scene.evict(address)
            await scene.expect(address, reads=1)

    play(process, preset, seed)
