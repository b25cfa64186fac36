"""The frames of the retrieved area, by when they were last used (spec D68)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.routine import Routine, settled


class Area:
    """A list of frames; the first one makes room.

    Attributes
    ----------
    hits : Signal
        Frames that the part at hand uses, each counted once.
    touch : Routine
        An extent has been found in ``frame``, which becomes the last one, once in a part.
    put : Routine
        ``page`` goes into the first frame, which becomes the last one: `frame`. What was there
        is not resident any more.
    """

    def __init__(self, m, book):
        config = book.config
        self._book = book
        self.hits = Signal(range(config.frames + 1), reset_less=True, name="hits")
        self.frame = Signal(config.frame, reset_less=True, name="frame_put")
        self.touch = Routine(m, "touch", config.timing, frame=config.frame)
        self.put = Routine(m, "put", config.timing, page=config.page)
        self._define_touch(m)
        self._define_put(m)

    def _define_touch(self, m):
        book, now, touch = self._book, self._book.now, self.touch
        found = Signal(book.records["frame"], reset_less=True, name="frame_touched")
        timing = book.config.timing
        leads = settled(m, "frame_leads", timing, touch.frame == now.frame_first)
        ends = settled(m, "frame_ends", timing, touch.frame == now.frame_last)
        with m.FSM(name="touch"):
            with m.State("LOOK"), m.If(touch.go):
                with book.read(m, "frame", touch.frame) as record:
                    m.d.sync += [found.eq(record), self.hits.eq(self.hits + ~record.used)]
                    with m.If(record.used):
                        m.d.comb += touch.done.eq(1)
                    with m.Elif(ends):
                        m.next = "STAY"
                    with m.Else():
                        m.next = "BEFORE"
            with m.State("STAY"):
                with book.change(m, "frame", touch.frame, used=1):
                    m.d.comb += touch.done.eq(1)
                    m.next = "LOOK"
            with m.State("BEFORE"):
                book.skip(m, "frame", found, now.frame_first, leads, then="BEHIND")
            with m.State("BEHIND"):
                with book.change(m, "frame", found.behind, before=found.before):
                    m.next = "LAST"
            with m.State("LAST"):
                with book.change(m, "frame", now.frame_last, behind=touch.frame):
                    m.next = "SELF"
            with m.State("SELF"):
                own = {"page": found.page, "full": 1, "used": 1, "before": now.frame_last}
                with book.write(m, "frame", touch.frame, **own):
                    m.d.comb += touch.done.eq(1)
                    m.d.sync += now.frame_last.eq(touch.frame)
                    m.next = "LOOK"

    def _define_put(self, m):
        book, now, put, frame = self._book, self._book.now, self.put, self.frame
        old = Signal(book.records["frame"], reset_less=True, name="frame_left")
        alone = settled(m, "frame_alone", book.config.timing, frame == now.frame_last)
        with m.FSM(name="put"):
            with m.State("LOOK"), m.If(put.go):
                m.d.sync += frame.eq(now.frame_first)
                with book.read(m, "frame", now.frame_first) as record:
                    m.d.sync += old.eq(record)
                    m.next = "EVICT"
            with m.State("EVICT"):
                with m.If(~old.full):
                    m.next = "LAST"
                with m.Else(), book.change(m, "page", old.page, resident=0):
                    m.next = "LAST"
            with m.State("LAST"):
                m.next = "SELF"
                with m.If(~alone):  # it stays where it is
                    m.d.sync += now.frame_first.eq(old.behind)
                    m.next = "LINK"
            with m.State("LINK"):
                with book.change(m, "frame", now.frame_last, behind=frame):
                    m.next = "SELF"
            with m.State("SELF"):
                own = {"page": put.page, "full": 1, "before": now.frame_last}
                with book.write(m, "frame", frame, **own):
                    m.d.comb += put.done.eq(1)
                    m.d.sync += now.frame_last.eq(frame)
                    m.next = "LOOK"
