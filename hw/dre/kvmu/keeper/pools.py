"""What is free: slots, frames, pages (spec D61, D64, D89)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.routine import Routine, settled


class Pool:
    """Numbers that were never given in ascending order, then those that came back, linked.

    Parameters
    ----------
    m : Module
    book : Book
    record, link : str
        The record of a number, and its field that names the next one.
    count : int
        How many numbers there are.

    Attributes
    ----------
    left : Signal
        Numbers that are free.
    take : Routine
        Gives `number`; only while there are some.
    give : Routine
        Takes back a list: its ``first`` and ``last``, which are linked already, and its ``count``.
    """

    def __init__(self, m, book, record, link, count):
        self._book, self._record, self._link = book, record, link
        number = getattr(book.config, record)
        self.number = Signal(number, name=f"{record}_taken")
        self.left = Signal(range(count + 1), name=f"{record}_left", init=count)
        self._fresh = Signal(range(count + 1), name=f"{record}_fresh")  # never given yet
        self._first, self._last = (
            Signal(number, name=f"{record}_free_{end}", reset_less=True)
            for end in ("first", "last")
        )
        self._returned = Signal(range(count + 1), name=f"{record}_returned")
        self._count = count
        self.take = Routine(m, f"take_{record}", book.config.timing)
        self.give = Routine(
            m,
            f"give_{record}",
            book.config.timing,
            first=number,
            last=number,
            count=range(count + 1),
        )
        numbers = {"fresh": self._fresh != count, "one": self._returned == 1}
        numbers["none"] = self._returned == 0
        self._is = {
            name: settled(m, f"{record}_{name}", book.config.timing, condition)
            for name, condition in numbers.items()
        }
        self._define_take(m)
        self._define_give(m)

    def _define_take(self, m):
        taken, results = self.take.done, self.take.results(m)
        with m.If(self.take.go & self._is["fresh"]):
            results += self.number.eq(self._fresh)
            m.d.comb += taken.eq(1)
            m.d.sync += self._fresh.eq(self._fresh + 1)
        with m.Elif(self.take.go & self._is["one"]):
            # Nothing is behind it; a page that could not be written has not even a word.
            results += self.number.eq(self._first)
            m.d.comb += taken.eq(1)
            m.d.sync += self._returned.eq(0)
        with m.Elif(self.take.go):
            with self._book.read(m, self._record, self._first) as record:
                results += self.number.eq(self._first)
                m.d.comb += taken.eq(1)
                m.d.sync += [
                    self._first.eq(record[self._link]),
                    self._returned.eq(self._returned - 1),
                ]
        with m.If(taken):
            m.d.sync += self.left.eq(self.left - 1)

    def _define_give(self, m):
        give = self.give
        with m.If(give.go):
            with m.If(self._is["none"]):
                m.d.comb += give.done.eq(1)
                m.d.sync += self._first.eq(give.first)
            with m.Else():
                link = {self._link: give.first}
                with self._book.write(m, self._record, self._last, **link):
                    m.d.comb += give.done.eq(1)
        with m.If(give.done):
            m.d.sync += [
                self._last.eq(give.last),
                self._returned.eq(self._returned + give.count),
                self.left.eq(self.left + give.count),
            ]
