"""Gives the results of rows and of chunks, with registers between."""

from amaranth.hdl import Signal
from amaranth.lib import data

from dre.queue import Queue
from dre.wtu.beats import last_ahead
from dre.wtu.emitter import Emitter
from dre.wtu.offer import StagedOffer

DEPTH = 32
"""Masks on their way: more than the cycles from a beat to its mask, with 64 lanes too."""


class StagedEmitter(Emitter):
    """The same as `dre.wtu.emitter.Emitter`, for clock speed.

    The pipeline of masks never stands still: masks wait in a queue, and a beat only goes to be
    looked up when its mask will have a place there.
    """

    def _offer(self, m, name):
        return StagedOffer(m, name, getattr(self, name))

    def _let_masks_through(self, m):
        made, config = self._given, self._config
        shape = data.StructLayout(
            {
                "last": 1,
                "some": 1,
                "beat": range(config.list_depth),
                "mask": config.lanes,
                "new": config.lanes,
            }
        )
        m.submodules.queue = queue = Queue(shape, DEPTH)
        m.d.comb += [
            self._masks.en.eq(1),
            queue.push.eq(made["valid"]),
            self._come.eq(queue.o.valid & self._free),
            queue.o.ready.eq(self._free),
        ]
        m.d.comb += [queue.i[name].eq(made[name]) for name in shape.members]
        self._given = {name: queue.o.payload[name] for name in shape.members}
        self._limit(m)

    def _limit(self, m):
        """How many masks are on their way, and whether one more may be."""
        self._step, self._room = Signal(), Signal()
        flying = Signal(range(DEPTH + 1))
        m.d.sync += flying.eq(flying + self._step - self._come)
        # What leaves now and in the next cycle is not yet counted.
        m.d.sync += self._room.eq(flying < DEPTH - 2)
        self._last = last_ahead(m, self._step, self._left, self._config.lanes)
        self._looking = Signal(reset_less=True)

    def _give_headers(self, m):
        super()._give_headers(m)
        m.d.sync += self._looking.eq(1)

    def _issue(self, m):
        step = self._looking & self._room
        if self._config.lists_fill:
            step &= ~self._now.full | self.give
        m.d.comb += [
            self._step.eq(step),
            self._masks.valid.eq(self._step),
            self._masks.last.eq(self._last),
        ]
        with m.If(self._step):
            m.d.sync += [
                self._beat.eq(self._beat + 1),
                self._left.eq(self._left - self._config.lanes),
                self._looking.eq(~self._last),
            ]
