# amaranth: UnusedElaboratable=no
"""The store on the chip against a dictionary, and with bits turned round in its memory."""

import random
import re

import pytest

from dre.kvmu import ChipStore
from kvmu.store_user import Memories, User, simulate
from kvmu.stored_words import DATA_BITS, WORD_BITS, flipped, stored

READ_CYCLES = {"asic": 2, "fpga": 5}


@pytest.mark.parametrize("preset", READ_CYCLES)
@pytest.mark.parametrize("words", [1, 2, 37])
def test_what_was_written_is_read(words, preset, seed):
    store = ChipStore(words=words, preset=preset)
    rng = random.Random(seed)

    async def process(ctx):
        user, there = User(ctx, store), {}
        for _ in range(600):
            address = rng.randrange(words)
            if rng.random() < 0.2:
                await user.rest(rng.randint(1, 4))
            if address not in there or rng.random() < 0.4:
                there[address] = rng.getrandbits(DATA_BITS)
                answer = await user.write(address, there[address])
                assert answer[1:] == (0, 0, 1)
            else:
                answer = await user.read(address)
                assert answer == (there[address], 0, 0, READ_CYCLES[preset])
        assert not ctx.get(store.broken)

    simulate(store, process)


@pytest.mark.parametrize("preset", READ_CYCLES)
def test_wrong_bits_in_the_memory(preset, seed):
    """One is corrected, counted once and gone; two fail each time. No other word changes."""
    store, rng, memories = ChipStore(words=5, preset=preset), random.Random(seed), Memories()
    data = [rng.getrandbits(DATA_BITS) for _ in range(5)]

    async def process(ctx):
        user = User(ctx, store)
        for address, value in enumerate(data):
            await user.write(address, value)
        for place in range(WORD_BITS):
            address = rng.randrange(5)
            await damage(ctx, address, data[address], place)
            cycles = READ_CYCLES[preset]
            assert (await user.read(address)) == (data[address], 0, 1, cycles + 1)
            assert (await user.read(address)) == (data[address], 0, 0, cycles)
        await damage(ctx, 3, data[3], *rng.sample(range(WORD_BITS), 2))
        for _ in range(3):
            assert (await user.read(3))[1:3] == (1, 0)
            assert (await user.read(2))[:3] == (data[2], 0, 0)
        await user.write(3, data[3])
        for address, value in enumerate(data):
            assert (await user.read(address))[:3] == (value, 0, 0)

    async def damage(ctx, address, value, *places):
        row = memories.of_width(WORD_BITS)[address]
        assert ctx.get(row) == stored(value)
        ctx.set(row, flipped(stored(value), *places))

    simulate(store, process, memories=memories)


@pytest.mark.parametrize("preset", READ_CYCLES)
def test_a_bit_that_turns_round_while_its_word_is_read(preset, seed):
    """What was judged is what is told, in whatever cycle that is."""
    store, rng, memories = ChipStore(words=3, preset=preset), random.Random(seed), Memories()

    async def process(ctx):
        user = User(ctx, store)
        for _ in range(4):
            for cycle in range(1, READ_CYCLES[preset] + 1):
                data = rng.getrandbits(DATA_BITS)
                await user.write(1, data)
                place = rng.randrange(WORD_BITS)
                row = memories.of_width(WORD_BITS)[1]
                wrong = flipped(stored(data), place)
                answer = await user.read(
                    1, (cycle, lambda row=row, wrong=wrong: ctx.set(row, wrong))
                )
                assert (answer.data, answer.failed) == (data, 0), cycle
                assert (await user.read(1))[:2] == (data, 0)

    simulate(store, process, memories=memories)


def test_a_memory_that_was_never_written_fails():
    store = ChipStore(words=3)

    async def process(ctx):
        assert (await User(ctx, store).read(1)).failed

    simulate(store, process)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (0, ValueError, "words must be between 1 and 16777216, not 0"),
        (2**24 + 1, ValueError, "words must be between 1 and 16777216, not 16777217"),
        (8.0, TypeError, "words must be an int, not 8.0"),
    ],
)
def test_words_outside_their_limits_are_refused(words, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ChipStore(words=words)


def test_a_preset_is_one_of_a_list():
    message = "preset must be one of 'asic', 'fpga', not 'ASIC'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ChipStore(words=8, preset="ASIC")
