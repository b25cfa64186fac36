"""What a proof's wrapper finds in a unit, and that the first cycle stays the first."""

import pytest
from amaranth.hdl import Cat, Fragment, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from dre.memory import SyncMemory
from verification import harness, sby


class Inner(wiring.Component):
    """Two registers behind the input, and some that are 1 from the second cycle on."""

    a: In(4)
    b: Out(4)
    ready: Out(1)

    def elaborate(self, platform):
        m = Module()
        self.first, self.second = Signal(4), Signal(4)
        ready = [Signal(reset_less=True, name=f"ready_{n}") for n in range(4)]
        with m.If(self.a[0]):
            m.d.sync += self.first.eq(self.a)
        m.d.sync += [self.second.eq(self.first), *(one.eq(self.a[3] | 1) for one in ready)]
        m.d.comb += [self.b.eq(self.second), self.ready.eq(Cat(ready).all())]
        return m


class Outer(wiring.Component):
    """The same behind one more, which is no copy."""

    a: In(4)
    b: Out(4)
    ready: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = self.inner = Inner()
        self.sum = Signal(4)
        m.d.sync += self.sum.eq(self.a + 1)
        m.d.comb += [self.inner.a.eq(self.sum), self.b.eq(self.inner.b)]
        m.d.comb += self.ready.eq(self.inner.ready)
        return m


def quiet(made):
    """No claims."""


def test_a_line_is_followed_to_what_is_no_copy():
    unit = Outer()
    made = harness.Harness(unit, quiet)
    Fragment.get(made, None)
    registers, source = made.line(unit.b)
    assert [id(r) for r in registers] == [id(unit.inner.first), id(unit.inner.second)]
    assert source is unit.sum
    assert made.operand(unit.sum, 4) is unit.a


def test_a_register_is_found_by_what_it_takes():
    unit = Outer()
    made = harness.Harness(unit, quiet)
    Fragment.get(made, None)
    assert made.copy(unit.inner.first) is unit.inner.second
    with pytest.raises(ValueError, match="not enough values"):
        made.copy(unit.a)


class Kept(wiring.Component):
    """What was put into a memory."""

    def __init__(self, depth):
        self.words = SyncMemory(shape=8, depth=depth, latency=1)
        super().__init__({"put": In(8), "place": In(range(depth))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = self.words
        m.d.comb += [words.write_en.eq(1), words.write_address.eq(self.place)]
        m.d.comb += words.write_data.eq(self.put)
        return m


def test_words_of_small_memories_are_shown():
    unit = Kept(harness.MOST_WORDS)
    simulator = Simulator(Fragment.get(unit, harness.Windows()))
    simulator.add_clock(1e-9)

    async def process(ctx):
        for place in range(harness.MOST_WORDS):
            ctx.set(unit.place, place)
            ctx.set(unit.put, 7 * place + 1)
            await ctx.tick()
        found = [ctx.get(word) for word in unit.words.words]
        assert found == [7 * place + 1 for place in range(harness.MOST_WORDS)]

    simulator.add_testbench(process)
    simulator.run()


def test_words_of_large_memories_are_not():
    unit = Kept(harness.MOST_WORDS + 1)
    Fragment.get(unit, harness.Windows())
    assert not hasattr(unit.words, "words")


@pytest.mark.slow
def test_registers_that_are_always_set_do_not_stand_for_the_first_cycle(tmp_path):
    """They have its flag's input; merged with them, it lost its initial value."""

    def claims(made):
        made.claim(made.unit.ready)

    harness.write(Outer(), claims, tmp_path / "top.il")
    sby.prepare(tmp_path)
    text = (tmp_path / "ready.il").read_text()
    assert f"connect \\{harness.STARTED} 1'1" not in text
    assert sby.solve(tmp_path, "bmc", 3, "yices", 60).status == "PASS"
