"""How beats of different kinds are offered on one packet stream."""

from contextlib import nullcontext

from amaranth.hdl import Signal


class Offer:
    """Gives a stream its beats, each from where it is made; a call offers one.

    Parameters
    ----------
    m : Module
        Gets the stream's registers.
    output : stream
        Of a packet layout.
    free : Value
        A beat may be offered.
    ahead : bool
        What is offered next is made ready whether it is offered or not, so that who takes beats is
        not in the way of what is in them. Then at most one place may say what is next, and where
        none does it is 0.
    """

    def __init__(self, m, output, free, *, ahead):
        self._output, self._ahead = output, ahead
        self._payload = output.payload
        with m.If(output.ready):
            m.d.sync += output.valid.eq(0)
        if ahead:
            self._payload = coming = Signal.like(output.payload, name="coming")
            with m.If(free):
                m.d.sync += output.payload.eq(coming)

    def __call__(self, m, when, *, first=0, last=0, **content):
        """Offer a beat ``when`` there is one: ``kind=value``, or nested fields by name."""
        ((kind, content),) = content.items()
        payload, member = self._payload, getattr(self._payload.data, kind)
        domain = m.d.comb if self._ahead else m.d.sync
        with m.If(when):
            m.d.sync += self._output.valid.eq(1)
        with nullcontext() if self._ahead else m.If(when):
            domain += payload.as_value().eq(0)
            domain += [payload.first.eq(first), payload.last.eq(last)]
            if isinstance(content, dict):
                domain += [member[name].eq(value) for name, value in content.items()]
            else:
                domain += member.eq(content)
