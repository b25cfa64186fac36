"""Commands out of registers, and results into them (spec D129)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu.layouts import kv_command, kv_result
from dre.queue import Queue


class Commands(wiring.Component):
    """A queue of commands and a queue of results.

    There is room for a command as long as there will be room for its result.

    Members
    -------
    give : In(1)
        ``command`` is put into the queue. Only if there is ``room``.
    command : In(struct)
    room : Out(1)
    waiting, result : Out
        A result is there.
    take : In(1)
        The result goes. Only if one is ``waiting``; the next one is not there at once.
    commands, results
        Streams, as of the KVMU.
    """

    def __init__(self, depth):
        self._depth = depth
        super().__init__(
            {
                "give": In(1),
                "command": In(kv_command()),
                "room": Out(1),
                "waiting": Out(1),
                "result": Out(kv_result()),
                "take": In(1),
                "commands": Out(stream.Signature(kv_command())),
                "results": In(stream.Signature(kv_result())),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.asked = asked = Queue(kv_command(), self._depth)
        m.submodules.answered = answered = Queue(kv_result(), self._depth)
        held = Signal(range(self._depth + 1))  # commands whose results have not been taken
        m.d.sync += held.eq(held + self.give - self.take)
        m.d.comb += [
            self.room.eq(held != self._depth),
            asked.push.eq(self.give),
            asked.i.eq(self.command),
            answered.push.eq(self.results.valid),
            answered.i.eq(self.results.payload),
            self.results.ready.eq(1),  # there is room for each of them
            self.waiting.eq(answered.o.valid),
            self.result.eq(answered.o.payload),
            answered.o.ready.eq(self.take),
        ]
        wiring.connect(m, asked.o, wiring.flipped(self.commands))
        return m
