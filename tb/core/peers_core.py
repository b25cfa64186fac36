"""What stands at the ports of a DRE: memories and streams of our own, or of cocotbext-axi.

Ours police every rule and do what a memory may do; the others are a second opinion on what AXI4
and a handshake are. Both have the same bytes behind them.
"""

import itertools
from collections import deque

from cocotbext.axi import AxiReadBus, AxiSlaveRead, AxiSlaveWrite, AxiWriteBus
from cocotbext.axi.stream import define_stream

from axi.read_peer import ReadPeer
from axi.write_peer import WritePeer
from core.build_core import BUILD
from core.near_memory import NearReads, NearWrites, near_bus
from streams import Receiver, Sender, fork

HandshakeBus, Transaction, HandshakeSource, HandshakeSink, _ = define_stream(
    "Handshake", signals=["valid", "ready", "payload"]
)


class OwnPeers:
    """Peers of this project: `axi`, `streams`."""

    def __init__(self, dut, rng, stalls, habits):
        self._dut, self._rng, self._stalls, self._habits = dut, rng, stalls, habits

    def memories(self, near, far):
        """Agents at both ports, of these two `axi.space.Region`."""
        rng, habits, late = self._rng, self._habits, 3 * BUILD.timeout
        buses = near_bus(BUILD), BUILD.kvmu.mover
        return [
            NearReads(self._dut, "near", buses[0], near, fork(rng), habits, late),
            NearWrites(self._dut, "near", buses[0], near, fork(rng), habits, late),
            ReadPeer(self._dut, "far", buses[1], far, fork(rng), habits, late),
            WritePeer(self._dut, "far", buses[1], far, fork(rng), habits, late),
        ]

    def sender(self, name):
        """What gives the beats of a stream: has a ``queue``."""
        return Sender(self._dut, name, fork(self._rng), self._stalls[name])

    def receiver(self, name):
        """What takes the beats of a stream: has ``beats``."""
        return Receiver(self._dut, name, fork(self._rng), self._stalls[name])


class OtherPeers:
    """Peers of cocotbext-axi; every channel pauses in a part ``often`` of all cycles."""

    def __init__(self, dut, rng, often):
        self._dut, self._rng, self._often = dut, rng, often

    def _pausing(self, *channels):
        for channel in channels:
            channel.set_pause_generator(pauses(fork(self._rng), self._often))

    def memories(self, near, far):
        """Starts both; they move by themselves, so there is no agent."""
        dut = self._dut
        for name, region in (("near_", near), ("far_", far)):
            target = Target(region)
            reads = AxiSlaveRead(AxiReadBus.from_prefix(dut, name), dut.clk, dut.rst, target)
            writes = AxiSlaveWrite(AxiWriteBus.from_prefix(dut, name), dut.clk, dut.rst, target)
            self._pausing(reads.ar_channel, reads.r_channel)
            self._pausing(writes.aw_channel, writes.w_channel, writes.b_channel)
        return []

    def sender(self, name):
        """As of `OwnPeers`."""
        bus = HandshakeBus.from_prefix(self._dut, f"{name}_")
        source = HandshakeSource(bus, self._dut.clk, self._dut.rst)
        self._pausing(source)
        return Giver(source)

    def receiver(self, name):
        """As of `OwnPeers`."""
        bus = HandshakeBus.from_prefix(self._dut, f"{name}_")
        sink = HandshakeSink(bus, self._dut.clk, self._dut.rst)
        self._pausing(sink)
        return Taker(sink)


class Target:
    """A region of bytes, for cocotbext-axi; what lies outside raises, which it answers SLVERR."""

    def __init__(self, region):
        self._region = region

    async def read(self, address, length, **_):
        return self._region.load(address, length)

    async def write(self, address, data, **_):
        self._region.store(address, data)


class Giver:
    """A `streams.Sender` as far as a scene needs it."""

    def __init__(self, source):
        self._source = source
        self.reset()

    def reset(self):
        self.queue = deque()
        self._source.clear()

    def drive(self, now):
        while self.queue:
            self._source.send_nowait(Transaction(payload=int(self.queue.popleft())))

    def observe(self, now):
        """The source moves by itself."""


class Taker:
    """A `streams.Receiver` as far as a scene needs it."""

    def __init__(self, sink):
        self._sink = sink
        self.reset()

    def reset(self):
        self.beats = deque()
        self._sink.clear()

    def drive(self, now):
        """The sink moves by itself."""

    def observe(self, now):
        while not self._sink.empty():
            self.beats.append((now, int(self._sink.recv_nowait().payload)))


def pauses(rng, often):
    """For a channel: whether it stands still, cycle by cycle."""
    return (rng.random() < often for _ in itertools.count())
