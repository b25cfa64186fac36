"""A DRE between two memories, behind a serial link: what a large board has (spec section 22)."""

from amaranth.hdl import Module, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.bringup.dre_config import SINKS, SOURCES, WINDOW_BITS, DRESystemConfig
from dre.bringup.dre_map import ranges, register_map
from dre.bringup.lights import Lights
from dre.bringup.memory import AXIMemory
from dre.bringup.register_map import LINK_COUNTER_BITS
from dre.bringup.split import LiteSplit
from dre.bringup.window import Window
from dre.core import DRE
from dre.core.regions import FIRST_PAGE
from dre.link.config import BAD_FRAMES
from dre.link.unit import Link
from dre.monitor import Monitor
from dre.registers.bank import Bank


class DRESystem(wiring.Component):
    """Registers, streams and memories of a DRE over two wires.

    Parameters
    ----------
    config : DRESystemConfig

    Members
    -------
    rx : In(1), tx : Out(1)
        The wires; ``rx`` is of no clock.
    alive : Out(1)
        Changes twice a second.
    busy : Out(1)
        An answer is being sent, or was a moment ago.
    error : Out(1)
        A sticky bit of the link is set, or the DRE's interrupt.

    Raises
    ------
    TypeError
        If ``config`` is not a `DRESystemConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, DRESystemConfig):
            raise TypeError(f"config must be a DRESystemConfig, not {config!r}")
        self._config = config
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "alive": Out(1),
                "busy": Out(1),
                "error": Out(1),
            }
        )

    def elaborate(self, platform):
        m, config, hold = Module(), self._config, Signal(init=1)
        m.submodules.link = link = Link(config.link)
        m.submodules.bank = bank = Bank(register_map(config))
        m.submodules.split = split = LiteSplit(config.link.address_bits, ranges(WINDOW_BITS))
        dre = DRE(config.dre)
        m.submodules.dre = ResetInserter(hold)(dre)
        for name, streams in (("sinks", SINKS), ("sources", SOURCES)):
            for stream in streams:
                wiring.connect(m, getattr(getattr(link, name), stream), getattr(dre, stream))
        wiring.connect(m, link.bus, split.bus)
        wiring.connect(m, split.dre, dre.control)
        wiring.connect(m, split.system, bank.bus)
        for memory in config.pages:
            self._memory(m, memory, dre, bank, getattr(split, memory), hold)
            m.d.comb += split.off[memory].eq(hold)
        m.d.sync += hold.eq(~bank.held.control.run)
        m.d.comb += [
            split.off.dre.eq(hold),
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            link.hold.eq(hold),
        ]
        self._show(m, link, bank, dre)
        return m

    def _memory(self, m, name, dre, bank, bus, hold):
        """A memory, and its window."""
        port = getattr(dre, name)
        memory = AXIMemory(
            dre.signature.members[name].signature,
            first_page=FIRST_PAGE,
            pages=self._config.pages[name],
        )
        m.submodules[name] = ResetInserter(hold)(memory)
        m.submodules[f"window_{name}"] = window = ResetInserter(hold)(
            Window(memory.words, self._config.dre.data_bits, WINDOW_BITS)
        )
        wiring.connect(m, port, memory.port)
        wiring.connect(m, window.memory, memory.window)
        wiring.connect(m, bus, window.bus)
        m.d.comb += window.part.eq(bank.held[f"window_{name}"].part)

    def _show(self, m, link, bank, dre):
        """Lights, and what the link has had to complain of."""
        m.submodules.lights = lights = Lights(self._config.clock_hz)
        m.submodules.frames = frames = Monitor(
            counted=BAD_FRAMES, sticky=BAD_FRAMES, bits=LINK_COUNTER_BITS
        )
        m.d.comb += [
            lights.works.eq(link.busy),
            self.alive.eq(lights.alive),
            self.busy.eq(lights.busy),
            frames.events.eq(link.events),
        ]
        m.d.sync += self.error.eq(Value.cast(frames.status).any() | dre.irq)
        for number, name in enumerate(BAD_FRAMES):
            m.d.comb += [
                bank.shown.status_link[name].eq(frames.status[name]),
                frames.clear[name].eq(bank.written.status_link & bank.word[number]),
                bank.shown[f"link_{name}"].count.eq(frames.counters[name]),
            ]
