"""Obeys commands (spec D139 to D142)."""

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.link import beats, words
from dre.link.config import (
    LEAST_BYTES,
    MAGIC,
    MOST_BYTES,
    MOST_WORDS,
    VERSION,
    Code,
    Status,
    beat_bytes,
)
from dre.link.master import access
from dre.link.receiver import CONTENT
from dre.link.sender import ANSWER
from dre.link.steps import COUNT_BITS, Steps

NEEDED = {Code.IDENTIFY: 0, Code.READ: 3, Code.WRITE: 2, Code.PUSH: 1, Code.POP: 2}
"""Bytes that a command says before its words or beats."""


def most_beats(shape):
    """Of a source, in one answer."""
    return min((MOST_BYTES - LEAST_BYTES) // beat_bytes(shape), 2**COUNT_BITS - 1)


class Commander(wiring.Component):
    """Takes frames, moves words and beats, gives answers.

    Parameters
    ----------
    config : LinkConfig

    Members
    -------
    i : In(stream of `CONTENT`)
    o : Out(stream of `ANSWER`), aside : Out(1), again : Out(1), busy : In(1)
        As `dre.link.sender.FrameSender` has them.
    access : struct of ``ask``, ``writes``, ``address``, ``word`` (out) and the rest (in)
        As `dre.link.master.LiteMaster` has them.
    byte : Out(8)
        For all sinks.
    put, drop : Out(a bit a sink); completes, room : In
        As `dre.link.queues.Entry` has them.
    next : Out(a bit a source); there, ends, bytes : In
        As `dre.link.queues.Exit` has them; ``bytes`` are all of them.
    """

    def __init__(self, config):
        self._config = config
        sinks, sources = (max(len(one), 1) for one in (config.sinks, config.sources))
        super().__init__(
            {
                "i": In(stream.Signature(CONTENT)),
                "o": Out(stream.Signature(ANSWER)),
                **{"aside": Out(1), "again": Out(1), "busy": In(1)},
                "access": Out(access(config.address_bits)),
                "byte": Out(8),
                **{"put": Out(sinks), "drop": Out(sinks)},
                **{"completes": In(sinks), "room": In(sinks)},
                **{"next": Out(sources), "there": In(sources), "ends": In(sources)},
                "bytes": In(8 * sources),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._steps = steps = Steps(self)
        m.d.comb += self.byte.eq(self.i.payload.data)
        with m.FSM():
            self._begin(m)
            self._take_arguments(m)
            self._perform(m)
            self._identify(m)
            for states in (words.read, words.write, beats.push, beats.pop):
                states(m, steps)
            self._end(m)
        return m

    def _begin(self, m):
        """Whose frame it is, and whether it has been obeyed before."""
        steps = self._steps
        sequence, remembered = Signal(8), Signal(8)
        frame, repeated = self.i.payload, Signal()
        m.d.sync += repeated.eq((sequence == remembered) & (sequence != 0))
        with m.State("SEQUENCE"):
            m.d.sync += [steps.status.eq(Status.OK), steps.counted.eq(0), steps.done.eq(0)]
            with m.If(self.i.valid & ~self.busy):
                with m.If(frame.bad):
                    m.next = "BAD FRAME"
                with m.Else():
                    m.d.comb += self.i.ready.eq(1)
                    m.d.sync += sequence.eq(frame.data)
                    m.next = "COMPARE"
        with m.State("COMPARE"):
            m.next = "CODE"
        with m.State("CODE"):
            with m.If(repeated), steps.take(m):
                m.next = "AGAIN"
                with m.If(~frame.last):
                    m.next = "SKIP"
            with m.Elif(self.i.valid), steps.give(m, sequence):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [steps.code.eq(frame.data), remembered.eq(sequence)]
                steps.note_last(m)
                m.next = "LOOK"
        with m.State("SKIP"), steps.take(m), m.If(frame.last):
            m.next = "AGAIN"
        with m.State("AGAIN"):
            m.d.comb += self.again.eq(1)
            m.next = "SEQUENCE"
        with m.State("BAD FRAME"):
            m.d.comb += self.aside.eq(1)
            with steps.give(m, 0):
                m.next = "BAD STATUS"
        with m.State("BAD STATUS"), steps.give(m, frame.data, last=1):
            m.d.comb += self.i.ready.eq(1)
            m.next = "SEQUENCE"

    def _take_arguments(self, m):
        steps = self._steps
        needed, last = Signal(range(max(NEEDED.values()) + 1)), self.i.payload.last
        with m.State("LOOK"):
            steps.close(m, steps.more, Status.BAD_COMMAND)
            with m.Switch(steps.code):
                for code, bytes in NEEDED.items():
                    with m.Case(code):
                        m.d.sync += needed.eq(bytes)
                        with m.If(steps.more == bool(bytes)):
                            m.d.sync += steps.status.eq(Status.OK)
                            m.next = "ARGUMENTS" if bytes else "IDENTIFY"
        with m.State("ARGUMENTS"), steps.take(m):
            m.d.sync += [
                steps.arguments.eq(Cat(steps.arguments[8:], self.i.payload.data)),
                needed.eq(needed - 1),
            ]
            steps.note_last(m)
            with m.If(needed == 1):
                m.next = "PERFORM"
            with m.Elif(last):
                steps.close(m, 0, Status.BAD_COMMAND)

    def _perform(self, m):
        """Arguments stand in the upper bytes, the last one highest."""
        steps = self._steps
        first, second, third = (steps.arguments.word_select(n, 8) for n in range(3))
        sinks, sources = self._config.sinks, self._config.sources
        limits = [most_beats(shape) for shape in sources.values()]
        m.d.comb += self.access.address.eq(steps.address)
        with m.State("PERFORM"):
            m.d.sync += [steps.place.eq(0), steps.left.eq(third)]
            with m.Switch(steps.code):
                with m.Case(Code.READ):
                    m.d.sync += steps.address.eq(Cat(first, second))
                    steps.if_right(m, ~steps.more & (third <= MOST_WORDS), "READ")
                with m.Case(Code.WRITE):
                    m.d.sync += [steps.address.eq(Cat(second, third)), steps.counted.eq(1)]
                    steps.if_more(m, "WORD")
                with m.Case(Code.PUSH):
                    m.d.sync += steps.stream.eq(third)
                    with m.If(third < len(sinks)):
                        m.d.sync += steps.counted.eq(1)
                        steps.if_more(m, "BEAT")
                    with m.Else():
                        steps.close(m, steps.more, Status.BAD_COMMAND)
                with m.Case(Code.POP):
                    m.d.sync += steps.stream.eq(second)
                    known = second < len(sources)
                    limit = Array([*limits, 0])[second[:4]] if limits else 0
                    steps.if_right(m, ~steps.more & known & (third <= limit), "POP")

    def _identify(self, m):
        steps = self._steps
        streams = (self._config.sinks, self._config.sources)
        says = [*MAGIC, VERSION, *map(len, streams)]
        says += [beat_bytes(shape) for group in streams for shape in group.values()]
        byte = Array(Const(number, 8) for number in says)[steps.done]
        with m.State("IDENTIFY"), steps.give(m, byte):
            m.d.sync += steps.done.eq(steps.done + 1)
            with m.If(steps.done == len(says) - 1):
                m.next = "STATUS"

    def _end(self, m):
        steps = self._steps
        with m.State("DRAIN"), steps.take(m), m.If(self.i.payload.last):
            m.next = "COUNT"
        with m.State("COUNT"):
            m.next = "STATUS"
            with m.If(steps.counted):
                m.next = "COUNT"
                with steps.give(m, steps.done):
                    m.next = "STATUS"
        with m.State("STATUS"), steps.give(m, steps.status, last=1):
            m.next = "SEQUENCE"
