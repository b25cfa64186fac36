"""An HCU behind a serial link: what a small board has in it (spec section 22)."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring

from dre.bringup.hcu_config import HCUSystemConfig
from dre.bringup.hcu_map import UNITS, register_map
from dre.bringup.system import System
from dre.bringup.watched import show
from dre.hcu.unit import HCU
from dre.link.unit import Link
from dre.registers.bank import Bank


class HCUSystem(System):
    """Takes chunks of hash words over two wires, gives back the cluster of every token.

    Parameters
    ----------
    config : HCUSystemConfig

    Members
    -------
    rx, tx, alive, busy : as `System` has them
    error : Out(1)
        A sticky bit is set: of the HCU, or of the link.

    Raises
    ------
    TypeError
        If ``config`` is not an `HCUSystemConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, HCUSystemConfig):
            raise TypeError(f"config must be an HCUSystemConfig, not {config!r}")
        super().__init__(config)

    def elaborate(self, platform):
        m, config = Module(), self._config
        m.submodules.link = link = Link(config.link)
        m.submodules.bank = bank = Bank(register_map(config))
        hcu, hold = HCU(config.hcu), Signal(init=1)
        m.submodules.hcu = ResetInserter(hold)(hcu)
        wiring.connect(m, link.bus, bank.bus)
        wiring.connect(m, link.sinks.hash_bits, hcu.hash_bits)
        wiring.connect(m, hcu.assignments, link.sources.assignments)
        m.d.sync += hold.eq(~bank.held.control.run)
        m.d.comb += [
            hcu.settings[n].eq(bank.held[f"setting_{n}"][n]) for n, _ in hcu.settings.shape()
        ]
        frames = self._join_line(m, link, hold)
        m.d.sync += self.error.eq(show(m, bank, UNITS, {"hcu": hcu, "link": frames}))
        return m
