"""Registers behind AXI4-Lite: random accesses, against a table of plain numbers."""

import random

import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from dre.registers.bank import Bank
from registers.lite_master import Master
from registers.small_table import DONE, GUARDED, PLAIN, STICKY, TABLE

OKAY, SLVERR = 0, 2
ACCESSES = 400
COUNTED = 0x40


class Model:
    """What registers must be, by the table's meaning."""

    def __init__(self):
        self.low, self.high, self.word = 9, 0, 0
        self.pulses, self.errors = [], {"bad_read": 0, "bad_write": 0, "partial": 0, "refused": 0}

    def write(self, address, word, lanes, refuses):
        """The response."""
        address &= ~3
        writable = {r.address: r for r in (PLAIN, GUARDED, STICKY, DONE)}
        if address not in writable:
            return self._error("bad_write")
        if lanes != 0xF:
            return self._error("partial")
        register = writable[address]
        if register.guarded and refuses:
            return self._error("refused")
        if register is PLAIN:
            self.low, self.high = word >> 3 & 0x1F, word >> 24
        elif register is GUARDED:
            self.word = word
        else:
            self.pulses.append((register.name, word))
        return OKAY

    def _error(self, name):
        self.errors[name] += 1
        return SLVERR

    def read(self, address, seen, sticky):
        """Word and response."""
        words = {
            0x00: 0xABCD_0123,
            0x04: self.low << 3 | self.high << 24 | seen << 12,
            0x08: self.word,
            0x10: (sticky & 1) | (sticky >> 1) << 7,
            0x1C: 0,
        }
        words |= {COUNTED + 4 * n: count_word(n // 2, n % 2) for n in range(6)}
        address &= ~3
        if address not in words:
            self.errors["bad_read"] += 1
            return None, SLVERR
        return words[address], OKAY


def count_word(number, high):
    """What stands in for a sum."""
    return 0x1111 * (number + 1) + (0x10000 if high else 0)


@pytest.mark.parametrize("willing", [1.0, 0.4])
def test_random_accesses(willing, seed):
    rng = random.Random(seed)
    dut, model = Bank(TABLE), Model()
    found, seen_pulses = dict.fromkeys(model.errors, 0), []

    async def accesses(ctx):
        master = Master(dut, random.Random(rng.getrandbits(32)), willing)
        for _ in range(ACCESSES):
            seen, sticky, refuses = rng.getrandbits(4), rng.getrandbits(2), rng.getrandbits(1)
            ctx.set(dut.shown.plain.seen, seen)
            ctx.set(dut.shown.sticky.one, sticky & 1)
            ctx.set(dut.shown.sticky.two, sticky >> 1)
            ctx.set(Value.cast(dut.refused), 3 * refuses)
            address = rng.choice([*range(0, 0x20, 4), *range(0x38, 0x60, 4), rng.randrange(128)])
            if rng.random() < 0.5:
                word, lanes = rng.getrandbits(32), rng.choice([0xF, 0xF, 0xF, rng.randrange(16)])
                response = await master.write(ctx, address, word, lanes)
                assert response == model.write(address, word, lanes, refuses)
                assert ctx.get(dut.held.plain.low) == model.low
                assert ctx.get(dut.held.plain.high) == model.high
                assert ctx.get(dut.held.guarded.word) == model.word
            else:
                word, response = await master.read(ctx, address)
                right, answer = model.read(address, seen, sticky)
                assert response == answer
                assert right is None or word == right
        assert seen_pulses == model.pulses
        assert found == model.errors
        assert all(found.values()), "every kind of error has been seen"
        assert {name for name, _ in seen_pulses} == {"sticky", "done"}

    async def watch(ctx):
        values = (Value.cast(dut.written), dut.word, Value.cast(dut.events))
        async for _, _, written, word, events in ctx.tick().sample(*values):
            assert written in (0, 1, 2)
            if written:
                seen_pulses.append((("sticky", "done")[written >> 1], word))
            for number, name in enumerate(found):
                found[name] += events >> number & 1

    async def sums(ctx):
        asked = (dut.count.asked, dut.count.number, dut.count.high)
        async for _, _, asks, number, high in ctx.tick().sample(*asked):
            known = asks and rng.random() < 0.3 and not ctx.get(dut.count.known)
            ctx.set(dut.count.known, int(known))
            ctx.set(dut.count.word, count_word(number, high) if known else rng.getrandbits(32))

    simulate(dut, accesses, watch, sums)


def simulate(dut, accesses, *background):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(accesses)
    for process in background:
        simulator.add_testbench(process, background=True)
    simulator.run()
