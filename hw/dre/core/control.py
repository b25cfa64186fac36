"""The registers of a DRE, joined to what they control (spec section 19)."""

from amaranth.hdl import Cat, Module, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.core.commands import Commands
from dre.core.register_map import HELD_COMMAND, REGIONS, UNITS, counters, register_map
from dre.core.watch import COUNTER_BITS
from dre.core.watch import EVENTS as WATCHED
from dre.kvmu.config import PRESETS
from dre.monitor import Monitor
from dre.registers.bank import EVENTS, Bank
from dre.registers.counts import Counts
from dre.registers.lite import port

COMMANDS = 8
"""That may be given before the first result is taken."""

UNITS_WITH_MONITORS = ("hcu", "wtu", "kvmu", "table", "scores")
MONITORS = ("counters", "status", "clear")
CONTROLLED = (
    *("hash_settings", "score_settings", "bases", "quiesce", "commands", "results", "state"),
    *("bus_events", "watched"),
    *(f"{unit}_{name}" for unit in UNITS_WITH_MONITORS for name in MONITORS),
)
"""Ports of a datapath that are its registers' business."""


class Control(wiring.Component):
    """Registers behind AXI4-Lite, and what a datapath needs of them.

    Parameters
    ----------
    config : DREConfig
    datapath : wiring.SignatureMembers
        Of the datapath.

    Members
    -------
    control : In(AXI4-Lite)
    irq : Out(1)
    hold : Out(1)
        The datapath is in reset.
    and those of `CONTROLLED`
        As of the datapath, from the other side.
    """

    def __init__(self, config, datapath):
        self._build, self._table = config, register_map(config)
        super().__init__(
            {
                "control": In(port(self._table.address_bits)),
                "irq": Out(1),
                "hold": Out(1),
                **{name: datapath[name].flip() for name in CONTROLLED},
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = Bank(self._table)
        wiring.connect(m, wiring.flipped(self.control), bank.bus)
        counts = self._run(m, bank)
        self._set(m, bank)
        self._command(m, bank)
        sticky = self._monitor(m, bank, counts)
        causes = bank.shown.interrupt_causes
        m.d.comb += [causes.error.eq(sticky), causes.broken.eq(self.state.broken)]
        enabled = Value.cast(causes) & Value.cast(bank.held.interrupt_enable)
        m.d.sync += self.irq.eq(enabled.any())
        return m

    def _run(self, m, bank):
        """Reset of the datapath (D127); returns the counts, which are cleared in it (D131)."""
        latency = PRESETS[self._build.preset].memory_latency
        m.submodules.counts = counts = Counts(counters(), latency)
        assert counts.longest_turn < 2**COUNTER_BITS, "a counter could wrap unseen"
        runs, wanted = Signal(), bank.held.control.run
        m.d.sync += runs.eq(wanted & (runs | counts.zero))
        m.d.comb += [
            self.hold.eq(~runs),
            self.quiesce.eq(bank.held.control.quiesce),
            bank.refused.control.eq(runs & ~bank.word[0] & ~self.state.drained),
            bank.shown.state.running.eq(runs),
            *(bank.shown.state[name].eq(self.state[name]) for name, _ in self.state.shape()),
            counts.stopped.eq(~runs),
            counts.take.eq(bank.written.counting & bank.word[0]),
            bank.shown.counting.taking.eq(counts.taking),
        ]
        wiring.connect(m, bank.count, counts.count)
        return counts

    def _set(self, m, bank):
        """Bases as they are held, settings as they were taken (D128)."""
        held, known = bank.held, [register.name for register in self._table.registers]
        for region in REGIONS:
            words = [word for word in known if word in (f"base_{region}", f"base_{region}_high")]
            m.d.comb += self.bases[region].eq(Cat(held[word].page for word in words))
            m.d.comb += [bank.refused[word].eq(held.control.run | ~self.hold) for word in words]
        with m.If(bank.written.settings & bank.word[0]):
            for ports, registers in (
                (self.hash_settings, ("Th_hd", "max_clusters", "cluster_cap")),
                (self.score_settings, ("threshold", "scale", "exponent")),
            ):
                for register in registers:
                    word = held[f"setting_{register}"]
                    m.d.sync += [ports[name].eq(word[name]) for name, _ in word.shape()]

    def _command(self, m, bank):
        """Commands and results (D129); both are lost in reset of the datapath."""
        commands = Commands(COMMANDS)
        m.submodules.commands = ResetInserter(self.hold)(commands)
        for name in ("commands", "results"):
            wiring.connect(m, getattr(commands, name), wiring.flipped(getattr(self, name)))
        given, result = commands.command, commands.result
        shown, causes = bank.shown, bank.shown.interrupt_causes
        for register, names in HELD_COMMAND.items():
            m.d.comb += [given[name].eq(bank.held[register][name]) for name in names]
        for field in self._table.register("command").fields:
            bits = bank.word[field.low : field.high + 1]
            m.d.comb += Value.cast(given[field.name]).eq(bits)
            m.d.comb += shown.result_of[field.name].eq(result[field.name])
        m.d.comb += [
            commands.give.eq(bank.written.command),
            bank.refused.command.eq(self.hold | ~commands.room),
            commands.take.eq(bank.written.result_take & bank.word[0]),
            bank.refused.result_take.eq(~commands.waiting),
            shown.result.waiting.eq(commands.waiting),
            *(shown.result[name].eq(result[name]) for name in ("count", "more", "status")),
            causes.result.eq(commands.waiting),
            causes.room.eq(commands.room & ~self.hold),
        ]

    def _monitor(self, m, bank, counts):
        """All counters and sticky bits (D130); returns whether one of these is set."""
        hold = ResetInserter(self.hold)
        m.submodules.watched = watched = hold(
            Monitor(counted=WATCHED, sticky=(), bits=COUNTER_BITS)
        )
        _, sticky, counted = UNITS["bus"]
        m.submodules.bus = bus = hold(Monitor(counted=counted, sticky=sticky, bits=COUNTER_BITS))
        m.submodules.accesses = accesses = hold(
            Monitor(counted=EVENTS, sticky=(), bits=COUNTER_BITS)
        )
        m.submodules.faults = faults = Monitor(counted=EVENTS, sticky=EVENTS, bits=1)
        m.d.comb += [
            watched.events.eq(self.watched),
            bus.events.eq(self.bus_events),
            accesses.events.eq(bank.events),
            faults.events.eq(bank.events),
        ]
        counted = {"bus": bus.counters, "control": accesses.counters}
        status = {"bus": bus.status, "control": faults.status}
        clear = {"bus": bus.clear, "control": faults.clear}
        for unit in UNITS_WITH_MONITORS:
            counted[unit], status[unit], clear[unit] = (
                getattr(self, f"{unit}_{name}") for name in MONITORS
            )
        for unit, ones in counted.items():
            for name, _ in ones.shape():
                m.d.comb += counts.counters[f"{unit}_{name}"].eq(ones[name])
        for name in WATCHED:
            m.d.comb += counts.counters[name].eq(watched.counters[name])
        for unit in status:
            self._status(m, bank, f"status_{unit}", status[unit], clear[unit])
        return Cat(Value.cast(bits) for bits in status.values()).any()

    def _status(self, m, bank, register, status, clear):
        for field in self._table.register(register).fields:
            m.d.comb += [
                bank.shown[register][field.name].eq(status[field.name]),
                clear[field.name].eq(bank.written[register] & bank.word[field.low]),
            ]
