"""Does commands, one at a time (spec section 15)."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu.keeper.aging import Aging
from dre.kvmu.keeper.area import Area
from dre.kvmu.keeper.assigning import Assigning
from dre.kvmu.keeper.book import Book
from dre.kvmu.keeper.breaking import Breaking
from dre.kvmu.keeper.commands import Commands
from dre.kvmu.keeper.contexts import Contexts
from dre.kvmu.keeper.delivering import Delivering, outlet
from dre.kvmu.keeper.granting import Granting
from dre.kvmu.keeper.growth import Growth
from dre.kvmu.keeper.offloading import Offloading
from dre.kvmu.keeper.orders import Orders, Places
from dre.kvmu.keeper.planning import Planning
from dre.kvmu.keeper.pools import Pool
from dre.kvmu.keeper.reading import Reading
from dre.kvmu.keeper.records import address, tables
from dre.kvmu.keeper.scouting import Scouting
from dre.kvmu.keeper.selecting import Selecting
from dre.kvmu.layouts import KVStatus
from dre.kvmu.store_port import store_access

REPORTED = ("refused", "bad_command", "out_of_step", "void", "write_failed", "read_failed")
"""Statuses of results that are counted (spec D93)."""

TOLD = (
    *REPORTED,
    *("appended", "offloaded", "pages_written", "from_ring", "from_area", "from_far"),
    *("pages_hit", "pages_read", "reads", "parts"),
)
"""What is counted of what is done."""


def amounts(config):
    """Those of `TOLD` that are numbers, and their bits."""
    return {
        "appended": config.max_chunk.bit_length(),
        "offloaded": config.page_entries.bit_length(),
        "pages_hit": config.frames.bit_length(),
    }


def streams(config):
    """The streams of the unit, from its configuration."""
    inward = {
        "commands": config.command,
        "assignments": config.assignments_packet,
        "selected": config.selected_packet,
    }
    outward = {
        "results": config.result,
        "grants": config.grant,
        "deliveries": config.deliveries_packet,
    }
    if config.aged:
        outward["aged"] = config.aged_token
    return {name: In(stream.Signature(payload)) for name, payload in inward.items()} | {
        name: Out(stream.Signature(payload)) for name, payload in outward.items()
    }


def mover_side(config):
    """A mover, as who orders jobs sees it."""
    return wiring.Signature(
        {
            "jobs": Out(stream.Signature(config.job)),
            "done": In(stream.Signature(config.done)),
            "drained": In(1),
        }
    )


@dataclass(frozen=True)
class Parts:
    """Who does what of the commands."""

    area: Area
    delivering: Delivering
    planning: Planning
    contexts: Contexts
    granting: Granting
    assigning: Assigning
    aging: Aging
    offloading: Offloading
    selecting: Selecting
    reading: Reading


class Keeper(wiring.Component):
    """Lists in metadata, and the steps that change them.

    Each step is a state that reads or writes one word; what several steps need is a routine
    (`dre.kvmu.keeper.routine`). One command after the other: its context's descriptor is loaded,
    the command done, and the descriptor written back.

    Parameters
    ----------
    config : KVMUConfig

    Members
    -------
    commands, results, grants, assignments, selected, deliveries, bases, quiesce
        As in `dre.kvmu.unit.KVMU`.
    fetch, offload
        The movers.
    store
        The metadata.
    lame : In(1)
        The store has failed since.
    idle, broken : Out(1)
    events : Out(struct)
        What is counted.
    """

    def __init__(self, config):
        self._config = config
        mover = mover_side(config.mover)
        _, words = tables(config)
        super().__init__(
            {
                **streams(config),
                "bases": In(config.bases),
                "quiesce": In(1),
                "fetch": Out(mover),
                "offload": Out(mover),
                "store": Out(store_access(words)),
                "lame": In(1),
                "idle": Out(1),
                "broken": Out(1),
                "events": Out(data.StructLayout(dict.fromkeys(TOLD, 1) | amounts(config))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        command = Signal(config.command, reset_less=True)
        self._book = book = Book(m, config)
        m.d.comb += book.context.eq(command.context)
        self._result = outlet(m, "result", config.timing, self.results, self.results.payload)
        self._parts = parts = self._make_parts(m, book, command)
        self._reach_store(m)
        self._commands = commands = Commands(m, book, self, command, parts, self._result)
        stuck = self._watch_stuck(m)
        breaking = Breaking(m, self, command, commands.idle, stuck, parts.delivering, self._result)
        self._tell(m)
        m.d.comb += self.idle.eq(breaking.idle)
        return m

    def _make_parts(self, m, book, command):
        config = book.config
        slots = Pool(m, book, "slot", "link", config.near_slots)
        frames = Pool(m, book, "frame", "behind", config.frames)
        pages = Pool(m, book, "page", "link", config.far_pages)
        extents = Pool(m, book, "extent", "next", config.extents)
        pools = {"slot": slots, "frame": frames, "page": pages, "extent": extents}
        places = Places(config, self.bases)
        fetch = Orders(m, "fetch", self.fetch, config.mover, self.broken)
        offload = Orders(m, "offload", self.offload, config.mover, self.broken)
        self._ordering = fetch.order.go | offload.order.go
        address = outlet(m, "grant", config.timing, self.grants, self.grants.payload)
        growth, area = Growth(m, book), Area(m, book)
        delivering = Delivering(m, self.deliveries, command, config)
        planning = Planning(m, book, area, delivering, places)
        scouting = Scouting(m, book)
        return Parts(
            area=area,
            delivering=delivering,
            planning=planning,
            contexts=Contexts(m, book, pools, command),
            granting=Granting(m, book, slots, command, address, places),
            assigning=Assigning(m, book, self.assignments, command),
            aging=Aging(m, book, growth, self.aged if config.aged else None),
            offloading=Offloading(m, book, pools, growth, offload, places),
            selecting=Selecting(m, book, self.selected, command, scouting, planning),
            reading=Reading(m, book, area, delivering, fetch, places),
        )

    def _watch_stuck(self, m):
        """Whether a command waits for what is never done when the metadata are broken.

        For clock speed a cycle late; what was done just before they broke is over by then.
        """
        waits, broken = self._book.access.go | self._ordering, self.broken
        if not self._config.timing.call_latency:
            return waits
        stuck, before = Signal(), Signal()
        m.d.sync += [before.eq(broken), stuck.eq(waits & before)]
        return stuck

    def _reach_store(self, m):
        """What fails is never done: whatever waits for it stands still (spec D91)."""
        book, access, store = self._book, self._book.access, self.store
        fails = self.lame | (store.done & store.failed)
        done = store.done & ~(self.lame | store.failed | self.broken)
        if self._config.timing.judge_latency:
            self._reach_later(m, done)
        else:
            where = access.kinds, access.index, book.context
            m.d.comb += [
                store.en.eq(access.go & ~self.broken),
                store.write.eq(access.write),
                store.hint.eq(access.hint),
                store.address.eq(address(m, self._config, *where)),
                store.data.eq(access.data),
                access.done.eq(done),
                book.answer.eq(store.answer),
            ]
        with m.If(fails):
            m.d.sync += self.broken.eq(1)

    def _reach_later(self, m, done):
        """For clock speed: first what is asked for, then where that is, then the store's answer."""
        book, access, store = self._book, self._book.access, self.store
        asked, over = Signal(), Signal()
        kinds = Signal.like(access.kinds, name="kinds", reset_less=True)
        index = Signal.like(access.index, name="index", reset_less=True)
        m.d.sync += [
            asked.eq(access.go & ~asked & ~store.en & ~over & ~self.broken),
            over.eq(done),
            book.answer.eq(store.answer),
        ]
        with m.If(~store.en):
            m.d.sync += [
                kinds.eq(access.kinds),
                index.eq(access.index),
                store.write.eq(access.write),
                store.hint.eq(access.hint),
                store.data.eq(access.data),
            ]
        with m.If(asked):
            m.d.sync += [
                store.en.eq(~self.broken),
                store.address.eq(address(m, self._config, kinds, index, book.context)),
            ]
        with m.Elif(store.done | self.broken):
            m.d.sync += store.en.eq(0)
        m.d.comb += access.done.eq(over)

    def _tell(self, m):
        """Events."""
        events, parts, commands, result = self.events, self._parts, self._commands, self._result
        for name in REPORTED:
            status = KVStatus[name.upper()]
            m.d.comb += events[name].eq(result.done & (result.status == status))
        settled = parts.offloading.settled
        m.d.comb += [
            events.appended.eq(Mux(commands.appended, parts.assigning.tokens, 0)),
            events.offloaded.eq(Mux(settled, self._config.page_entries, 0)),
            events.pages_written.eq(settled),
            events.from_ring.eq(parts.planning.from_ring),
            events.from_area.eq(parts.planning.from_area),
            events.from_far.eq(parts.reading.from_far),
            events.pages_hit.eq(Mux(commands.selected, parts.area.hits, 0)),
            events.pages_read.eq(parts.reading.page_read),
            events.reads.eq(parts.reading.begins),
            events.parts.eq(commands.delivered),
        ]
