"""What READ and WRITE do, as states of the commander."""

from amaranth.hdl import Cat, Signal

from dre.link.config import Status


def _next_word(m, steps):
    m.d.sync += [steps.address.eq(steps.address + 4), steps.done.eq(steps.done + 1)]


def read(m, steps):
    """READ: a word after the other, until one fails."""
    word = Signal(32)
    with m.State("READ"):
        with m.If(steps.left == 0):
            m.next = "STATUS"
        with m.Else():
            m.d.comb += steps.unit.access.ask.eq(1)
            m.d.sync += word.eq(steps.unit.access.read)
            with m.If(steps.unit.access.done):
                m.d.sync += steps.status.eq(steps.unit.access.status)
                m.next = "GIVE WORD"
                with m.If(steps.unit.access.status != Status.OK):
                    m.next = "STATUS"
    with m.State("GIVE WORD"), steps.give(m, word.word_select(steps.place, 8)):
        m.d.sync += steps.place.eq(steps.place + 1)
        with m.If(steps.place == 3):
            _next_word(m, steps)
            m.d.sync += steps.left.eq(steps.left - 1)
            m.next = "READ"


def write(m, steps):
    """WRITE: likewise."""
    word = Signal(32)
    m.d.comb += steps.unit.access.word.eq(word)
    with m.State("WORD"), steps.take(m):
        m.d.sync += [
            word.eq(Cat(word[8:], steps.unit.i.payload.data)),
            steps.place.eq(steps.place + 1),
        ]
        steps.note_last(m)
        with m.If(steps.place == 3):
            m.next = "WRITE"
        with m.Elif(steps.unit.i.payload.last):
            steps.close(m, 0, Status.BAD_COMMAND)
    with m.State("WRITE"):
        m.d.comb += [steps.unit.access.ask.eq(1), steps.unit.access.writes.eq(1)]
        with m.If(steps.unit.access.done):
            with m.If(steps.unit.access.status == Status.OK):
                _next_word(m, steps)
                steps.if_more(m, "WORD")
            with m.Else():
                steps.close(m, steps.more, steps.unit.access.status)
