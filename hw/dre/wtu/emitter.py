"""Gives the results of rows and of chunks."""

from contextlib import nullcontext

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import RowStatus
from dre.wtu.news import News
from dre.wtu.offer import Offer
from dre.wtu.row import decision_layout
from dre.wtu.row_mass import RowMass
from dre.wtu.tree import tree_latency

EVENTS = (
    "chunks",
    "rows",
    "entries",
    "saturated",
    "not_finite",
    "too_many_tokens",
    "no_mass",
    "bad_config",
)
"""What is counted of results (spec D49)."""

MASK = ("mask", "mask_beat", "mask_valid", "mask_last")
"""What is made of a beat."""


def amounts(config):
    """Those of `EVENTS` that are numbers, and their bits."""
    width = range(config.max_clusters + 1)
    return {"entries": width, "saturated": width}


class Emitter(wiring.Component):
    """Header, masks and trailer of each row, and what is new in them for its chunk.

    Parameters
    ----------
    config : WTUConfig
    masks : Masks
        Makes them; the control has its own.

    Members
    -------
    decisions : In(stream)
        Rows in order.
    give : In(1)
        The row that was taken may be given from where it is kept, if it is ``full``.
    given : Out(1)
        Its last mask has been.
    emitting : Out(1)
        Masks and lists of the row taken are still needed.
    rows, selected
        As in `WTU`.
    events : Out(struct)
        `EVENTS`.
    mask_en, mask_address, above and others
        The ``lookup_ports`` of ``masks``.
    """

    def __init__(self, config, masks):
        self._config, self._masks = config, masks
        self._registered = config.timing.registered_sums
        super().__init__(
            {
                "decisions": In(stream.Signature(decision_layout(config))),
                "give": In(1),
                "given": Out(1),
                "emitting": Out(1),
                "rows": Out(stream.Signature(config.row_packet)),
                "selected": Out(stream.Signature(config.selected_packet)),
                "events": Out(data.StructLayout(dict.fromkeys(EVENTS, 1) | amounts(config))),
                **masks.lookup_ports,
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._keep()
        self._put = {name: self._offer(m, name) for name in ("rows", "selected")}
        self._free = Signal()  # both outputs can take a beat
        m.d.comb += self._free.eq(self._put["rows"].room & self._put["selected"].room)
        self._connect_masks(m)
        self._connect_mass(m)
        self._compare_masks(m)
        self._come = Signal()  # a mask may be given
        self._let_masks_through(m)
        with m.FSM():
            with m.State("TAKE"):
                self._take(m)
            with m.State("HEAD"):
                self._give_headers(m)
            with m.State("BEATS"):
                self._give_beats(m)
            with m.State("WAIT"):
                self._wait_for_counts(m)
            with m.State("MASS"):
                self._find_mass(m)
            with m.State("TRAILER"):
                self._give_trailer(m)
            with m.State("END"):
                self._end_chunk(m)
        return m

    def _offer(self, m, name):
        return Offer(m, getattr(self, name))

    def _keep(self):
        """What is kept of the row at hand and of its chunk."""
        config = self._config
        self._now = Signal(decision_layout(config), reset_less=True)
        self._beat = Signal(range(config.list_depth), reset_less=True)
        self._left = Signal(range(config.beats * config.lanes + 1), reset_less=True)
        self._status = Signal(RowStatus, reset_less=True)  # the chunk's

    def _connect_masks(self, m):
        m.submodules.masks = masks = self._masks
        m.d.comb += [
            masks.set.eq(self._now.job.set),
            masks.threshold.eq(self._now.threshold),
            masks.quota.eq(self._now.quota),
            masks.beat.eq(self._beat),
        ]
        for name, port in masks.lookup_ports.items():
            inner, outer = getattr(masks, name), getattr(self, name)
            if name == "list_en":  # others read them in between
                inner = inner | ~self.emitting
            m.d.comb += outer.eq(inner) if port.flow == Out else inner.eq(outer)

    def _connect_mass(self, m):
        now, tokens = self._now, self._masks.tokens
        m.submodules.mass = self._mass = mass = RowMass(
            tokens_bits=len(tokens), octaves_bits=len(now.octaves), registered=self._registered
        )
        m.d.comb += [
            mass.above.eq(now.above),
            mass.tokens.eq(tokens),
            mass.each.eq(now.each),
            mass.octaves.eq(now.octaves),
        ]

    def _take(self, m):
        m.d.comb += [self.decisions.ready.eq(1), self._news.begin_row.eq(1)]
        decision = self.decisions.payload
        m.d.sync += [
            self._now.eq(decision),
            self._left.eq(decision.job.clusters),
            self._beat.eq(0),
        ]
        with m.If(self.decisions.valid):
            m.next = "HEAD"

    def _give_headers(self, m):
        job = self._now.job
        m.d.comb += [self.emitting.eq(1), self._masks.begin.eq(1), self._mass.begin.eq(1)]
        header = {name: job[name] for name in ("context", "chunk", "clusters")}
        self._put["rows"](m, self._free & ~job.no_row, first=1, header=header | {"row": job.row})
        self._put["selected"](m, self._free & job.first, first=1, header=header)
        with m.If(self._free):
            with m.If(job.first):
                m.d.comb += self._news.begin_chunk.eq(1)
                m.d.sync += self._status.eq(job.status)
            with m.Elif(job.status.as_value() > self._status.as_value()):
                m.d.sync += self._status.eq(job.status)
            m.next = "BEATS"
            with m.If(job.nothing):
                m.next = "TRAILER"
            with m.If(job.no_row):
                m.next = "END"

    def _give_beats(self, m):
        """Masks come out of the pipeline some cycles after their beats went in."""
        m.d.comb += self.emitting.eq(1)
        self._issue(m)
        given, come = self._given, self._come
        self._put["rows"](m, come, mask=given["mask"])
        part = {"beat": given["beat"], "mask": given["new"]}
        self._put["selected"](m, come & given["some"], part=part)
        with m.If(come & given["last"]):
            m.d.comb += self.given.eq(1)
            m.next = "WAIT"

    def _let_masks_through(self, m):
        """Their pipeline stands still while outputs do."""
        m.d.comb += [
            self._masks.en.eq(self._free),
            self._come.eq(self._free & self._given["valid"]),
        ]

    def _issue(self, m):
        """The row's next beat, if there is one."""
        masks, lanes = self._masks, self._config.lanes
        some = self._left != 0
        m.d.comb += [masks.valid.eq(some), masks.last.eq(self._left <= lanes)]
        with m.If(masks.en & some):
            m.d.sync += [
                self._beat.eq(self._beat + 1),
                self._left.eq(Mux(self._left > lanes, self._left - lanes, 0)),
            ]

    def _compare_masks(self, m):
        """What is new in a mask, and how much is selected."""
        masks = self._masks
        m.submodules.news = self._news = news = News(self._config, latency=masks.latency)
        m.d.comb += [
            news.en.eq(masks.en),
            news.asked.eq(self._beat),
            news.first.eq(self._now.job.first),
            *(getattr(news, name).eq(getattr(masks, name)) for name in MASK),
        ]
        self._given = {
            "valid": news.valid,
            "last": news.last,
            "beat": news.beat,
            "mask": news.mask_given,
            "new": news.new,
            "some": news.some,
        }

    def _wait_for_counts(self, m):
        """Until the last mask has been counted; then how many tokens tie is known, too."""
        counted = nullcontext()  # at once, where nothing lies between a mask and its counts
        if self._registered:
            cycles = max(1 + tree_latency(self._config.lanes, True), self._masks.tokens_latency - 2)
            waited = Signal(range(cycles + 1))
            m.d.sync += waited.eq(Mux(waited == cycles, 0, waited + 1))
            counted = m.If(waited == cycles)
        with counted:
            m.next = "TRAILER"
            with m.If(self._now.decided):
                m.next = "MASS"

    def _find_mass(self, m):
        m.d.comb += self._mass.step.eq(1)
        with m.If(self._mass.over):
            m.next = "TRAILER"

    def _give_trailer(self, m):
        now, job = self._now, self._now.job
        finite = (job.status != RowStatus.NOT_FINITE) & (job.status != RowStatus.OUT_OF_STEP)
        saturated = Mux(finite, job.saturated, 0)
        trailer = {
            "entries": self._news.entries,
            "mass": Mux(now.decided, self._mass.mass, 0),
            "total": now.total,
            "saturated": saturated,
            "passes": now.passes,
            "early_exit": now.early_exit,
            "status": job.status,
        }
        self._put["rows"](m, self._free, last=1, trailer=trailer)
        with m.If(self._free):
            none = ~now.decided & ~job.all & (job.clusters != 0)
            m.d.comb += [
                self.events.rows.eq(1),
                self.events.entries.eq(self._news.entries),
                self.events.saturated.eq(saturated),
                self.events.not_finite.eq(job.status == RowStatus.NOT_FINITE),
                self.events.too_many_tokens.eq(job.status == RowStatus.TOO_MANY_TOKENS),
                self.events.no_mass.eq(none & (job.status == RowStatus.OK)),
            ]
            m.next = "TAKE"
            with m.If(job.last):
                m.next = "END"

    def _end_chunk(self, m):
        trailer = {"entries": self._news.of_chunk, "status": self._status}
        bad = self._status == RowStatus.BAD_CONFIG
        self._put["selected"](m, self._free, last=1, trailer=trailer)
        with m.If(self._free):
            m.d.comb += [self.events.chunks.eq(~bad), self.events.bad_config.eq(bad)]
            m.next = "TAKE"
