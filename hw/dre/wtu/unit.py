"""The WTU."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.monitor import Monitor, monitor_ports
from dre.wtu import emitter
from dre.wtu.config import WTUConfig
from dre.wtu.decider import Decider
from dre.wtu.emitter import Emitter
from dre.wtu.entries import Entries
from dre.wtu.loader import RowLoader
from dre.wtu.scanner import Scanner
from dre.wtu.staged_scanner import StagedScanner
from dre.wtu.tree import delayed

OUT_OF_STEP = ("counts_out_of_step", "scores_out_of_step")

EVENTS = (*emitter.EVENTS, *OUT_OF_STEP)
"""What ``counters`` counts (spec D49)."""

STICKY = ("not_finite", "too_many_tokens", "bad_config", *OUT_OF_STEP)
"""Those with a status bit."""


class WTU(wiring.Component):
    """WiCSum threshold unit (spec section 12).

    Finds, row by row, the clusters whose mass passes the threshold, exactly, ties included; a row
    is loaded while the one before is decided. Golden model: ``resv.wicsum_integer``.

    Parameters
    ----------
    config : WTUConfig
        Build parameters; the default is `WTUConfig()`.

    Members
    -------
    settings : In(struct)
        ``TH``, ``all``, ``mode``, ``K``, ``k``. Taken with a beat of ``chunks``.
    chunks : In(stream)
        Chunks: context, number, clusters, rows.
    reads : Out(stream)
        Rows that are wanted.
    counts, scores : In(stream)
        Packets with token counts, and with scores or weights.
    rows : Out(stream)
        A packet a row: masks, sums.
    selected : Out(stream)
        A packet a chunk: what its rows select, each cluster once.
    status, clear, counters
        See `monitor_ports`.
    """

    def __init__(self, config=None):
        self._build = config = config or WTUConfig()
        super().__init__(
            {
                "settings": In(config.settings),
                "chunks": In(stream.Signature(config.chunk)),
                "reads": Out(stream.Signature(config.row_request)),
                "counts": In(stream.Signature(config.entries_packet)),
                "scores": In(stream.Signature(config.entries_packet)),
                "rows": Out(stream.Signature(config.row_packet)),
                "selected": Out(stream.Signature(config.selected_packet)),
                **monitor_ports(EVENTS, STICKY),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._build
        late = 1 if config.timing.registered_sums else 0
        m.submodules.entries = entries = Entries(config)
        m.submodules.loader = loader = RowLoader(config, load_latency=entries.load_latency)
        scanner = (StagedScanner if late else Scanner)(config)
        m.submodules.scanner = scanner
        m.submodules.decider = decider = Decider(
            config, head_start=entries.head_start, replay_latency=entries.replay_latency
        )
        m.submodules.emitter = given = Emitter(config)
        m.submodules.monitor = monitor = Monitor(
            counted=EVENTS, sticky=STICKY, widths=emitter.amounts(config)
        )
        for name in ("chunks", "counts", "scores"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(loader, name))
        wiring.connect(m, loader.reads, wiring.flipped(self.reads))
        wiring.connect(m, loader.jobs, decider.jobs)
        wiring.connect(m, decider.decisions, given.decisions)
        wiring.connect(m, given.rows, wiring.flipped(self.rows))
        wiring.connect(m, given.selected, wiring.flipped(self.selected))
        m.d.comb += [
            loader.settings.eq(self.settings),
            loader.hold.eq(decider.hold),
            # Lists are gone through long after the decision before has been handed over.
            decider.emitting.eq(delayed(m, "emitting", given.emitting, late, resets=True)),
            entries.replay_set.eq(decider.scan_set),
            entries.replay_counts_set.eq(decider.counts_set),
            scanner.set.eq(decider.scan_set),
            scanner.E.eq(decider.E),
            monitor.clear.eq(self.clear),
            self.status.eq(monitor.status),
            self.counters.eq(monitor.counters),
        ]
        for target, source, names in (
            (entries, loader, ("begin_chunk", "begin_row", "load", "beat", "weight", "K", "k")),
            (loader, entries, ("E", "finite", "saturated", "too_many_tokens")),
            (entries, decider, ("replay", "replay_list", "replay_beat", "replay_valid")),
            (entries, decider, ("finding", "take", "begin_lists")),
            (decider, entries, ("more",)),
            (scanner, decider, ("start", "purpose", "top", "pairs", "doubling", "begin")),
            (scanner, decider, ("load_need", "number")),
            (decider, scanner, ("scan", "total", "need", "found_octave", "found", "done")),
            (entries, scanner, ("scan", "scan_set", "scan_pair", "clear")),
            (scanner, entries, ("even", "odd")),
            (entries, given, ("mask_en", "mask_address", "list_en", "list_addresses")),
            (given, entries, ("above", "candidates", "listed")),
        ):
            for name in names:
                m.d.comb += getattr(target, name).eq(getattr(source, name))
        events = {name: given.events[name] for name in emitter.EVENTS}
        events |= {name: getattr(loader, name) for name in OUT_OF_STEP}
        for name, event in events.items():
            m.d.comb += monitor.events[name].eq(delayed(m, name, event, late, resets=True))
        return m
