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
    seen : Value
        As the unit has it: valid, ready, then its fields from the lowest bit on.
    driven : Value
        What the bench drives of it: what it offers, or whether it takes.
    value : int
        What it shall be.
    """

    def __init__(self, port, name, label):
        member = port.signature.members
        self.name = f"{label} {name}"
        fields = [key for key in member if key.startswith(name)]
        fields = [key for key in fields if key not in (f"{name}valid", f"{name}ready")]
        self._fields = [(key[len(name) :], len(getattr(port, key))) for key in fields]
        valid, ready = getattr(port, f"{name}valid"), getattr(port, f"{name}ready")
        payload = Cat(getattr(port, key) for key in fields)
        self.ours = member[f"{name}valid"].flow is not Out
        self.seen, self.driven = Cat(valid, ready, payload), Cat(valid, payload)
        if not self.ours:
            self.driven = Cat(ready)
        self.value = 0

    def offer(self, payload, rng):
        """Offer a payload, by field; or nothing (None), and rubbish beside it."""
        value = 0
        for key, bits in reversed(self._fields):
            field = payload[key] if payload else rng.getrandbits(bits)
            assert 0 <= field < 1 << bits
            value = value << bits | field
        self.value = value << 1 | (payload is not None)

    def take(self, ready):
        """Be ready, or not."""
        self.value = int(ready)

    def look(self, value):
        """What `seen` was: valid, ready and the payload by field."""
        valid, ready, rest = value & 1, value >> 1 & 1, value >> 2
        fields = {}
        for key, bits in self._fields:
            fields[key] = rest & ((1 << bits) - 1)
            rest >>= bits
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
                channel: Wires(port, channel, name)
                for channel in CHANNELS
                if f"{channel}valid" in port.signature.members
            }
        self._all = [one for own in self.wires.values() for one in own.values()]
        self._slices, end = [], 0
        for one in self._all:
            self._slices.append((end, (1 << len(one.seen)) - 1))
            end += len(one.seen)
        seen = Cat(*(one.seen for one in self._all), unit.events.as_value())
        driven = Cat(one.driven for one in self._all)
        self._widths = [len(one.driven) for one in self._all]
        self._seen, self._driven = Signal(len(seen)), Signal(len(driven))
        m.d.comb += [self._seen.eq(seen), driven.eq(self._driven)]
        self._end = end

    def drive(self, ctx):
        """Every channel as its `Wires` say; all at once, which is quick."""
        value, place = 0, 0
        for one, bits in zip(self._all, self._widths, strict=True):
            value |= one.value << place
            place += bits
        ctx.set(self._driven, value)

    async def tick(self, ctx):
        """To the next clock edge; what was before it: each channel's `seen`, in order; events."""
        _, _, value = await ctx.tick().sample(self._seen)
        return [value >> place & mask for place, mask in self._slices], value >> self._end
