"""Beats that wait at the streams of a link, in bytes on the link's side (spec D139)."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.link.config import beat_bytes
from dre.packing import width
from dre.queue import Queue


def _level(m, depth, comes, goes):
    """How many beats are there."""
    level = Signal(range(depth + 1))
    m.d.sync += level.eq(level + comes - goes)
    return level


class Entry(wiring.Component):
    """Bytes become beats of a sink, as long as there is room.

    Parameters
    ----------
    shape : Layout
        Of a beat.
    depth : int
        Beats.

    Members
    -------
    put : In(1)
        ``byte`` is the next one of a beat, the lowest first.
    completes : Out(1)
        It is the last one: the beat is taken if there is ``room``, otherwise lost.
    room : Out(1)
    drop : In(1)
        The bytes of a beat that is not complete are forgotten.
    o : Out(stream)
    """

    def __init__(self, shape, depth):
        self._shape, self._depth = shape, depth
        super().__init__(
            {
                "put": In(1),
                "byte": In(8),
                "completes": Out(1),
                "room": Out(1),
                "drop": In(1),
                "o": Out(stream.Signature(shape)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = beat_bytes(self._shape)
        bits = width(self._shape)
        m.submodules.beats = beats = Queue(bits, self._depth)
        earlier = 8 * (count - 1)
        before, place = Signal(max(earlier, 1)), Signal(range(max(count, 2)))
        level = _level(m, self._depth, beats.push, beats.o.valid & beats.o.ready)
        whole = Cat(before[:earlier], self.byte)
        m.d.comb += [
            self.completes.eq(place == count - 1),
            self.room.eq(level != self._depth),
            beats.push.eq(self.put & self.completes & self.room),
            beats.i.eq(whole[:bits]),
            self.o.valid.eq(beats.o.valid),
            self.o.payload.eq(beats.o.payload),
            beats.o.ready.eq(self.o.ready),
        ]
        with m.If(self.put):
            m.d.sync += [before.eq(whole[8:]), place.eq(place + 1)]
        with m.If(self.drop | (self.put & self.completes)):
            m.d.sync += place.eq(0)
        return m


class Exit(wiring.Component):
    """Beats of a source become bytes; a beat is taken when there is room for it.

    Parameters
    ----------
    shape : Layout
    depth : int

    Members
    -------
    i : In(stream)
    there : Out(1)
        A beat waits, and ``byte`` is its next one, the lowest first.
    ends : Out(1)
        It is the beat's last one.
    next : In(1)
        The byte goes.
    """

    def __init__(self, shape, depth):
        self._shape, self._depth = shape, depth
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "there": Out(1),
                "byte": Out(8),
                "ends": Out(1),
                "next": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = beat_bytes(self._shape)
        m.submodules.beats = beats = Queue(width(self._shape), self._depth)
        place = Signal(range(max(count, 2)))
        level = _level(m, self._depth, beats.push, beats.o.valid & beats.o.ready)
        m.d.comb += [
            self.i.ready.eq(level != self._depth),
            beats.push.eq(self.i.valid & self.i.ready),
            beats.i.eq(self.i.payload),
            self.there.eq(beats.o.valid),
            self.byte.eq(beats.o.payload.word_select(place, 8)),
            self.ends.eq(place == count - 1),
            beats.o.ready.eq(self.next & self.ends),
        ]
        with m.If(self.next):
            m.d.sync += place.eq(place + 1)
            with m.If(self.ends):
                m.d.sync += place.eq(0)
        return m
