"""The mover: bytes from one memory to the other (spec section 14)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.kvmu.accounts import Accounts
from dre.kvmu.check import JobCheck
from dre.kvmu.config import MoverConfig
from dre.kvmu.endings import Endings
from dre.kvmu.landing import Landing
from dre.kvmu.layouts import MoveStatus, numbered
from dre.kvmu.splitter import Splitter
from dre.kvmu.watch import Watch
from dre.kvmu.writer import Writer
from dre.queue import Queue

STATUSES = tuple(status.name.lower() for status in MoveStatus)
EVENTS = (*STATUSES, "bursts", "late_beats", "late_writes", "stray_beats", "stray_writes")


def control_ports(config):
    """What a mover shows to who orders jobs."""
    return {
        "jobs": In(stream.Signature(config.job)),
        "done": Out(stream.Signature(config.done)),
        "regions": In(config.regions),
        "quiesce": In(1),
        "state": Out(data.StructLayout({"idle": 1, "drained": 1, "down": 1})),
        "events": Out(data.StructLayout(dict.fromkeys(EVENTS, 1))),
    }


def bus_ports(config):
    """The AXI4 channels that read, and those that write."""
    id_bits = max(1, (config.outstanding - 1).bit_length())
    widths = config.data_bits, config.address_bits, id_bits
    return axi.reads(*widths), axi.writes(*widths)


class Mover(wiring.Component):
    """Reads bursts at one AXI4 port and writes them at the other, many at a time.

    A beat a cycle, if there are enough bursts under way for the latency of both memories: a buffer
    is in use from its request to the acknowledgement of its write.

    Parameters
    ----------
    config : MoverConfig
        Build parameters.

    Members
    -------
    jobs : In(stream)
        What is to be moved: ``source``, ``target``, ``bytes``, and a ``tag``.
    done : Out(stream)
        ``tag`` and ``status`` of jobs that have ended, in any order.
    regions : In(struct)
        Pages that may be read and written. Changes only while ``idle``.
    quiesce : In(1)
        No further job is taken.
    state : Out(struct)
        ``idle``: every job has ended. ``drained``: and no answer is awaited any more. ``down``:
        the link does not answer; jobs fail.
    events : Out(struct)
        A bit for each of `EVENTS`, 1 in each cycle in which it happens.
    source : Out(AXI4 read channels), target : Out(AXI4 write channels)

    Raises
    ------
    TypeError
        If ``config`` is not a `MoverConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, MoverConfig):
            raise TypeError(f"config must be a MoverConfig, not {config!r}")
        self._build = config
        reads, writes = bus_ports(config)
        super().__init__({**control_ports(config), "source": Out(reads), "target": Out(writes)})

    def elaborate(self, platform):
        m = Module()
        config = self._build
        m.submodules.check = self._check = JobCheck(config)
        m.submodules.splitter = self._splitter = Splitter(config)
        m.submodules.landing = self._landing = Landing(config)
        m.submodules.writer = self._writer = Writer(config)
        m.submodules.watch = self._watch = Watch(config)
        m.submodules.endings = self._endings = Endings(config)
        m.submodules.accounts = self._accounts = Accounts(config)
        sweep = self._sweep(m)
        self._free_ids(m, sweep)
        self._take_jobs(m, sweep)
        self._connect_bursts(m)
        self._connect_buses(m, sweep)
        self._show(m)
        return m

    def _sweep(self, m):
        """After reset, once over all that lies in memories: numbers, one a cycle."""
        config = self._build
        count = max(config.outstanding, config.jobs)
        sweep = Signal(numbered(range(count)), init={"valid": 1})
        with m.If(sweep.valid):
            m.d.sync += sweep.index.eq(sweep.index + 1)
            with m.If(sweep.index == count - 1):
                m.d.sync += sweep.valid.eq(0)
        m.d.comb += [self._landing.sweep.eq(sweep), self._accounts.sweep.eq(sweep)]
        return sweep

    def _free_ids(self, m, sweep):
        """All of them after reset; then those of bursts that have ended."""
        config, freed = self._build, self._endings.freed
        m.submodules.ids = ids = Queue(config.identity, config.outstanding)
        first = sweep.valid & (sweep.index < config.outstanding)
        m.d.comb += [
            ids.push.eq(first | freed.valid),
            ids.i.eq(Mux(sweep.valid, sweep.index, freed.index)),
        ]
        wiring.connect(m, ids.o, self._splitter.ids)

    def _take_jobs(self, m, sweep):
        """From the port through the check to the splitter, and back when they have ended."""
        check, splitter, accounts = self._check, self._splitter, self._accounts
        job = self.jobs.payload
        wiring.connect(m, wiring.flipped(self.jobs), check.jobs)
        wiring.connect(m, check.checked, splitter.checked)
        wiring.connect(m, accounts.done, wiring.flipped(self.done))
        m.d.comb += [
            check.regions.eq(self.regions),
            check.hold.eq(self.quiesce | sweep.valid | accounts.busy.bit_select(job.tag, 1)),
            accounts.begun.valid.eq(check.checked.valid & splitter.checked.ready),
            accounts.begun.index.eq(check.checked.payload.tag),
            accounts.split.eq(splitter.event),
            splitter.event_free.eq(accounts.split_taken),
        ]
        m.d.sync += splitter.down.eq(self._endings.down | splitter.stuck)

    def _connect_bursts(self, m):
        """The life of a burst: opened, landed, started or skipped, ended."""
        splitter, landing, writer = self._splitter, self._landing, self._writer
        watch, endings = self._watch, self._endings
        wiring.connect(m, landing.landed, writer.landed)
        for part in (landing, writer, watch, endings):
            m.d.comb += part.opened.eq(splitter.opened)
        for part in (landing, writer):
            m.d.comb += part.live.eq(endings.live)
        m.d.comb += [
            landing.read_en.eq(writer.read_en),
            landing.read_address.eq(writer.read_address),
            writer.read_data.eq(landing.read_data),
            writer.expiring.eq(endings.expiring),
            writer.skip_taken.eq(endings.skip_taken),
            endings.started.eq(writer.started),
            endings.skipped.eq(writer.skipped),
            endings.overdue.eq(watch.overdue),
            watch.overdue_taken.eq(endings.overdue_taken),
            splitter.expired.eq(endings.expired),
            self._accounts.ended.eq(endings.event),
        ]

    def _connect_buses(self, m, sweep):
        """Answers are always taken, once the sweep is over: what they need was kept before."""
        source, target, shift = self.source, self.target, self._build.beat_shift
        landing, writer, endings = self._landing, self._writer, self._endings
        m.d.comb += [
            *axi.drive_address(source, "ar", self._splitter.reads, shift),
            *axi.drive_address(target, "aw", writer.requests, shift),
            target.wvalid.eq(writer.words.valid),
            writer.words.ready.eq(target.wready),
            target.wdata.eq(writer.words.payload.data),
            target.wlast.eq(writer.words.payload.last),
            target.wstrb.eq(~0),
            landing.rvalid.eq(source.rvalid & source.rready),
            landing.rid.eq(source.rid),
            landing.rdata.eq(source.rdata),
            landing.rresp.eq(source.rresp),
            landing.rlast.eq(source.rlast),
            endings.bvalid.eq(target.bvalid & target.bready),
            endings.bid.eq(target.bid),
            endings.bresp.eq(target.bresp),
        ]
        m.d.sync += [source.rready.eq(~sweep.valid), target.bready.eq(~sweep.valid)]

    def _show(self, m):
        """State and events."""
        endings, told = self._endings, self._accounts.told
        idle = self._check.idle & self._splitter.idle & ~self._accounts.busy.any()
        m.d.sync += [
            self.state.idle.eq(idle),
            self.state.drained.eq(idle & ~endings.dead & ~self._splitter.down),
            self.state.down.eq(self._splitter.down),
        ]
        for status, name in zip(MoveStatus, STATUSES, strict=True):
            m.d.comb += self.events[name].eq(told.valid & (told.status == status))
        m.d.comb += [
            self.events.bursts.eq(self._splitter.opened.valid),
            self.events.late_beats.eq(self._landing.late),
            self.events.late_writes.eq(endings.late),
            self.events.stray_beats.eq(self._landing.stray),
            self.events.stray_writes.eq(endings.stray),
        ]
