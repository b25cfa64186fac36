"""An HCU behind a serial link: what a small board has in it (spec section 22)."""

from amaranth.hdl import Module, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.bringup.config import HCUSystemConfig
from dre.bringup.lights import Lights
from dre.bringup.register_map import LINK_COUNTER_BITS, UNITS, register_map
from dre.hcu.unit import HCU
from dre.link.config import BAD_FRAMES
from dre.link.unit import Link
from dre.monitor import Monitor
from dre.registers.bank import Bank


class HCUSystem(wiring.Component):
    """Takes chunks of hash words over two wires, gives back the cluster of every token.

    Parameters
    ----------
    config : HCUSystemConfig

    Members
    -------
    rx : In(1), tx : Out(1)
        The wires; ``rx`` is of no clock.
    alive : Out(1)
        Changes twice a second.
    busy : Out(1)
        An answer is being sent, or was a moment ago.
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
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            link.hold.eq(hold),
            *(hcu.settings[n].eq(bank.held[f"setting_{n}"][n]) for n, _ in hcu.settings.shape()),
        ]
        m.submodules.lights = lights = Lights(config.clock_hz)
        m.d.comb += [
            lights.works.eq(link.busy),
            self.alive.eq(lights.alive),
            self.busy.eq(lights.busy),
        ]
        m.submodules.frames = frames = Monitor(
            counted=BAD_FRAMES, sticky=BAD_FRAMES, bits=LINK_COUNTER_BITS
        )
        m.d.comb += frames.events.eq(link.events)
        self._watch(m, bank, {"hcu": hcu, "link": frames})
        return m

    def _watch(self, m, bank, units):
        for unit, (sticky, counted, _) in UNITS.items():
            monitor, register = units[unit], f"status_{unit}"
            for number, name in enumerate(sticky):
                m.d.comb += [
                    bank.shown[register][name].eq(monitor.status[name]),
                    monitor.clear[name].eq(bank.written[register] & bank.word[number]),
                ]
            for name in counted:
                m.d.comb += bank.shown[f"{unit}_{name}"].count.eq(monitor.counters[name])
        wrong = [Value.cast(unit.status).any() for unit in units.values()]
        m.d.sync += self.error.eq(wrong[0] | wrong[1])
