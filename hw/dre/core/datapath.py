# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""The units of the DRE, joined (spec section 18): no logic of its own but the connections."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.bus import Arbiter, channels
from dre.bus.arbiter import EVENTS as BUS_EVENTS
from dre.core.fork import Fork
from dre.core.watch import CHANNELS, MEMORIES, STREAMS, Watch
from dre.core.watch import EVENTS as WATCHED
from dre.hcu import HCU
from dre.kvmu import KVMU
from dre.monitor import monitor_ports
from dre.ports import pass_on
from dre.scores import ScoreReader
from dre.scores.reader import COUNTED, STICKY
from dre.table import TableUnit
from dre.wtu import WTU

MONITORS = ("counters", "status", "clear")
MONITORED = ("hcu", "wtu", "kvmu", "table")
READER = "scores"
"""Its monitor's name; without a row reader its counts and bits are 0."""


def near_signature(config):
    """The port to near memory."""
    return channels.ports(config.bus)["out"].signature


class Datapath(wiring.Component):
    """All of a DRE but its registers.

    Parameters
    ----------
    config : DREConfig
        Build parameters.

    Members
    -------
    hash_settings, hash_bits, assignments
        As ``settings``, ``hash_bits`` and ``assignments`` of the HCU.
    score_settings, chunks, scores, rows
        As of the WTU; ``chunks`` as ``placed`` of a row reader, which is there instead of
        ``scores``.
    commands, results, grants, deliveries, quiesce
        As of the KVMU.
    bases : In(struct)
        As of the KVMU, and ``table``, that of the table unit.
    state : Out(struct)
        ``idle``, ``drained``: KVMU and table unit are; ``broken``: either is.
    <unit>_counters, <unit>_status, <unit>_clear
        Of ``hcu``, ``wtu``, ``kvmu``, ``table`` and ``scores``.
    bus_events : Out(struct)
        Of the arbiter.
    watched : Out(struct)
        A bit for each of `dre.core.watch.EVENTS`, 1 in each cycle in which it happens.
    far, near : Out(AXI4)
    """

    def __init__(self, config):
        self._build = config
        self._units = {
            "hcu": HCU(config.hcu),
            "wtu": WTU(config.wtu),
            "kvmu": KVMU(config.kvmu),
            "table": TableUnit(config.table),
        }
        self._reader = ScoreReader(config.table) if config.reads_scores else None
        hcu, wtu, kvmu = (self._units[name].signature.members for name in ("hcu", "wtu", "kvmu"))
        rows = {name: wtu[name] for name in ("chunks", "scores", "rows")}
        if self._reader:
            rows = {"chunks": self._reader.signature.members["placed"], "rows": wtu["rows"]}
        shown = {name: self._units[name].signature.members for name in MONITORED}
        shown[READER] = monitor_ports(COUNTED, STICKY)
        bases = {name: field.shape for name, field in config.kvmu.bases}
        bases["table"] = config.table.page_number
        super().__init__(
            {
                "hash_settings": hcu["settings"],
                "score_settings": wtu["settings"],
                "hash_bits": hcu["hash_bits"],
                "assignments": hcu["assignments"],
                **rows,
                **{name: kvmu[name] for name in ("commands", "results", "grants", "deliveries")},
                "bases": In(data.StructLayout(bases)),
                "quiesce": In(1),
                "state": Out(data.StructLayout({"idle": 1, "drained": 1, "broken": 1})),
                **{
                    f"{unit}_{name}": members[name]
                    for unit, members in shown.items()
                    for name in MONITORS
                },
                "bus_events": Out(data.StructLayout(dict.fromkeys(BUS_EVENTS, 1))),
                "watched": Out(data.StructLayout(dict.fromkeys(WATCHED, 1))),
                "far": kvmu["far"],
                "near": Out(near_signature(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        monitored = dict(self._units)
        if self._reader:
            monitored[READER] = self._reader
        for name, unit in monitored.items():
            m.submodules[name] = unit
            for port in MONITORS:
                ours, theirs = getattr(self, f"{name}_{port}"), getattr(unit, port)
                m.d.comb += theirs.eq(ours) if port == "clear" else ours.eq(theirs)
        self._join_streams(m)
        self._join_memories(m)
        self._watch(m)
        kvmu, table = self._units["kvmu"], self._units["table"]
        quiet = table.state.idle & (self._reader.idle if self._reader else 1)
        m.d.comb += [
            kvmu.quiesce.eq(self.quiesce),
            self.state.idle.eq(kvmu.state.idle & quiet),
            self.state.drained.eq(kvmu.state.drained & quiet),
            self.state.broken.eq(kvmu.state.broken | table.state.broken),
            table.base.eq(self.bases.table),
            *(kvmu.bases[name].eq(self.bases[name]) for name, _ in kvmu.bases.shape()),
        ]
        return m

    def _join_streams(self, m):
        hcu, wtu, kvmu, table = (self._units[name] for name in MONITORED)
        m.submodules.fork = fork = Fork(self._build.hcu.assignment_packet)
        m.d.comb += [hcu.settings.eq(self.hash_settings), wtu.settings.eq(self.score_settings)]
        pass_on(m, self, hcu, ("hash_bits",))
        pass_on(m, self, kvmu, ("commands",))
        for ours, theirs in (
            (self.rows, wtu.rows),
            (self.results, kvmu.results),
            (self.grants, kvmu.grants),
            (self.deliveries, kvmu.deliveries),
            (self.assignments, fork.b),
        ):
            wiring.connect(m, theirs, wiring.flipped(ours))
        for source, target in (
            (hcu.passes, table.passes),
            (table.table, hcu.table),
            (table.counts, wtu.counts),
            (hcu.assignments, table.assignments),
            (table.assigned, fork.i),
            (fork.a, kvmu.assignments),
            (wtu.selected, kvmu.selected),
            (kvmu.aged, table.aged),
        ):
            wiring.connect(m, source, target)
        self._join_rows(m)

    def _join_rows(self, m):
        """Rows from the engine, or from near memory; token counts are the table unit's."""
        wtu, table, reader = self._units["wtu"], self._units["table"], self._reader
        if reader is None:
            pass_on(m, self, wtu, ("chunks", "scores"))
            wiring.connect(m, wtu.reads, table.reads)
            return
        m.submodules.reads_fork = fork = Fork(self._build.wtu.row_request)
        wiring.connect(m, wiring.flipped(self.chunks), reader.placed)
        for source, target in (
            (reader.chunks, wtu.chunks),
            (wtu.reads, fork.i),
            (fork.a, table.reads),
            (fork.b, reader.reads),
            (reader.scores, wtu.scores),
        ):
            wiring.connect(m, source, target)

    def _join_memories(self, m):
        kvmu, table = self._units["kvmu"], self._units["table"]
        m.submodules.bus = bus = Arbiter(self._build.bus)
        for name in ("words", "tallies", "changes"):
            wiring.connect(m, getattr(table, name), getattr(bus, name))
        wiring.connect(m, kvmu.home, bus.home)
        wiring.connect(m, kvmu.near, bus.mover)
        if self._reader:
            wiring.connect(m, self._reader.bus, bus.scores)
        wiring.connect(m, bus.out, wiring.flipped(self.near))
        wiring.connect(m, kvmu.far, wiring.flipped(self.far))
        m.d.comb += self.bus_events.eq(bus.events)

    def _watch(self, m):
        m.submodules.watch = watch = Watch()
        hcu, wtu, kvmu, table = (self._units[name] for name in MONITORED)
        seen = {name: getattr(self, name) for name in STREAMS if name != "scores"}
        seen["scores"] = wtu.scores
        seen |= {"assigned": table.assigned, "selected": wtu.selected}
        seen |= {"passes": hcu.passes, "table": table.table}
        for name, stream in seen.items():
            tap, fields = watch.taps[name], dict(stream.payload.shape())
            m.d.comb += [tap.valid.eq(stream.valid), tap.ready.eq(stream.ready)]
            for end in ("first", "last"):
                if end in fields:
                    m.d.comb += tap[end].eq(stream.payload[end])
        for memory in MEMORIES:
            port = getattr(self, memory)
            for channel in CHANNELS:
                tap = watch.taps[f"{memory}_{channel}"]
                for name in ("valid", "ready"):
                    m.d.comb += tap[name].eq(getattr(port, channel + name))
            m.d.comb += watch.taps[f"{memory}_r"].last.eq(port.rlast)
        m.d.comb += [watch.kvmu_idle.eq(kvmu.state.idle), self.watched.eq(watch.events)]
