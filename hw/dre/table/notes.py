"""What the HCU decides, kept until the chunk is known to count (spec D24, D99, D101)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import ChunkStatus, index
from dre.memory import SyncMemory


class Notes(wiring.Component):
    """Lets packets through, notes their tokens, and offers those of a chunk that is OK.

    A note every third cycle.

    Parameters
    ----------
    config : TableConfig

    Members
    -------
    assignments, assigned : In(stream), Out(stream)
        As of `TableUnit`.
    notes : Out(stream)
        ``cluster``, ``founded``, ``word`` of tokens that count.
    context : Out
        Whose they are.
    offering : Out(1)
        From the trailer on until the last note is taken.
    applied, bad : Out(1)
        Events: a chunk counts; a chunk is not as it may be.
    """

    def __init__(self, config):
        self._config = config
        packet = stream.Signature(config.assignment_packet)
        self.note = data.StructLayout(
            {"cluster": config.cluster, "founded": 1, "word": config.hash_bits}
        )
        super().__init__(
            {
                "assignments": In(packet),
                "assigned": Out(packet),
                "notes": Out(stream.Signature(self.note)),
                "context": Out(config.context),
                "offering": Out(1),
                "applied": Out(1),
                "bad": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = SyncMemory(
            shape=self.note, depth=self._config.max_chunk, latency=1
        )
        taken, noted = Signal(), Signal(range(self._config.max_chunk + 1))
        last = Signal(index(self._config.max_chunk))
        self._pass(m, taken)
        self._note(m, memory, taken, noted, last)
        self._offer(m, memory, last)
        return m

    def _pass(self, m, taken):
        """A register: a beat leaves when it has been seen here."""
        came, goes = self.assignments, self.assigned
        m.d.comb += [
            came.ready.eq((~goes.valid | goes.ready) & ~(self.offering & came.payload.first)),
            taken.eq(came.valid & came.ready),
        ]
        with m.If(goes.ready):
            m.d.sync += goes.valid.eq(0)
        with m.If(taken):
            m.d.sync += [goes.valid.eq(1), goes.payload.eq(came.payload)]

    def _note(self, m, memory, taken, noted, last):
        config, beat = self._config, self.assignments.payload
        header, token, trailer = (beat.data[name] for name in ("header", "token", "trailer"))
        inside, good = Signal(), Signal()
        room = noted != config.max_chunk
        m.d.comb += [
            memory.write_en.eq(taken & inside & ~beat.first & ~beat.last & room),
            memory.write_address.eq(noted),
            memory.write_data.cluster.eq(token.cluster),
            memory.write_data.founded.eq(token.founded),
            memory.write_data.word.eq(token.word),
        ]
        with m.If(taken & beat.first):
            m.d.comb += self.bad.eq(inside)  # the one before has no trailer
            m.d.sync += [
                inside.eq(~beat.last),
                good.eq(header.context < config.contexts),
                self.context.eq(header.context),
                noted.eq(0),
            ]
        with m.Elif(taken & inside & beat.last):
            counts = trailer.status == ChunkStatus.OK
            m.d.sync += inside.eq(0)
            m.d.comb += [self.bad.eq(counts & ~good), self.applied.eq(counts & good)]
            with m.If(self.applied & (noted != 0)):
                m.d.sync += [self.offering.eq(1), last.eq(noted - 1)]
        with m.Elif(taken & inside):
            m.d.sync += noted.eq(noted + room)
            with m.If(~room | (token.cluster >= config.max_clusters)):
                m.d.sync += good.eq(0)

    def _offer(self, m, memory, last):
        number = Signal(index(self._config.max_chunk))
        m.d.comb += [
            memory.read_en.eq(~self.notes.valid),
            memory.read_address.eq(number),
            self.notes.payload.eq(memory.read_data),
        ]
        with m.FSM():
            with m.State("READ"), m.If(self.offering):
                m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += self.notes.valid.eq(1)
                with m.If(self.notes.ready):
                    m.d.sync += number.eq(number + 1)
                    m.next = "READ"
                    with m.If(number == last):
                        m.d.sync += [number.eq(0), self.offering.eq(0)]
