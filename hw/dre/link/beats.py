"""What PUSH and POP do, as states of the commander."""

from amaranth.hdl import Const

from dre.link.config import Status


def push(m, steps):
    """PUSH: whole beats, while there is room."""
    last, one = steps.unit.i.payload.last, Const(1, 1)
    completes = steps.unit.completes.bit_select(steps.stream, 1)
    with m.State("BEAT"), steps.take(m):
        m.d.comb += steps.unit.put.eq(one << steps.stream)
        with m.If(completes):
            with m.If(steps.unit.room.bit_select(steps.stream, 1)):
                m.d.sync += steps.done.eq(steps.done + 1)
                with m.If(last):
                    m.next = "COUNT"
            with m.Else():
                steps.close(m, ~last)
        with m.Elif(last):
            m.next = "PART"
    with m.State("PART"):
        m.d.comb += steps.unit.drop.eq(one << steps.stream)
        steps.close(m, 0, Status.BAD_COMMAND)


def pop(m, steps):
    """POP: beats, while there are some."""
    byte = steps.unit.bytes.word_select(steps.stream, 8)
    with m.State("POP"):
        m.next = "GIVE BEAT"
        with m.If((steps.left == 0) | ~steps.unit.there.bit_select(steps.stream, 1)):
            m.next = "STATUS"
    with m.State("GIVE BEAT"), steps.give(m, byte):
        m.d.comb += steps.unit.next.eq(Const(1, 1) << steps.stream)
        with m.If(steps.unit.ends.bit_select(steps.stream, 1)):
            m.d.sync += steps.left.eq(steps.left - 1)
            m.next = "POP"
