# amaranth: UnusedElaboratable=no
"""HammingDistance against Python's own bit count, as a pipeline that may stall anywhere."""

import random

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from dre.hcu import distance
from dre.hcu.distance import HammingDistance, add, from_prefix_parities, prefix_parities

LATENCY = {16: 2, 24: 3, 32: 3, 128: 4}  # enabled cycles, with registers


def random_word(rng, hash_bits):
    """A word of any weight, not only around half of the bits."""
    weight = rng.randint(0, hash_bits)
    return sum(1 << bit for bit in rng.sample(range(hash_bits), weight))


def parities(word, hash_bits, length):
    """Prefix parities, span by span of ``length`` bits."""
    starts = [bit - bit % length for bit in range(hash_bits)]
    return sum(
        ((word >> start & (2 << bit - start) - 1).bit_count() & 1) << bit
        for bit, start in enumerate(starts)
    )


def set_pair(ctx, dut, a, b):
    length = distance.span(dut.registered)
    ctx.set(dut.a, parities(a, dut.hash_bits, length))
    ctx.set(dut.b, parities(b, dut.hash_bits, length))


def pairs(rng, hash_bits):
    """Equal and opposite words, every single bit set and missing, then random words."""
    full = (1 << hash_bits) - 1
    found = [(0, 0), (full, full), (0, full), (full, 0)]
    for bit in range(hash_bits):
        word = rng.getrandbits(hash_bits)
        found += [(word, word ^ 1 << bit), (word, word ^ full ^ 1 << bit)]
    found += [(random_word(rng, hash_bits), random_word(rng, hash_bits)) for _ in range(60)]
    rng.shuffle(found)
    return found


@pytest.mark.parametrize("hash_bits", LATENCY)
def test_without_registers(hash_bits, seed):
    dut = HammingDistance(hash_bits=hash_bits, registered=False)
    assert dut.latency == 0

    async def bench(ctx):
        for a, b in pairs(random.Random(seed), hash_bits):
            set_pair(ctx, dut, a, b)
            await ctx.delay(1e-9)
            assert ctx.get(dut.o) == (a ^ b).bit_count()

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("p_en", [1.0, 0.4])
@pytest.mark.parametrize("hash_bits", LATENCY)
def test_with_registers(hash_bits, p_en, seed):
    """One pair an enabled cycle; what is at the input in other cycles must leave no trace."""
    dut = HammingDistance(hash_bits=hash_bits, registered=True)
    assert dut.latency == LATENCY[hash_bits]
    rng = random.Random(seed)
    taken = []

    async def bench(ctx):
        for a, b in pairs(rng, hash_bits):
            while True:
                en = rng.random() < p_en
                here = (a, b) if en else [rng.getrandbits(hash_bits) for _ in range(2)]
                ctx.set(dut.en, en)
                set_pair(ctx, dut, *here)
                await ctx.tick()
                if en:
                    taken.append((a ^ b).bit_count())
                if len(taken) >= dut.latency:
                    assert ctx.get(dut.o) == taken[-dut.latency]
                if en:
                    break

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    assert len(taken) > 2 * hash_bits


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("hash_bits", LATENCY)
def test_prefix_parities_there_and_back(hash_bits, registered, seed):
    word, there, back = Signal(hash_bits), Signal(hash_bits), Signal(hash_bits)
    m, rng = Module(), random.Random(seed)
    m.d.comb += [
        there.eq(prefix_parities(word, registered)),
        back.eq(from_prefix_parities(there, registered)),
    ]

    async def bench(ctx):
        for _ in range(100):
            value = random_word(rng, hash_bits)
            ctx.set(word, value)
            await ctx.delay(1e-9)
            assert ctx.get(there) == parities(value, hash_bits, distance.span(registered))
            assert ctx.get(back) == value

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


def test_a_sum_is_just_wide_enough():
    for count in (*range(1, 34), 64, 127, 128):
        assert len(add(Module(), [Signal() for _ in range(count)])) == count.bit_length()


def test_numbers_of_different_widths_add_up(seed):
    numbers = [Signal(width) for width in (3, 1, 5, 2, 3)]
    total, m, rng = Signal(8), Module(), random.Random(seed)
    m.d.comb += total.eq(add(m, numbers))

    async def bench(ctx):
        for _ in range(200):
            values = [rng.getrandbits(len(number)) for number in numbers]
            for number, value in zip(numbers, values, strict=True):
                ctx.set(number, value)
            await ctx.delay(1e-9)
            assert ctx.get(total) == sum(values)

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


def test_adders_of_32_bits_are_as_many_as_promised(monkeypatch):
    adders, real = [], distance._add_bits

    def counted(m, *bits):
        adders.append(len(bits))
        return real(m, *bits)

    monkeypatch.setattr(distance, "_add_bits", counted)
    add(Module(), [Signal() for _ in range(32)])
    assert (adders.count(3), adders.count(2)) == (26, 5)
