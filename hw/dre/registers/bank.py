"""The registers of a table behind AXI4-Lite (spec section 19)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.layouts import index
from dre.ports import pass_on
from dre.registers.fields import WORD_BITS, WORD_BYTES
from dre.registers.lite import Reads, Writes, port

WORD_SHIFT = ceil_log2(WORD_BYTES)

EVENTS = ("bad_read", "bad_write", "partial", "refused")
"""Accesses that are answered with SLVERR, and change nothing (spec D126)."""


def _words(registers, *accesses):
    """Layout of their fields of these kinds, by register and field."""
    return data.StructLayout(
        {
            register.name: data.StructLayout({field.name: field.bits for field in fields})
            for register in registers
            if (fields := register.having(*accesses))
        }
    )


def _initial(table):
    """What is held after reset."""
    return {
        register.name: {field.name: field.value for field in fields}
        for register in table.registers
        if (fields := register.having("held"))
    }


def _bits(registers):
    return data.StructLayout({register.name: 1 for register in registers})


def _guarded(table):
    return [register for register in table.registers if register.guarded]


def _told(table):
    """Registers of which the hardware learns when they are written."""
    return [register for register in table.registers if register.having("cleared", "done")]


class Bank(wiring.Component):
    """Registers as a `dre.registers.fields.Table` says.

    A write takes effect, and is answered, a cycle after its address and its word are there.

    Parameters
    ----------
    table : Table

    Members
    -------
    bus : In(AXI4-Lite)
    held : Out(struct of structs)
        By register and field: what was written last.
    shown : In(struct of structs)
        What is read of fields that are shown, and of sticky bits.
    written, word : Out
        A bit for each register with fields that are cleared or done, for the one cycle in which
        ``word`` is written to it.
    refused : In(struct)
        A bit for each guarded register: a write to it in this cycle would do nothing.
    count : struct of ``asked``, ``number``, ``high`` (out) and ``known``, ``word`` (in)
        A word of a count is asked for, until it is known.
    events : Out(struct)
        A bit for each of `EVENTS`, 1 in each cycle in which it happens.
    """

    def __init__(self, table):
        self._table = table
        super().__init__(
            {
                "bus": In(port(table.address_bits)),
                "held": Out(_words(table.registers, "held"), init=_initial(table)),
                "shown": In(_words(table.registers, "shown", "cleared")),
                "written": Out(_bits(_told(table))),
                "word": Out(WORD_BITS),
                "refused": In(_bits(_guarded(table))),
                "count": Out(
                    wiring.Signature(
                        {
                            "asked": Out(1),
                            "number": Out(index(len(table.counts))),
                            "high": Out(1),
                            "known": In(1),
                            "word": In(WORD_BITS),
                        }
                    )
                ),
                "events": Out(data.StructLayout(dict.fromkeys(EVENTS, 1))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.writes = writes = Writes(self._table.address_bits)
        m.submodules.reads = reads = Reads(self._table.address_bits)
        for channels in (writes, reads):
            pass_on(m, self.bus, channels.bus, channels.bus.signature.members)
        self._write(m, writes)
        self._read(m, reads)
        return m

    def _write(self, m, writes):
        there, whole, refused, takes = (
            Signal(name=name) for name in ("there", "whole", "refused_now", "takes")
        )
        m.d.comb += [
            whole.eq(writes.lanes.all()),
            takes.eq(writes.asked & there & whole & ~refused),
            writes.failed.eq(~takes),
            self.word.eq(writes.word),
            self.events.bad_write.eq(writes.asked & ~there),
            self.events.partial.eq(writes.asked & there & ~whole),
            self.events.refused.eq(writes.asked & there & whole & refused),
        ]
        with m.Switch(writes.address[WORD_SHIFT:]):
            for register in self._table.registers:
                if register.having("held", "cleared", "done"):
                    with m.Case(register.address >> WORD_SHIFT):
                        m.d.comb += there.eq(1)
                        self._write_one(m, register, refused, takes)

    def _write_one(self, m, register, refused, takes):
        if register.guarded:
            m.d.comb += refused.eq(self.refused[register.name])
        if register.having("cleared", "done"):
            m.d.comb += self.written[register.name].eq(takes)
        with m.If(takes):
            for field in register.having("held"):
                target = self.held[register.name][field.name]
                m.d.sync += target.eq(self.word[field.low : field.high + 1])

    def _read(self, m, reads):
        there, counted, word = Signal(), Signal(), Signal(WORD_BITS)
        place, base = Cat(self.count.high, self.count.number), self._table.counts_address
        inside = reads.address - base
        m.d.comb += [
            place.eq(inside[WORD_SHIFT:]),
            counted.eq((reads.address >= base) & (inside < self._table.counts_bytes)),
            self.count.asked.eq(reads.asked & counted),
            reads.known.eq(~self.count.asked | self.count.known),
            reads.word.eq(Mux(self.count.asked, self.count.word, word)),
            reads.failed.eq(~there & ~self.count.asked),
            self.events.bad_read.eq(reads.asked & reads.failed),
        ]
        with m.Switch(reads.address[WORD_SHIFT:]):
            for register in self._table.registers:
                with m.Case(register.address >> WORD_SHIFT):
                    m.d.comb += [there.eq(1), word.eq(self._word(register))]

    def _word(self, register):
        """What is read of a register."""
        word = Const(0, WORD_BITS)
        for field in register.fields:
            if field.access == "constant":
                word |= Const(field.value << field.low, WORD_BITS)
            elif field.access != "done":
                kind = self.held if field.access == "held" else self.shown
                word |= Value.cast(kind[register.name][field.name]) << field.low
        return word
