"""The code of stored words: every error of one bit, every one of two, in many words."""

import random
from itertools import combinations

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from dre.kvmu import secded
from kvmu.stored_words import DATA_BITS, WORD_BITS, flipped, stored

ALL_DATA = 2**DATA_BITS - 1


def evaluate(m, process):
    """Run a bench of combinational logic; one step of time settles it."""
    simulator = Simulator(m)
    simulator.add_testbench(process)
    simulator.run()


def some_data(seed, count):
    rng = random.Random(seed)
    return [0, ALL_DATA, 1, *(rng.getrandbits(DATA_BITS) for _ in range(count))]


def decoder(bits):
    """A decoder alone: its module, the word, its syndrome, what it says."""
    m = Module()
    word, wrong = Signal(bits), Signal(secded.CHECK_BITS)
    m.d.comb += wrong.eq(secded.syndrome(word))
    return m, word, wrong, secded.correct(m.d.comb, word, wrong)


def judge(bits, cases):
    """Every case: what is stored, then whether it is corrected, whether it fails, and its data."""
    m, word, wrong, result = decoder(bits)

    async def process(ctx):
        for there, corrected, failed, data in cases:
            ctx.set(word, there)
            assert bool(ctx.get(wrong)) == (corrected or failed), f"{there:#x}"
            if corrected or failed:
                said = ctx.get(result.corrected), ctx.get(result.failed)
                assert said == (corrected, failed), f"{there:#x}"
            if not failed:
                assert ctx.get(result.word) == stored(data), f"{there:#x}"

    evaluate(m, process)


def test_what_is_encoded(seed):
    m, data, word = Module(), Signal(DATA_BITS), Signal(WORD_BITS)
    m.d.comb += word.eq(secded.encode(data))

    async def process(ctx):
        for value in [*some_data(seed, 20), *(1 << bit for bit in range(DATA_BITS))]:
            ctx.set(data, value)
            assert ctx.get(word) == stored(value)

    evaluate(m, process)


@pytest.mark.parametrize("bits", [WORD_BITS, WORD_BITS + 1])
def test_one_wrong_bit_is_corrected(bits, seed):
    judge(bits, [(stored(data), 0, 0, data) for data in some_data(seed, 20)])
    judge(
        bits,
        [
            (flipped(stored(data), place), 1, 0, data)
            for data in some_data(seed, 40)
            for place in range(bits)
        ],
    )


@pytest.mark.parametrize("bits", [WORD_BITS, WORD_BITS + 1])
def test_two_wrong_bits_are_found(bits, seed):
    judge(
        bits,
        [
            (flipped(stored(data), *places), 0, 1, data)
            for data in some_data(seed, 9)
            for places in combinations(range(bits), 2)
        ],
    )


def test_a_memory_without_content_is_seen():
    """Zeros always fail; ones do in 64 bits, and are an error that is counted in 63."""
    judge(WORD_BITS, [(0, 0, 1, 0)])
    judge(WORD_BITS + 1, [(0, 0, 1, 0), (2**64 - 1, 0, 1, 0)])
    m, word, _, result = decoder(WORD_BITS)

    async def process(ctx):
        ctx.set(word, 2**WORD_BITS - 1)
        assert ctx.get(result.corrected)

    evaluate(m, process)


def test_an_error_of_a_bit_that_is_not_there_fails():
    """Wrong check bits alone, all seven of them: in 64 bits that would be the last bit."""
    judge(WORD_BITS, [(flipped(stored(5), *range(DATA_BITS, WORD_BITS)), 0, 1, 5)])


@pytest.mark.parametrize("bits", [1, 2, 17, 40])
def test_a_short_word_has_no_two_errors_that_look_right(bits, seed):
    """As tags are: any one and any two wrong bits are seen."""
    m, data, word, wrong = Module(), Signal(bits), Signal(bits + secded.CHECK_BITS), Signal(7)
    good = Signal.like(word)
    m.d.comb += [good.eq(secded.encode(data)), wrong.eq(secded.syndrome(word))]

    async def process(ctx):
        rng = random.Random(seed)
        for value in (0, 2**bits - 1, rng.getrandbits(bits)):
            ctx.set(data, value)
            there = ctx.get(good)
            assert there == value | stored(value) >> DATA_BITS << bits
            for count in (0, 1, 2):
                for places in combinations(range(len(word)), count):
                    ctx.set(word, flipped(there, *places))
                    assert (ctx.get(wrong) != 0) == (count != 0)

    evaluate(m, process)
