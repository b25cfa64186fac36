"""Gives the results of rows and of chunks."""

import operator
from contextlib import nullcontext

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import MASS_BITS, RowStatus
from dre.memory import SyncMemory
from dre.wtu.offer import Offer
from dre.wtu.row import decision_layout
from dre.wtu.tree import delayed, tree, tree_latency

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
    emitting : Out(1)
        Lists of the row taken are still needed.
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
        self._give_masks(m)
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
        self._entries = Signal(range(config.max_clusters + 1), reset_less=True)
        self._of_chunk = Signal(range(config.max_clusters + 1), reset_less=True)
        self._status = Signal(RowStatus, reset_less=True)  # the chunk's
        self._mass = Signal(MASS_BITS + 1, reset_less=True)

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

    def _take(self, m):
        m.d.comb += self.decisions.ready.eq(1)
        decision = self.decisions.payload
        m.d.sync += [
            self._now.eq(decision),
            self._left.eq(decision.job.clusters),
            self._beat.eq(0),
            self._entries.eq(0),
        ]
        with m.If(self.decisions.valid):
            m.next = "HEAD"

    def _give_headers(self, m):
        job = self._now.job
        m.d.comb += [self.emitting.eq(1), self._masks.begin.eq(1)]
        m.d.sync += self._mass.eq(self._now.above)
        header = {name: job[name] for name in ("context", "chunk", "clusters")}
        self._put["rows"](m, self._free & ~job.no_row, first=1, header=header | {"row": job.row})
        self._put["selected"](m, self._free & job.first, first=1, header=header)
        with m.If(self._free):
            with m.If(job.first):
                m.d.sync += [self._of_chunk.eq(0), self._status.eq(job.status)]
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

    def _give_masks(self, m):
        """What is new in a mask, and how much is selected."""
        config, masks = self._config, self._masks
        latency = config.timing.memory_latency
        m.submodules.union = union = SyncMemory(
            shape=config.lanes,
            depth=config.list_depth,
            latency=latency,
            apart=True,  # a row reads a beat before it writes it, and the next row long after
        )
        before, new = Signal(config.lanes), Signal(config.lanes)
        known = delayed(m, "union", union.read_data, masks.latency - latency, en=masks.en)
        m.d.comb += [
            union.read_en.eq(masks.en),
            union.read_address.eq(self._beat),
            before.eq(Mux(self._now.job.first, 0, known)),  # nothing, before the first row
            new.eq(masks.mask & ~before),
            union.write_en.eq(masks.en & masks.mask_valid),
            union.write_address.eq(masks.mask_beat),
            union.write_data.eq(masks.mask | before),
        ]
        given = {
            "valid": masks.mask_valid,
            "last": masks.mask_last,
            "beat": masks.mask_beat,
            "mask": masks.mask,
            "new": new,
            "some": new != 0,
        }
        stages = 1 if self._registered else 0
        self._given = {
            name: delayed(m, f"given_{name}", value, stages, resets=name == "valid", en=masks.en)
            for name, value in given.items()
        }
        self._count(m, "mask", self._entries)
        self._count(m, "new", self._of_chunk)

    def _count(self, m, name, sum_):
        """Adds up the bits of what is given."""
        given = self._masks.en & self._given["valid"]
        mask = self._given[name]
        bits = [mask[n] for n in range(self._config.lanes)]
        if self._registered:
            bits = [delayed(m, f"{name}_{n}", bit & given, 1) for n, bit in enumerate(bits)]
        count = tree(m, f"{name}_count", bits, operator.add, registered=self._registered)
        with nullcontext() if self._registered else m.If(given):
            m.d.sync += sum_.eq(sum_ + count)

    def _wait_for_counts(self, m):
        """Until the last mask has been counted; then how many tokens tie is known, too."""
        factor = Signal.like(self._masks.tokens, reset_less=True)
        self._factor, self._each = factor, Signal(MASS_BITS + 1, reset_less=True)
        self._octaves = Signal.like(self._now.octaves, reset_less=True)
        self._some = Signal(reset_less=True)  # the factor is not 0
        if self._registered:
            m.d.sync += self._some.eq(self._masks.tokens.any())
        m.d.sync += [
            factor.eq(self._masks.tokens),
            self._each.eq(self._now.each),
            self._octaves.eq(self._now.octaves),
        ]
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
        """Tokens at the threshold times the mass of each, added to what is above; then its unit."""
        some = self._factor != 0
        if self._registered:
            m.d.sync += self._some.eq(self._factor[1:].any())
            some = self._some
        with m.If(some):
            with m.If(self._factor[0]):
                m.d.sync += self._mass.eq(self._mass + self._each)
            m.d.sync += [self._factor.eq(self._factor >> 1), self._each.eq(self._each << 1)]
        with m.Elif(self._octaves != 0):
            m.d.sync += [self._mass.eq(self._mass << 1), self._octaves.eq(self._octaves - 1)]
        with m.Else():
            m.next = "TRAILER"

    def _give_trailer(self, m):
        now, job = self._now, self._now.job
        finite = (job.status != RowStatus.NOT_FINITE) & (job.status != RowStatus.OUT_OF_STEP)
        saturated = Mux(finite, job.saturated, 0)
        trailer = {
            "entries": self._entries,
            "mass": Mux(now.decided, self._mass, 0),
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
                self.events.entries.eq(self._entries),
                self.events.saturated.eq(saturated),
                self.events.not_finite.eq(job.status == RowStatus.NOT_FINITE),
                self.events.too_many_tokens.eq(job.status == RowStatus.TOO_MANY_TOKENS),
                self.events.no_mass.eq(none & (job.status == RowStatus.OK)),
            ]
            m.next = "TAKE"
            with m.If(job.last):
                m.next = "END"

    def _end_chunk(self, m):
        trailer = {"entries": self._of_chunk, "status": self._status}
        bad = self._status == RowStatus.BAD_CONFIG
        self._put["selected"](m, self._free, last=1, trailer=trailer)
        with m.If(self._free):
            m.d.comb += [self.events.chunks.eq(~bad), self.events.bad_config.eq(bad)]
            m.next = "TAKE"
