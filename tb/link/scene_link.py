"""A device for the link's tests: some registers, and streams that come back."""

from functools import cache

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.link import Link, LinkConfig
from dre.link.config import BAD_FRAMES
from dre.monitor import Monitor
from dre.registers.bank import Bank
from dre.registers.fields import Field, Register, Table
from link.wires import Wires, library, verilog_of

DIVISOR, DEPTH, TIMEOUT, SILENCE_CYCLES = 4, 16, 64, 2_000
ADDRESS_BITS = 8
MUTE = 0x80  # whoever reads or writes here waits
PLACES = range(0, 0x40, 4)  # words that are held
GUARDED, HOLD = 0x40, 0x44
COUNTS = 0x48

LAYOUTS = {
    "narrow": data.StructLayout({"a": 3, "b": 2}),
    "wide": data.StructLayout({"a": 64, "b": 11}),
}


def _held(name, address, bits=32, guarded=False):
    return Register(name, address, (Field("value", bits, 0, "held", "A word"),), "A word", guarded)


TABLE = Table(
    "scene",
    (
        *(_held(f"word_{place:x}", place) for place in PLACES),
        _held("guarded", GUARDED, guarded=True),
        _held("hold", HOLD, bits=1),
        *(
            Register(name, COUNTS + 4 * n, (Field("count", 16, 0, "shown", "Frames"),), "Frames")
            for n, name in enumerate(BAD_FRAMES)
        ),
    ),
    (),
    MUTE,
    ADDRESS_BITS,
)


class Scene(wiring.Component):
    """What is pushed to a stream comes back from it; a write to GUARDED is refused."""

    rx: In(1, init=1)
    tx: Out(1, init=1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = Link(
            LinkConfig(
                divisor=DIVISOR,
                sinks=LAYOUTS,
                sources=LAYOUTS,
                address_bits=ADDRESS_BITS,
                depth=DEPTH,
                timeout=TIMEOUT,
            )
        )
        m.submodules.bank = bank = Bank(TABLE)
        m.submodules.counts = counts = Monitor(counted=BAD_FRAMES, sticky=(), bits=16)
        for name in LAYOUTS:
            wiring.connect(m, getattr(link.sinks, name), getattr(link.sources, name))
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            link.hold.eq(bank.held.hold.value),
            counts.events.eq(link.events),
            bank.refused.guarded.eq(1),
            *(bank.shown[name].count.eq(counts.counters[name]) for name in BAD_FRAMES),
        ]
        self._mute(m, link.bus, bank.bus)
        return m

    def _mute(self, m, ours, theirs):
        """Registers whose address has the top bit answer late."""
        late = Signal(range(SILENCE_CYCLES + 1))
        for name, member in ours.signature.members.items():
            given, taken = (ours, theirs) if member.flow is Out else (theirs, ours)
            value = getattr(given, name)
            if name in ("bvalid", "rvalid", "bready", "rready"):
                value = value & (late == 0)
            m.d.comb += getattr(taken, name).eq(value)
        for channel in ("aw", "ar"):
            taken = (getattr(ours, channel + name) for name in ("valid", "ready"))
            valid, ready = taken
            with m.If(valid & ready & getattr(ours, channel + "addr")[-1]):
                m.d.sync += late.eq(SILENCE_CYCLES)
        with m.If(late != 0):
            m.d.sync += late.eq(late - 1)


@cache
def made():
    """The compiled device, once a process."""
    return library(verilog_of(Scene()), "scene", DIVISOR)


def wires():
    """A new one, reset."""
    return Wires(made(), DIVISOR)
