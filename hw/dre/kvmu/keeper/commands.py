"""The steps of each command (spec D82, D83)."""

from amaranth.hdl import Mux, Signal

from dre.flags import Flags
from dre.kvmu.keeper.records import WORD_BITS
from dre.kvmu.keeper.routine import pause, settled, soon
from dre.kvmu.layouts import KVOp, KVStatus


class Commands:
    """One command after the other: its context is loaded, it is done, the context written back.

    Parameters
    ----------
    m : Module
    book : Book
    ports : interface
        Those of `dre.kvmu.keeper.keeper.Keeper`.
    command : View
        The command at hand.
    parts : Parts
        Who does what.
    result : Routine
        Puts a result.

    Attributes
    ----------
    idle : Signal
    appended, selected, delivered : Signal
        1 in the cycle in which a chunk ends, a selection is known, a part has been delivered.
    """

    def __init__(self, m, book, ports, command, parts, result):
        self._book, self._ports, self._command = book, ports, command
        self._parts, self._result = parts, result
        self._status = Signal(KVStatus, name="status", reset_less=True)
        self._more = Signal(name="more", reset_less=True)
        self._count = Signal(book.config.tokens, name="count", reset_less=True)
        self._exists = Flags(m, "exists", book.config.contexts)
        self._timing = book.config.timing
        known = command.context < book.config.contexts
        self._known = settled(m, "context_known", self._timing, known)
        there = self._exists[command.context] & known
        self._there = settled(m, "context_there", self._timing, there)
        own = (book.now.granted != 0) & (book.now.chunk == command.chunk)
        self._own = settled(m, "own_chunk", self._timing, own)
        self.idle = Signal(name="idle")
        self.appended, self.selected, self.delivered = (
            Signal(name=name) for name in ("appended", "selected", "delivered")
        )
        self._keep_descriptor(m)
        with m.FSM(name="command") as steps:
            self._take_command(m)
            self._move_descriptor(m)
            self._do_contexts(m)
            self._do_grant(m)
            self._do_fetch(m)
            self._do_end(m)
        m.d.comb += self.idle.eq(steps.ongoing("IDLE"))

    def _take_command(self, m):
        command, given = self._command, self._ports.commands.payload
        with m.State("IDLE"):
            free = ~self._ports.quiesce & ~self._ports.broken
            m.d.comb += self._ports.commands.ready.eq(free)
            m.d.sync += [
                self._status.eq(KVStatus.OK),
                self._more.eq(0),
                self._count.eq(0),
                self._parts.area.hits.eq(0),
            ]
            with m.If(self._ports.commands.valid & free):
                m.d.sync += command.eq(given)
                m.next = soon(self._timing, "CONTEXT")
        pause(m, self._timing, "CONTEXT")
        self._look_up(m)
        with m.State("BAD"):
            m.d.sync += self._status.eq(KVStatus.BAD_COMMAND)
            m.next = "RESULT"
        with m.State("RESULT"):  # when what it tells of is out
            with m.If(~self._ports.grants.valid & ~self._ports.deliveries.valid):
                broken = self._ports.broken
                with self._answer(m, Mux(broken, KVStatus.BROKEN, self._status)):
                    m.next = "IDLE"

    def _look_up(self, m):
        """States: there is such a context; then, when it is here, whether it is its turn."""
        command = self._command
        with m.State("CONTEXT"):
            m.next = "BAD"
            with m.If((command.op == KVOp.INIT) & ~self._there):
                with m.If(self._known):
                    m.next = "INIT"
            with m.Elif((command.op != KVOp.INIT) & self._there):
                m.next = "LOAD"
        pause(m, self._timing, "TURN")
        with m.State("TURN"):
            own, fetching = self._own, self._book.now.fetching
            m.next = "BAD"
            with m.Switch(command.op):
                with m.Case(KVOp.FREE):
                    m.next = "FREE"
                with m.Case(KVOp.GRANT):
                    m.next = "GRANT"
                with m.Case(KVOp.FETCH), m.If(own & ~fetching):
                    m.next = "HEADER"
                with m.Case(KVOp.RELEASE), m.If(own & fetching):
                    m.next = "RELEASE"
                with m.Case(KVOp.END), m.If(own & ~fetching):
                    m.next = "ASSIGN"

    def _answer(self, m, status):
        command = self._command
        return self._result.call(
            m,
            op=command.op,
            context=command.context,
            chunk=command.chunk,
            status=status,
            more=self._more,
            count=self._count,
        )

    def _keep_descriptor(self, m):
        """Which of its words is loaded or written back."""
        words = range(len(self._book.words))
        self._word = Signal(words, name="word", reset_less=True)
        self._at = [
            settled(m, f"word_{number}", self._timing, self._word == number) for number in words
        ]
        self._kept = Signal(WORD_BITS, name="kept_word")
        for number in words:
            with m.If(self._at[number]):
                m.d.comb += self._kept.eq(self._book.kept_word(number))
        with m.If(self.idle):
            m.d.sync += self._word.eq(0)

    def _move_descriptor(self, m):
        """From its words, and back when the command is done."""
        book = self._book
        words, word = range(len(book.words)), self._word
        with m.State("LOAD"), book.word(m, write=0, word=word):
            for number in words:
                with m.If(self._at[number]):
                    book.load_word(m, number)
            m.d.sync += word.eq(word + 1)
            with m.If(self._at[-1]):
                m.d.sync += word.eq(0)
                m.next = soon(self._timing, "TURN")
        with m.State("SAVE"), book.word(m, write=1, word=word, value=self._kept):
            m.d.sync += word.eq(word + 1)
            m.next = soon(self._timing, "SAVE")
            with m.If(self._at[-1]):
                m.next = "RESULT"
        pause(m, self._timing, "SAVE")

    def _do_contexts(self, m):
        command, contexts = self._command, self._parts.contexts
        with m.State("INIT"), contexts.init.call(m):
            m.d.sync += self._status.eq(contexts.status)
            m.next = "RESULT"
            with m.If(contexts.status == KVStatus.OK):
                self._exists.write(1, command.context, 1)
                m.next = "SAVE"
        with m.State("FREE"), contexts.free.call(m):
            self._exists.write(1, command.context, 0)
            m.next = "RESULT"

    def _do_grant(self, m):
        with m.State("GRANT"), self._parts.granting.grant.call(m):
            m.d.sync += self._status.eq(self._parts.granting.status)
            m.next = "RESULT"
            with m.If(self._parts.granting.status == KVStatus.OK):
                m.d.sync += self._count.eq(self._command.tokens)
                m.next = "SAVE"

    def _do_fetch(self, m):
        now, delivering, reading = self._book.now, self._parts.delivering, self._parts.reading
        with m.State("HEADER"), delivering.header.call(m):
            m.d.sync += [self._more.eq(1), now.fetching.eq(1)]
            m.next = "READ"
            with m.If(self._command.op == KVOp.FETCH):
                m.next = "SELECT"
        with m.State("SELECT"), self._parts.selecting.select.call(m):
            m.d.comb += self.selected.eq(1)
            with m.If(self._parts.selecting.out_of_step):
                m.d.sync += self._status.eq(KVStatus.OUT_OF_STEP)
            m.next = "READ"
        with m.State("READ"), reading.read.call(m):
            with m.If(reading.some_lost & (self._status == KVStatus.OK)):
                m.d.sync += self._status.eq(KVStatus.READ_FAILED)
            m.next = "TRAILER"
        with m.State("TRAILER"):
            fields = {"lost": reading.lost, "status": self._status, "more": now.missing != 0}
            with delivering.trailer.call(m, **fields):
                m.d.comb += self.delivered.eq(1)
                m.d.sync += self._count.eq(delivering.count)
                m.next = "SAVE"
        with m.State("RELEASE"):
            with m.If(now.missing != 0):
                m.next = "HEADER"
            with m.Else():
                m.d.sync += now.fetching.eq(0)
                m.next = "SAVE"

    def _do_end(self, m):
        assigning, offloading = self._parts.assigning, self._parts.offloading
        with m.State("ASSIGN"), assigning.assign.call(m):
            m.next = "ASSIGNED"
        with m.State("ASSIGNED"):
            m.d.sync += self._status.eq(assigning.status)
            m.next = "RESULT"
            with m.If(assigning.status == KVStatus.OK):
                m.d.comb += self.appended.eq(1)
                m.next = "AGE"
        with m.State("AGE"), self._parts.aging.age.call(m, founded=assigning.founded):
            m.next = "OFFLOAD"
        with m.State("OFFLOAD"), offloading.offload.call(m):
            m.d.sync += self._count.eq(offloading.written)
            with m.If(offloading.failed):
                m.d.sync += self._status.eq(KVStatus.WRITE_FAILED)
            m.next = "SAVE"
