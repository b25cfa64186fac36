"""Steps that are asked for, and that say when they are done."""

import operator
from contextlib import contextmanager
from functools import reduce

from amaranth.hdl import Const, Elaboratable, Module, Mux, Signal, Value

GROUP = 8
"""Callers of a crowd that are joined in the first step."""


class Routine(Elaboratable):
    """A request that its caller holds, with its arguments, until it is done.

    One caller at a time; whoever does not call says nothing, so callers are joined by OR. Results
    are what the routine says they are, in the cycle in which its callers hear that it is done. With
    a `call_latency` it begins a cycle after it has been called, and they hear a cycle after it is
    done: registers lie between them, and results are kept (`results`).

    Parameters
    ----------
    m : Module
        Of the callers and of who does it.
    name : str
    timing : Preset
    crowd : bool
        It has very many callers. With a `call_latency` they are joined in two steps, of which each
        takes a cycle, and they hear of the end at once: whoever does it keeps its results.
    arguments : dict of str to ShapeLike

    Attributes
    ----------
    go, done : Signal
    """

    def __init__(self, m, name, timing, *, crowd=False, **arguments):
        self.go, self.done = Signal(name=f"{name}_go"), Signal(name=f"{name}_done")
        self._name, self._later, self._calls = name, timing.call_latency, []
        self._crowd = crowd and self._later
        heard_later = self._later and not crowd
        self._heard = Signal(name=f"{name}_heard") if heard_later else self.done
        self._arguments = {
            argument: Signal(shape, name=f"{name}_{argument}", reset_less=True)
            for argument, shape in arguments.items()
        }
        m.submodules[f"calls_of_{name}"] = self

    def __getattr__(self, argument):
        if argument.startswith("_"):
            raise AttributeError(argument)
        return self._arguments[argument]

    @contextmanager
    def call(self, m, **values):
        """In a state: ask for it; what is in the block happens when it is done."""
        assert values.keys() == self._arguments.keys(), f"{values.keys()}"
        asked = Signal(name=f"{self._name}_by_{len(self._calls)}")
        self._calls.append((asked, values))
        m.d.comb += asked.eq(1)
        with m.If(self._heard):
            yield

    def results(self, m):
        """The domain in which the routine says its results, in the cycle in which it is done."""
        return m.d.sync if self._later else m.d.comb

    def elaborate(self, platform):
        """Everybody has called by now: what one caller says is what all of them say together."""
        m = Module()
        asked = [asked for asked, _ in self._calls]
        if self._crowd:
            free = ~self.done
            m.d.comb += self.go.eq(_any(self._groups(m, "go", 1, [one & free for one in asked])))
        elif self._later:
            m.d.sync += [
                self.go.eq(_any(asked) & ~self.done & ~self._heard),
                self._heard.eq(self.done),
            ]
        else:
            m.d.comb += self.go.eq(_any(asked))
        domain = m.d.sync if self._later and not self._crowd else m.d.comb
        for name, argument in self._arguments.items():
            said = [Mux(asked, _bits(values[name], argument), 0) for asked, values in self._calls]
            if self._crowd:
                said = self._groups(m, name, len(Value.cast(argument)), said)
            domain += Value.cast(argument).eq(_any(said))
        return m

    def _groups(self, m, name, bits, values):
        """What a few callers say together, in registers."""
        groups = []
        for first in range(0, len(values), GROUP):
            kept = Signal(bits, name=f"{self._name}_{name}_{first}", reset_less=name != "go")
            m.d.sync += kept.eq(_any(values[first : first + GROUP]))
            groups.append(kept)
        return groups


def settled(m, name, timing, value):
    """What follows from registers that have not changed for two cycles when it is asked for.

    They change in one call and are looked at in another one, so with a `call_latency` there is time
    to find it out a cycle before.
    """
    known = Signal(Value.cast(value).shape(), name=f"{name}_known")
    domain = m.d.sync if timing.call_latency else m.d.comb
    domain += known.eq(value)
    return known


def soon(timing, then):
    """The state to go to, to be in another one when what is `settled` has been found out."""
    return f"{then}_SOON" if timing.call_latency else then


def pause(m, timing, then):
    """The state that `soon` names, if that is not the one behind it."""
    if timing.call_latency:
        with m.State(soon(timing, then)):
            m.next = then


def called(m, timing, go, then):
    """The first state of who does a routine, if the second one looks at what is `settled` of its
    arguments; returns its name.
    """
    if not timing.call_latency:
        return then
    with m.State("CALLED"), m.If(go):
        m.next = then
    return "CALLED"


def _any(values):
    return reduce(operator.or_, values, Const(0))


def _bits(value, like):
    """A value, or a member of an enumeration, as bits."""
    shape = like.shape()
    return Value.cast(shape(value) if isinstance(shape, type) else value)


def shapes(layout):
    """Names and shapes of a layout's fields, to be a routine's arguments."""
    return {name: field.shape for name, field in layout}
