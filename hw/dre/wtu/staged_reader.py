"""Takes the packet that a row expects from a stream, with registers between."""

from amaranth.hdl import Signal

from dre.skid import Skid
from dre.wtu.beats import last_ahead
from dre.wtu.reader import PacketReader
from dre.wtu.tree import delayed


class StagedReader(PacketReader):
    """The same as `dre.wtu.reader.PacketReader`, for clock speed.

    A header is judged a cycle after it came. Beats are taken from the stream into a queue of two,
    whether or not anything takes them from there: neither is in the way of the other. So the reader
    counts the beats itself, and is over when the queue is empty.
    """

    _judging = 1

    def _judged(self, m, packet):
        seen = Signal()
        waits = packet.first & ~seen
        m.d.sync += seen.eq(self.packets.valid & waits)
        return self.packets.valid & ~waits

    def _give(self, m):
        m.submodules.queue = queue = Skid(self.entries.shape())
        m.d.comb += [
            queue.push.eq(self._here & queue.room),
            queue.word.eq(self.packets.payload.data.entries),
            queue.take.eq(self.take),
            self._taken.eq(queue.room),
            self.beat.eq(queue.valid),
            self.entries.eq(queue.head),
        ]
        self._begins = delayed(m, "begins", self.start, 1, resets=True)
        # It is over a cycle late, but no more from the cycle after the start on.
        over = self._over & ~queue.valid & ~self.start & ~self._begins
        m.d.comb += self.over.eq(delayed(m, "is_over", over, 1))
        self._count(m, queue.push)

    def _count(self, m, push):
        """Whether the next beat is the packet's last is known a cycle ahead."""
        lanes = self._config.lanes
        left = Signal(range(self._config.beats * lanes + 1), reset_less=True)
        self._is_final = last_ahead(m, push, left, lanes)
        with m.If(self._over):
            m.d.sync += left.eq(self.expected.clusters)
        with m.Elif(push):
            m.d.sync += left.eq(left - lanes)
