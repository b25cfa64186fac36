"""Helps an induction over two copies of a unit: nodes that say what holds in which state.

Two machines that behave alike may still differ in a register that is not looked at in the present
state. Signals that are always equal do not express that; ``state & (register ^ its copy)``, which
is then always 0, does. Such nodes are added to the AIG of a miter, as outputs. They assume nothing:
the induction has to prove each of them, or drop it.
"""

import re
from collections import defaultdict
from itertools import combinations, product

from verification.miter import GATE, GOLD

STATES = "fsm_state"
"""Name of the state registers of Amaranth's state machines."""

MOST_FLAGS = 40
"""So many one-bit registers are set in relation to each other; pairs grow as the square."""

WIDEST = 8
"""Registers of more bits hold data, which no state makes equal."""


class Aig:
    """A binary AIGER file without justice, fairness and constraints, to which ANDs are added."""

    def __init__(self, data):
        lines = data.split(b"\n", 1)
        numbers = [int(word) for word in lines[0].split()[1:6]]
        _, self.inputs, self.latches, outputs, self._gates = numbers
        body = lines[1].split(b"\n", self.latches + outputs)
        self._next, self.outputs = body[: self.latches], body[self.latches : -1]
        rest = body[-1]
        end = 0
        for _ in range(2 * self._gates):  # each number ends at the first byte below 128
            while rest[end] & 128:
                end += 1
            end += 1
        self._ands = bytearray(rest[:end])

    def latch(self, number):
        """Literal of a latch."""
        return 2 * (1 + self.inputs + number)

    def conjunction(self, a, b):
        """Literal of ``a & b``."""
        self._gates += 1
        literal = 2 * (self.inputs + self.latches + self._gates)
        large, small = max(a, b), min(a, b)
        for number in (literal - large, large - small):
            while number > 127:
                self._ands.append(number & 127 | 128)
                number >>= 7
            self._ands.append(number)
        return literal

    def difference(self, a, b):
        """Literal of ``a ^ b``."""
        return self.conjunction(self.conjunction(a, b) ^ 1, self.conjunction(a ^ 1, b ^ 1) ^ 1)

    def encoded(self):
        """The file."""
        most = self.inputs + self.latches + self._gates
        head = f"aig {most} {self.inputs} {self.latches} {len(self.outputs)} {self._gates}"
        return b"\n".join([head.encode(), *self._next, *self.outputs, bytes(self._ands)])


def add(path, names):
    """Add hints to the miter at ``path``; ``names`` is yosys' map of its signals."""
    aig = Aig(path.read_bytes())
    copies = _registers(names, aig)
    gold, gate = copies[GOLD], copies[GATE]
    machines = {tuple(bits): bits for name, bits in gold.items() if name.endswith(STATES)}
    states = [state for bits in machines.values() for state in _states(aig, bits)]
    flags = sorted({bits[0] for bits in gold.values() if len(bits) == 1})[:MOST_FLAGS]
    pairs = {
        (a, b)
        for name in gold.keys() & gate.keys()
        if len(gold[name]) <= WIDEST
        for a, b in zip(gold[name], gate[name], strict=False)
    }
    differences = [aig.difference(a, b) for a, b in sorted(pairs)]
    conditions = [*states, *flags, *(flag ^ 1 for flag in flags)]
    hints = [aig.conjunction(c, d) for c, d in product(conditions, differences)]
    for condition, flag in product(states, flags):
        hints += [aig.conjunction(condition, flag), aig.conjunction(condition, flag ^ 1)]
    for a, b in combinations(flags, 2):
        hints += [aig.conjunction(a ^ x, b ^ y) for x, y in product((0, 1), repeat=2)]
    aig.outputs += [str(hint).encode() for hint in hints]
    path.write_bytes(aig.encoded())


def _registers(names, aig):
    """By copy and name: the literals of a register's bits, lowest first."""
    copies = {GOLD: defaultdict(dict), GATE: defaultdict(dict)}
    for line in names.read_text().splitlines():
        latch = re.fullmatch(rf"(inv)?latch (\d+) (\d+) ({GOLD}|{GATE})_copy\.(.*)", line)
        if latch:
            literal = aig.latch(int(latch[2])) ^ bool(latch[1])
            copies[latch[4]][latch[5]][int(latch[3])] = literal
    return {
        copy: {name: [bits[n] for n in sorted(bits)] for name, bits in registers.items()}
        for copy, registers in copies.items()
    }


def _states(aig, bits):
    """One literal for each value of a state register."""
    values = []
    for value in range(1 << len(bits)):
        literal = 1
        for n, bit in enumerate(bits):
            chosen = bit if value >> n & 1 else bit ^ 1
            literal = chosen if literal == 1 else aig.conjunction(literal, chosen)
        values.append(literal)
    return values
