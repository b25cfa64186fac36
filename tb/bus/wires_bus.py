"""Channels of an arbiter as numbers, so that a bench moves one in a step."""

from amaranth.hdl import Cat, Module, ResetInserter, Signal
from amaranth.lib.wiring import Out

CHANNELS = ("ar", "r", "aw", "w", "b")


class Wires:
    """One channel of a port.

    Attributes
    ----------
    ours : bool
        The bench offers; else the unit does, and the bench takes.
    seen : Signal
        As the unit has it: valid, ready, then its fields from the lowest bit on.
    """

    def __init__(self, m, port, name, label):
        member = port.signature.members
        self.name = f"{label} {name}"
        fields = [key for key in member if key.startswith(name)]
        self._fields = [(key[len(name) :], getattr(port, key)) for key in fields]
        self._fields = [(key, s) for key, s in self._fields if key not in ("valid", "ready")]
        valid, ready = getattr(port, f"{name}valid"), getattr(port, f"{name}ready")
        payload = Cat(signal for _, signal in self._fields)
        self.ours = member[f"{name}valid"].flow is not Out
        self.seen = Signal(2 + len(payload), name=f"seen_{label}_{name}")
        self._sent = Signal(1 + len(payload) if self.ours else 1, name=f"sent_{label}_{name}")
        m.d.comb += self.seen.eq(Cat(valid, ready, payload))
        m.d.comb += (Cat(valid, payload) if self.ours else ready).eq(self._sent)

    def offer(self, ctx, payload, rng):
        """Offer a payload, by field; or nothing (None), and rubbish beside it."""
        value = 0
        for key, signal in reversed(self._fields):
            field = payload[key] if payload else rng.getrandbits(len(signal))
            assert 0 <= field < 1 << len(signal)
            value = value << len(signal) | field
        ctx.set(self._sent, value << 1 | (payload is not None))

    def take(self, ctx, ready):
        """Be ready, or not."""
        ctx.set(self._sent, ready)

    def look(self, value):
        """What `seen` was: valid, ready and the payload by field."""
        valid, ready, rest = value & 1, value >> 1 & 1, value >> 2
        fields = {}
        for key, signal in self._fields:
            fields[key] = rest & ((1 << len(signal)) - 1)
            rest >>= len(signal)
        return bool(valid), bool(ready), fields


class Bench:
    """An arbiter with all its channels as `Wires`, by port and channel; and its reset."""

    def __init__(self, unit):
        self.module = m = Module()
        self.reset, self.wires = Signal(name="reset"), {}
        m.submodules.unit = ResetInserter(self.reset)(unit)
        for name in unit.signature.members:
            if name == "events":
                continue
            port = getattr(unit, name)
            self.wires[name] = {
                channel: Wires(m, port, channel, name)
                for channel in CHANNELS
                if f"{channel}valid" in port.signature.members
            }
        self.events = Signal(2)
        m.d.comb += self.events.eq(unit.events.as_value())
