"""Bits on a wire: clocks that differ, and every byte there is."""

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from dre.link.line import LineReceiver, LineSender

BYTES = [0x00, 0xFF, 0x55, 0xAA, 0x80, 0x01, *range(7, 256, 31)]


def received(dut, bit_cycles, bytes_):
    """What the receiver makes of bytes whose bits take so many cycles, not always whole ones."""
    found = []

    async def send(ctx):
        levels = [1] + [bit for byte in bytes_ for bit in _bits(byte)] + [1, 1]
        cycle = 0
        for number, level in enumerate(levels, 1):
            ctx.set(dut.rx, level)
            while cycle < number * bit_cycles:
                await ctx.tick()
                cycle += 1

    async def take(ctx):
        async for _, _, there, bad, byte in ctx.tick().sample(dut.there, dut.bad, dut.byte):
            if there:
                found.append((byte, bad))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(send)
    simulator.add_testbench(take, background=True)
    simulator.run()
    return found


def _bits(byte):
    return [0, *(byte >> n & 1 for n in range(8)), 1]


@pytest.mark.parametrize(
    ("divisor", "bit_cycles"), [(4, 4), (5, 5), (52, 50.2), (52, 53.8), (208, 208.33), (217, 208)]
)
def test_bytes_at_rates_that_nearly_agree(divisor, bit_cycles):
    assert received(LineReceiver(divisor), bit_cycles, BYTES) == [(byte, 0) for byte in BYTES]


def test_another_rate_is_seen_by_its_stop_bits():
    found = received(LineReceiver(16), 32, BYTES)
    assert any(bad for _, bad in found)


def test_what_is_sent_has_start_bits_stop_bits_and_the_lowest_bit_first():
    dut, levels = LineSender(4), []

    async def push(ctx):
        ctx.set(dut.i.valid, 1)
        for byte in BYTES:
            ctx.set(dut.i.payload, byte)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        await ctx.tick().repeat(60)

    async def watch(ctx):
        async for _, _, level in ctx.tick().sample(dut.tx):
            levels.append(level)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(push)
    simulator.add_testbench(watch, background=True)
    simulator.run()
    place, found = 0, []
    while 0 in levels[place:]:
        place = levels.index(0, place)
        bits = levels[place + 2 : place + 40 : 4]
        assert bits == _bits(sum(bit << n for n, bit in enumerate(bits[1:9])))
        found.append(sum(bit << n for n, bit in enumerate(bits[1:9])))
        place += 39
    assert found == BYTES


def test_a_receiver_and_a_sender_agree_without_a_pause():
    m = Module()
    m.submodules.sender = sender = LineSender(4)
    m.submodules.receiver = receiver = LineReceiver(4)
    m.d.comb += receiver.rx.eq(sender.tx)
    found = []

    async def push(ctx):
        ctx.set(sender.i.valid, 1)
        for byte in BYTES:
            ctx.set(sender.i.payload, byte)
            await ctx.tick().until(sender.i.ready)
        ctx.set(sender.i.valid, 0)
        await ctx.tick().repeat(60)

    async def take(ctx):
        async for _, _, there, byte in ctx.tick().sample(receiver.there, receiver.byte):
            if there:
                found.append(byte)

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(push)
    simulator.add_testbench(take, background=True)
    simulator.run()
    assert found == BYTES
