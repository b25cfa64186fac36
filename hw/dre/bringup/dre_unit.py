"""A DRE between two memories, behind a serial link: what a large board has (spec section 22)."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring

from dre.bringup.dre_config import SINKS, SOURCES, WINDOW_BITS, DRESystemConfig
from dre.bringup.dre_map import UNITS, ranges, register_map
from dre.bringup.memory import AXIMemory
from dre.bringup.split import LiteSplit
from dre.bringup.system import System
from dre.bringup.watched import show
from dre.bringup.window import Window
from dre.core import DRE
from dre.core.regions import FIRST_PAGE
from dre.link.unit import Link
from dre.registers.bank import Bank


class DRESystem(System):
    """Registers, streams and memories of a DRE over two wires.

    Parameters
    ----------
    config : DRESystemConfig

    Members
    -------
    rx, tx, alive, busy : as `System` has them
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
        super().__init__(config)

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
        m.d.comb += split.off.dre.eq(hold)
        frames = self._join_line(m, link, hold)
        m.d.sync += self.error.eq(show(m, bank, UNITS, {"link": frames}) | dre.irq)
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
