"""Steps that are asked for, and that say when they are done."""

import operator
from contextlib import contextmanager
from functools import reduce

from amaranth.hdl import Const, Elaboratable, Module, Mux, Signal, Value


class Routine(Elaboratable):
    """A request that its caller holds, with its arguments, until it is done.

    One caller at a time; whoever does not call says nothing, so callers are joined by OR. Results
    are what the routine says they are, in the cycle in which it is done.

    Parameters
    ----------
    m : Module
        Of the callers and of who does it.
    name : str
    arguments : dict of str to ShapeLike

    Attributes
    ----------
    go, done : Signal
    """

    def __init__(self, m, name, **arguments):
        self.go, self.done = Signal(name=f"{name}_go"), Signal(name=f"{name}_done")
        self._name, self._calls = name, []
        self._arguments = {
            argument: Signal(shape, name=f"{name}_{argument}")
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
        with m.If(self.done):
            yield

    def elaborate(self, platform):
        """Everybody has called by now: what one caller says is what all of them say together."""
        m = Module()
        m.d.comb += self.go.eq(_any(asked for asked, _ in self._calls))
        for name, argument in self._arguments.items():
            said = [Mux(asked, _bits(values[name], argument), 0) for asked, values in self._calls]
            m.d.comb += Value.cast(argument).eq(_any(said))
        return m


def _any(values):
    return reduce(operator.or_, values, Const(0))


def _bits(value, like):
    """A value, or a member of an enumeration, as bits."""
    shape = like.shape()
    return Value.cast(shape(value) if isinstance(shape, type) else value)


def shapes(layout):
    """Names and shapes of a layout's fields, to be a routine's arguments."""
    return {name: field.shape for name, field in layout}
