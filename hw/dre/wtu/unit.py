"""The WTU."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.control.bucket_core import BucketCore
from dre.control.bucket_masks import BucketMasks
from dre.monitor import Monitor, monitor_ports
from dre.wtu import emitter
from dre.wtu.config import WTUConfig
from dre.wtu.decider import Decider
from dre.wtu.emitter import Emitter
from dre.wtu.entries import Entries
from dre.wtu.loader import RowLoader
from dre.wtu.masks import Masks
from dre.wtu.scanner import Scanner
from dre.wtu.staged_emitter import StagedEmitter
from dre.wtu.staged_scanner import StagedScanner
from dre.wtu.tree import delayed

OUT_OF_STEP = ("counts_out_of_step", "scores_out_of_step")

EVENTS = (*emitter.EVENTS, *OUT_OF_STEP)
"""What ``counters`` counts (spec D49)."""

STICKY = ("not_finite", "too_many_tokens", "bad_config", *OUT_OF_STEP)
"""Those with a status bit."""

LINKS = (
    ("loader", "entries", "begin_counts begin_row load beat weight K k"),
    ("entries", "loader", "E finite saturated too_many_tokens"),
    ("decider", "loader", "hold keep_counts seeking"),
    ("loader", "decider", "seen lost"),
    ("decider", "entries", "replay replay_list third replay_beat replay_valid finding take"),
    ("decider", "entries", "begin_lists give"),
    ("entries", "decider", "more full"),
    ("decider", "emitter", "give"),
    ("decider", "scanner", "number E"),
    ("scanner", "decider", "scan total need found_octave found passed done"),
    ("scanner", "entries", "scan scan_set scan_pair clear"),
    ("entries", "scanner", "even odd"),
    ("emitter", "entries", "mask_en mask_address list_en list_addresses give_beat give_set"),
    ("entries", "emitter", "above candidates listed"),
)
"""Signals of the same name, from part to part."""

ORDERS = "start purpose top pairs doubling begin load_need"
"""Those from the decider to the scanner that may take a cycle longer."""

BUCKET_LINKS = (
    ("loader", "core", "begin_counts begin_row load beat weight K k"),
    ("core", "loader", "E finite saturated too_many_tokens"),
    ("emitter", "core", "mask_en mask_address"),
    ("core", "emitter", "above"),
)
"""The same of the control."""


class WTU(wiring.Component):
    """WiCSum threshold unit (spec section 12).

    Finds, row by row, the clusters whose mass passes the threshold, exactly, ties included; a row
    is loaded while the one before is decided. Golden model: ``resv.wicsum_integer``; of the variant
    ``bucket``, the paper's method as a control, ``resv.wicsum_buckets``.

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
        self._late = late = 1 if config.timing.registered_sums else 0
        self._emitter = StagedEmitter if late else Emitter
        make, links = self._exact, LINKS
        if config.variant == "bucket":
            make, links = self._by_buckets, BUCKET_LINKS
        parts, decider, scores_lost = make(m)
        loader, given = parts["loader"], parts["emitter"]
        for name, part in parts.items():
            m.submodules[name] = part
        widths = emitter.amounts(config)
        if config.reads_twice:  # two events may fall together
            widths = widths | {"scores_out_of_step": 2}
        m.submodules.monitor = monitor = Monitor(counted=EVENTS, sticky=STICKY, widths=widths)
        for name in ("chunks", "counts", "scores"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(loader, name))
        wiring.connect(m, loader.reads, wiring.flipped(self.reads))
        wiring.connect(m, loader.jobs, decider.jobs)
        wiring.connect(m, decider.decisions, given.decisions)
        wiring.connect(m, given.rows, wiring.flipped(self.rows))
        wiring.connect(m, given.selected, wiring.flipped(self.selected))
        m.d.comb += [
            loader.settings.eq(self.settings),
            monitor.clear.eq(self.clear),
            self.status.eq(monitor.status),
            self.counters.eq(monitor.counters),
        ]
        for source, target, names in links:
            for name in names.split():
                m.d.comb += getattr(parts[target], name).eq(getattr(parts[source], name))
        events = {name: given.events[name] for name in emitter.EVENTS}
        events["counts_out_of_step"] = loader.counts_out_of_step
        events["scores_out_of_step"] = scores_lost
        for name, event in events.items():
            m.d.comb += monitor.events[name].eq(delayed(m, name, event, late, resets=True))
        return m

    def _exact(self, m):
        """Parts by name, the one that decides, and the events of ``scores`` that lose step."""
        config = self._build
        entries = Entries(config)
        scanner = (StagedScanner if self._late else Scanner)(config)
        loader = RowLoader(
            config, key_latency=entries.key_latency, load_latency=entries.load_latency
        )
        given = self._emitter(config, Masks(config))
        decider = Decider(
            config, head_start=entries.head_start, replay_latency=entries.replay_latency
        )
        m.d.comb += [
            entries.replay_set.eq(decider.scan_set),
            scanner.set.eq(delayed(m, "scanned", decider.scan_set, self._late)),
            # A row is gone through long after the decision before has been handed over.
            decider.emitting.eq(delayed(m, "emitting", given.emitting, self._late, resets=True)),
            decider.given.eq(delayed(m, "given", given.given, self._late, resets=True)),
        ]
        for name in ORDERS.split():
            order = getattr(decider, name)
            order = delayed(m, f"order_{name}", order, self._late, resets=name == "start")
            m.d.comb += getattr(scanner, name).eq(order)
        parts = {
            "entries": entries,
            "loader": loader,
            "scanner": scanner,
            "decider": decider,
            "emitter": given,
        }
        return parts, decider, loader.scores_out_of_step + decider.changed

    def _by_buckets(self, m):
        """The same of the control, which never keeps the loader from loading."""
        config = self._build
        core = BucketCore(config)
        loader = RowLoader(config, key_latency=core.key_latency, load_latency=core.load_latency)
        given = self._emitter(config, BucketMasks(config))
        parts = {"core": core, "loader": loader, "emitter": given}
        return parts, core, loader.scores_out_of_step
