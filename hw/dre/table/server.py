# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""Answers requests with packets (spec D96 to D98, D101)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.queue import Queue
from dre.table.fetch import Fetch
from dre.table.gear import Gear

AHEAD = 4
"""Requests that are under way at a time."""


class Server(wiring.Component):
    """Has what is asked for fetched, and makes packets of it, in order.

    Parameters
    ----------
    config : TableConfig
    request, packet : StructLayout
        Of the streams; a packet's header is its request without what is not in it.
    payload : str
        Member of the packet's data that an item becomes.
    item_bytes, clusters : int
        Of an item; in an item.

    Members
    -------
    requests : In(stream), packets : Out(stream)
    first : In
        First burst of what the request at hand wants.
    waits : In(1)
        The request at hand may not be taken yet.
    broken : In(1)
        Packets have no payload.
    idle, bad : Out(1)
        No request is under way; event: a request is beyond the build's limits.
    failed, stray, bus
        See `Fetch`.
    """

    def __init__(self, config, request, packet, *, payload, item_bytes, clusters):
        self._config, self._payload = config, payload
        self._request, self._clusters = request, clusters
        self._fetch = Fetch(config)
        self._gear = Gear(config.data_bits, 8 * item_bytes)
        self._burst_items = config.burst_bytes // item_bytes
        bus = self._fetch.signature.members["bus"]
        super().__init__(
            {
                "requests": In(stream.Signature(request)),
                "packets": Out(stream.Signature(packet)),
                "first": In(self._fetch.burst_number),
                "waits": In(1),
                "broken": In(1),
                "idle": Out(1),
                "bad": Out(1),
                "failed": Out(1),
                "stray": Out(1),
                "bus": bus,
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.fetch = fetch = self._fetch
        m.submodules.gear = gear = self._gear
        wiring.connect(m, fetch.beats, gear.beats)
        wiring.connect(m, fetch.bus, wiring.flipped(self.bus))
        m.d.comb += [self.failed.eq(fetch.failed), self.stray.eq(fetch.stray)]
        entry = data.StructLayout({"request": self._request, "empty": 1})
        m.submodules.queue = queue = Queue(entry, AHEAD)
        under_way = Signal(range(AHEAD + 1))
        ends = Signal()
        self._admit(m, queue, under_way)
        m.d.sync += under_way.eq(under_way + queue.push - ends)
        m.d.comb += self.idle.eq((under_way == 0) & fetch.idle)
        self._answer(m, queue.o, ends)
        return m

    def _admit(self, m, queue, under_way):
        """A request is noted, and what it needs is asked for."""
        config, fetch, request = self._config, self._fetch, self.requests.payload
        some = request.clusters != 0
        beyond = (request.context >= config.contexts) | (request.clusters > config.max_clusters)
        bursts = self._bursts(request.clusters)
        taken = self.requests.valid & self.requests.ready
        m.d.comb += [
            self.requests.ready.eq((under_way != AHEAD) & ~fetch.jobs.valid & ~self.waits),
            self.bad.eq(taken & beyond),
            queue.push.eq(taken),
            queue.i.request.eq(request),
            queue.i.empty.eq(beyond | self.broken | ~some),
        ]
        with m.If(fetch.jobs.ready):
            m.d.sync += fetch.jobs.valid.eq(0)
        with m.If(taken):
            m.d.sync += [
                fetch.jobs.valid.eq(~queue.i.empty),
                fetch.jobs.payload.first.eq(self.first),
                fetch.jobs.payload.bursts.eq(bursts),
            ]

    def _bursts(self, clusters):
        """Whole bursts for so many clusters."""
        size = self._clusters * self._burst_items
        return (clusters + size - 1) >> ceil_log2(size)

    def _answer(self, m, entries, ends):
        """Header, items, and what the last burst has too much."""
        request, gear, packet = entries.payload.request, self._gear, self.packets.payload
        burst_bits = ceil_log2(self._burst_items)
        # Of the item at hand; it goes on to the end of the last burst.
        index = Signal(max(self._request["clusters"].width, burst_bits) + 1)
        items = (request.clusters + self._clusters - 1) >> ceil_log2(self._clusters)
        final = Signal()
        m.d.comb += [final.eq(index + 1 == items), entries.ready.eq(ends)]
        header = packet.data.header
        fields = {name: request[name] for name, _ in header.shape()}
        with m.FSM():
            with m.State("HEADER"):
                m.d.comb += [
                    self.packets.valid.eq(entries.valid),
                    packet.first.eq(1),
                    packet.last.eq(entries.payload.empty),
                    *(header[name].eq(value) for name, value in fields.items()),
                ]
                m.d.sync += index.eq(0)
                with m.If(entries.valid & self.packets.ready):
                    with m.If(entries.payload.empty):
                        m.d.comb += ends.eq(1)
                    with m.Else():
                        m.next = "ITEMS"
            with m.State("ITEMS"):
                failed = gear.items.payload.failed
                m.d.comb += [
                    self.packets.valid.eq(gear.items.valid),
                    gear.items.ready.eq(self.packets.ready),
                    packet.last.eq(final ^ failed),
                ]
                self._put(m, packet)
                with m.If(gear.items.valid & self.packets.ready):
                    m.d.sync += index.eq(index + 1)
                    with m.If(failed & final):
                        m.next = "TOO_MANY"
                    with m.Elif(failed | final):
                        m.next = "SKIP"
            with m.State("TOO_MANY"):  # the last one failed: the packet must not look right
                m.d.comb += [self.packets.valid.eq(1), packet.last.eq(1)]
                with m.If(self.packets.ready):
                    m.next = "SKIP"
            with m.State("SKIP"):
                over = (index >= items) & (index[:burst_bits] == 0)
                m.d.comb += gear.items.ready.eq(~over)
                with m.If(gear.items.valid & ~over):
                    m.d.sync += index.eq(index + 1)
                with m.If(over):
                    m.d.comb += ends.eq(1)
                    m.next = "HEADER"

    def _put(self, m, packet):
        """An item as the packet's payload."""
        item, payload = self._gear.items.payload.data, packet.data[self._payload]
        if self._payload == "entry":
            members = payload.members
            m.d.comb += [
                members.eq(item[: len(members)]),
                payload.word.eq(item[len(members) :]),
            ]
        else:
            m.d.comb += payload.eq(item)
