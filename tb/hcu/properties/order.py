"""Who promised what: the chunks that have been taken and whose trailers have not gone yet."""

from amaranth.hdl import Signal
from amaranth.lib import data

FIELDS = ("context", "chunk", "clusters", "tokens")


class Promises:
    """Headers and settings as they were taken, oldest first; an entry goes with its trailer.

    Built from ports only.

    Attributes
    ----------
    count : Signal
    oldest, newest : View of {header, settings}
    pushed, popped : Value
        A header is taken, a trailer goes.
    """

    DEPTH = 2

    def __init__(self, harness):
        unit, m = harness.unit, harness.m
        header = unit.hash_bits.payload.data.header
        shape = data.StructLayout({"header": header.shape(), "settings": unit.settings.shape()})
        self.count = Signal(range(self.DEPTH + 2), name="promises")
        self.oldest = Signal(shape, name="oldest_promise")
        self._second = Signal(shape, name="second_promise")
        taken, gone = unit.hash_bits, unit.assignments
        # A header inside a packet is left where it is until one is due; so what is taken counts.
        self.pushed = taken.valid & taken.ready & taken.payload.first
        self.popped = gone.valid & gone.ready & gone.payload.last
        m.d.sync += self.count.eq(self.count + self.pushed - self.popped)
        new = Signal(shape, name="new_promise")
        m.d.comb += [new.header.eq(header), new.settings.eq(unit.settings)]
        with m.If(self.popped):
            m.d.sync += self.oldest.eq(self._second)
        with m.If(self.pushed):
            with m.If(self.count - self.popped == 0):
                m.d.sync += self.oldest.eq(new)
            with m.Else():
                m.d.sync += self._second.eq(new)

    def newest_is(self, header, settings):
        """Whether the promise made last is this one."""
        one = self.matches(self.oldest, header, settings)
        two = self.matches(self._second, header, settings)
        return ((self.count == 1) & one) | ((self.count == 2) & two)

    @staticmethod
    def matches(promise, header, settings):
        """Whether a promise has this header and these settings."""
        same = promise.settings == settings
        for name in FIELDS:
            same &= promise.header[name] == header[name]
        return same


class Seen:
    """The packet that is leaving: what of it has been taken at the port.

    Attributes
    ----------
    inside : Signal
        A header has gone, its trailer not yet.
    tokens, founded : Signal
        Beats of the packet that have gone.
    is_token : Value
        A token beat is offered.
    """

    def __init__(self, harness):
        m, port = harness.m, harness.unit.assignments
        beat = port.payload
        self.inside = Signal(name="inside")
        most = 2 * harness.unit._build.max_chunk + 2
        self.tokens, self.founded = Signal(range(most)), Signal(range(most))
        self.is_token = port.valid & ~beat.first & ~beat.last
        with m.If(port.valid & port.ready):
            m.d.sync += self.inside.eq(~beat.last)
            with m.If(beat.first):
                m.d.sync += [self.tokens.eq(0), self.founded.eq(0)]
            with m.Elif(~beat.last):
                m.d.sync += [
                    self.tokens.eq(self.tokens + 1),
                    self.founded.eq(self.founded + beat.data.token.founded),
                ]
