# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""The row reader: gets the WTU its scores from near memory (spec D146 to D148)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre import layouts
from dre.monitor import Monitor, monitor_ports
from dre.table.config import TableConfig
from dre.table.server import Server

STICKY = ("read_failed", "bad_request")
"""Events with a status bit."""

COUNTED = (*STICKY, "stray")

SCORE_BYTES = layouts.SCORE_BITS // 8


class ScoreReader(wiring.Component):
    """Notes where the rows of a chunk lie, and answers the requests for them.

    The WTU takes a chunk when it has all rows of the one before, so one place is enough.

    Parameters
    ----------
    config : TableConfig
        Of the table unit beside it, whose memory and streams are the same.

    Members
    -------
    placed : In(stream), chunks : Out(stream)
        Chunks with the place of their rows, from the engine; the same without it, to the WTU.
    reads : In(stream), scores : Out(stream)
        The WTU's requests, and the packets that answer them.
    idle : Out(1)
        No request is under way.
    counters, status, clear
        See `dre.monitor.Monitor`.
    bus : Out(AXI4 read channels)

    Raises
    ------
    TypeError
        If ``config`` is not a `TableConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, TableConfig):
            raise TypeError(f"config must be a TableConfig, not {config!r}")
        self._burst_scores = config.burst_bytes // SCORE_BYTES
        self._server = Server(
            config,
            config.row_request,
            config.entries_packet,
            payload="entries",
            item_bytes=config.lanes * SCORE_BYTES,
            clusters=config.lanes,
        )
        sizes = config.max_clusters, config.max_rows
        self._place = config.address_bits - config.burst_shift
        super().__init__(
            {
                "placed": In(stream.Signature(layouts.placed_chunk(*sizes, self._place))),
                "chunks": Out(stream.Signature(layouts.rows_chunk(*sizes))),
                "reads": In(stream.Signature(config.row_request)),
                "scores": Out(stream.Signature(config.entries_packet)),
                "idle": Out(1),
                **monitor_ports(COUNTED, STICKY),
                "bus": self._server.signature.members["bus"],
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.server = server = self._server
        wiring.connect(m, wiring.flipped(self.reads), server.requests)
        wiring.connect(m, server.packets, wiring.flipped(self.scores))
        wiring.connect(m, server.bus, wiring.flipped(self.bus))
        m.d.comb += self.idle.eq(server.idle)
        self._pass_on(m)
        self._find(m)
        self._show(m)
        return m

    def _pass_on(self, m):
        """Chunks, without their places."""
        chunk = self.chunks.payload
        m.d.comb += [
            self.chunks.valid.eq(self.placed.valid),
            self.placed.ready.eq(self.chunks.ready),
            *(chunk[name].eq(self.placed.payload[name]) for name, _ in chunk.shape()),
        ]

    def _find(self, m):
        """Where the row begins that is asked for: that of the request before, or the next one."""
        chunk, request = self.placed.payload, self.reads.payload
        here = Signal(self._place, reset_less=True)
        row = Signal.like(request.row, reset_less=True)
        bursts = Signal(range(self._bursts((1 << len(chunk.clusters)) - 1) + 1), reset_less=True)
        first = self._server.first
        m.d.comb += first.eq(Mux(request.row == row, here, here + bursts))
        with m.If(self.placed.valid & self.placed.ready):
            m.d.sync += [here.eq(chunk.place), row.eq(0), bursts.eq(self._bursts(chunk.clusters))]
        with m.Elif(self.reads.valid & self.reads.ready):
            m.d.sync += [here.eq(first), row.eq(request.row)]

    def _bursts(self, clusters):
        """Of a row with so many."""
        return (clusters + self._burst_scores - 1) >> ceil_log2(self._burst_scores)

    def _show(self, m):
        m.submodules.monitor = monitor = Monitor(counted=COUNTED, sticky=STICKY)
        m.d.comb += [
            monitor.events.read_failed.eq(self._server.failed),
            monitor.events.bad_request.eq(self._server.bad),
            monitor.events.stray.eq(self._server.stray),
            monitor.clear.eq(self.clear),
            self.counters.eq(monitor.counters),
            self.status.eq(monitor.status),
        ]
