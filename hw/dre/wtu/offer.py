"""How beats of different kinds are offered on one packet stream."""

from dre.skid import Skid


class Offer:
    """Gives a stream its beats, each from where it is made; a call offers one.

    Parameters
    ----------
    m : Module
        Gets the stream's registers.
    output : stream
        Of a packet layout.

    Attributes
    ----------
    room : Value
        A beat may be offered.
    """

    def __init__(self, m, output):
        self._output = output
        self.room = ~output.valid | output.ready
        with m.If(output.ready):
            m.d.sync += output.valid.eq(0)

    def __call__(self, m, when, *, first=0, last=0, **content):
        """Offer a beat ``when`` there is one: ``kind=value``, or nested fields by name."""
        with m.If(when):
            m.d.sync += self._output.valid.eq(1)
            m.d.sync += _filled(self._output.payload, first, last, **content)


class StagedOffer:
    """The same, for clock speed: who takes beats is not in the way of what is in them.

    What is offered next is made ready whether it is offered or not. At most one place at a time may
    say what it is, and where none does it is 0.
    """

    def __init__(self, m, name, output):
        m.submodules[name] = queue = Skid(output.payload.shape())
        self.room, self._push, self._word = queue.room, queue.push, queue.word
        m.d.comb += [
            output.valid.eq(queue.valid),
            output.payload.eq(queue.head),
            queue.take.eq(output.ready),
        ]

    def __call__(self, m, when, *, first=0, last=0, **content):
        """As `Offer`; ``when`` only with ``room``."""
        with m.If(when):
            m.d.comb += self._push.eq(1)
        m.d.comb += _filled(self._word, first, last, **content)


def _filled(payload, first, last, **content):
    """Statements that make it a beat of one kind, 0 where it has nothing."""
    ((kind, value),) = content.items()
    member = getattr(payload.data, kind)
    yield payload.as_value().eq(0)
    yield from (payload.first.eq(first), payload.last.eq(last))
    if isinstance(value, dict):
        yield from (member[name].eq(part) for name, part in value.items())
    else:
        yield member.eq(value)
