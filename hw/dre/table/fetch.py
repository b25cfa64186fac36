"""Reads whole bursts of near memory, one behind the other (spec D97, D98)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.queue import Queue


class Fetch(wiring.Component):
    """Brings bursts as they are asked for; of each exactly its beats, failed ones too.

    Nothing is asked for without room for it, so what comes is always taken.

    Parameters
    ----------
    config : TableConfig

    Members
    -------
    jobs : In(stream)
        Bursts: number of the first one, counted from address 0, and how many; at least one.
    beats : Out(stream)
        ``data``, and whether the beat ``failed``.
    idle : Out(1)
        Nothing is asked for, awaited or to be taken.
    failed, stray : Out(1)
        Events: a burst is not as it should be, or given up; a beat that nobody waits for.
    bus : Out(AXI4 read channels)
    """

    def __init__(self, config):
        self._config = config
        self._room = config.fetch_bytes // config.burst_bytes
        self._beats = config.burst_bytes // config.beat_bytes
        self.burst_number = config.address_bits - config.burst_shift
        most = max(config.words_shift, config.counts_shift) - config.burst_shift
        job = data.StructLayout({"first": self.burst_number, "bursts": most + 1})
        super().__init__(
            {
                "jobs": In(stream.Signature(job)),
                "beats": Out(stream.Signature(self._beat())),
                "idle": Out(1),
                "failed": Out(1),
                "stray": Out(1),
                "bus": Out(axi.reads(config.data_bits, config.address_bits, 1)),
            }
        )

    def _beat(self):
        return data.StructLayout({"data": self._config.data_bits, "failed": 1})

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = Queue(self._beat(), self._room * self._beats)
        wiring.connect(m, queue.o, wiring.flipped(self.beats))
        bursts = range(self._room + 1)
        held, due, awaited = (Signal(bursts, name=name) for name in ("held", "due", "awaited"))
        asks, skips, down = (Signal(name=name) for name in ("asks", "skips", "down"))
        self._ask(m, held != self._room, down, asks, skips)
        pushed, answered = self._take(m, queue, due, awaited, asks | skips, down)
        freed = self._freed(m)
        m.d.sync += [
            held.eq(held + asks + skips - freed),  # bursts that have room
            due.eq(due + asks + skips - pushed),  # those of them of which a beat is missing
            awaited.eq(awaited + asks - answered),  # those whose last beat has not come
        ]
        m.d.comb += self.idle.eq((held == 0) & (awaited == 0) & self.jobs.ready)
        return m

    def _ask(self, m, room, down, asks, skips):
        """A burst after the other; while the link is down they are only counted."""
        bus, config = self.bus, self._config
        first = Signal(self.burst_number, reset_less=True)
        left = Signal(self.jobs.payload.bursts.shape())
        number = Signal(self.burst_number, reset_less=True)
        m.d.comb += [
            self.jobs.ready.eq(left == 0),
            skips.eq(down & (left != 0) & room),
            asks.eq(~down & (left != 0) & room & (~bus.arvalid | bus.arready)),
            bus.araddr.eq(number << config.burst_shift),
            bus.arlen.eq(self._beats - 1),
            *axi.drive_kind(bus, "ar", config.beat_shift),
        ]
        with m.If(self.jobs.valid & self.jobs.ready):
            m.d.sync += [first.eq(self.jobs.payload.first), left.eq(self.jobs.payload.bursts)]
        with m.If(bus.arready):
            m.d.sync += bus.arvalid.eq(0)
        with m.If(asks | skips):
            m.d.sync += [first.eq(first + 1), left.eq(left - 1)]
        with m.If(asks):
            m.d.sync += [bus.arvalid.eq(1), number.eq(first)]

    def _take(self, m, queue, due, awaited, more, down):
        """What comes, and in its place what does not; whole bursts pushed, and answered."""
        bus, timeout = self.bus, self._config.timeout
        place = Signal(range(self._beats))
        patience = Signal(range(timeout + 1))
        final, expected, pushed, answered = (
            Signal(name=name) for name in ("final", "expected", "pushed", "answered")
        )
        ill = Signal()
        m.d.comb += [
            final.eq(place == self._beats - 1),
            expected.eq(bus.rvalid & (awaited != 0)),
            queue.i.data.eq(bus.rdata),
            queue.i.failed.eq(bus.rresp.any() | (bus.rlast != final)),
            pushed.eq(queue.push & final),
            answered.eq(bus.rvalid & bus.rready & bus.rlast & (awaited != 0)),
        ]
        with m.If(queue.push):
            m.d.sync += [place.eq(place + 1), ill.eq((ill | queue.i.failed) & ~final)]
        m.d.sync += patience.eq(0)
        with m.FSM():
            with m.State("RUN"):
                m.d.comb += [
                    bus.rready.eq(1),
                    queue.push.eq(expected),
                    self.failed.eq(expected & queue.i.failed & ~ill),
                    self.stray.eq(bus.rvalid & ~expected),
                ]
                with m.If(expected & (bus.rlast != final)):
                    m.next = "TOO_SHORT"
                    with m.If(final):
                        m.next = "TOO_LONG"
                self._watch(m, awaited, patience)
            with m.State("TOO_SHORT"):  # the rest of the burst is made up
                m.d.comb += [queue.push.eq(1), queue.i.failed.eq(1)]
                with m.If(final):
                    m.next = "RUN"
            with m.State("TOO_LONG"):
                m.d.comb += [bus.rready.eq(1), self.stray.eq(bus.rvalid)]
                with m.If(bus.rvalid & bus.rlast):
                    m.next = "RUN"
                self._watch(m, awaited, patience)
            with m.State("DOWN"):
                m.d.comb += [
                    down.eq(1),
                    bus.rready.eq(1),
                    self.stray.eq(bus.rvalid),
                    queue.push.eq(due != 0),
                    queue.i.failed.eq(1),
                ]
                with m.If((due == 0) & (awaited == 0) & ~more):
                    m.next = "RUN"
        return pushed, answered

    def _watch(self, m, awaited, patience):
        """In a state: give up when nothing has come for too long."""
        with m.If((awaited != 0) & ~self.bus.rvalid):
            m.d.sync += patience.eq(patience + 1)
        with m.If(patience == self._config.timeout):
            m.d.comb += self.failed.eq(1)
            m.next = "DOWN"

    def _freed(self, m):
        """A burst has left the queue."""
        place, freed = Signal(range(self._beats)), Signal()
        with m.If(self.beats.valid & self.beats.ready):
            m.d.sync += place.eq(place + 1)
            m.d.comb += freed.eq(place == self._beats - 1)
        return freed
