"""Sums of mass by digit, one lane's, with a register behind each step."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring

from dre.wtu.sums import (
    OCTAVE_PLACE_BITS,
    SUM_BITS,
    TAG_BITS,
    bank_of,
    place_memories,
    sums_ports,
)
from dre.wtu.tree import delayed

_CHOSEN, _JUDGED, _ADDED, _WRITTEN = 2, 3, 4, 5
"""Cycles after an entry came: its place comes from memory; its tag is compared; its mass is added;
the place is written."""

_FARTHEST = _WRITTEN
"""An entry reads its place too early for what this many entries before it, or fewer, write."""


class StagedSums(wiring.Component):
    """The same as `dre.wtu.sums.LaneSums`, for clock speed; memories have a latency of 2.

    Where an entry has the place of one before that is still on its way, it takes it over from
    there: as its place is chosen, compared or added to, whichever is the last cycle that serves.
    The sum of the entry before is there when the mass is added, just in time; its tag must be there
    a cycle earlier, which is why tags are compared before sums are made.
    """

    MASS_LATENCY = _JUDGED
    """Cycles by which an entry's mass comes after the rest of it."""

    LATENCY = _WRITTEN + 1 - MASS_LATENCY
    """Cycles after its mass until an entry is in its sum."""

    def __init__(self):
        super().__init__(sums_ports())

    def elaborate(self, platform):
        m = Module()
        self._written = Signal(SUM_BITS, reset_less=True)
        self._stages = stages = self._entry(m)
        words = place_memories(
            m,
            self,
            stages[0]["place"],
            stages[_WRITTEN],
            self._written,
            latency=_CHOSEN,
            scan_late=1,
        )
        place = self._choose(m, words)
        newer = self._same(m, _JUDGED, _WRITTEN - _JUDGED)
        higher, lower, tag = self._judge(m, place, newer)
        place = Mux(newer, self._written, place)
        self._add(m, delayed(m, "judged", place, 1), higher, lower, tag)
        return m

    def _entry(self, m):
        """The entry when it comes, and in each cycle after that."""
        entry = {"add": self.add, "set": self.address.set, "place": self.address.place}
        entry |= {"tag": self.tag, "tagged": self.tagged}
        stages = [entry]
        for stage in range(1 + _FARTHEST):
            entry = {
                name: delayed(m, f"{name}_{stage}", value, 1, resets=name == "add")
                for name, value in entry.items()
            }
            stages.append(entry)
        return stages

    def _same(self, m, cycle, before):
        """Whether the entry in a cycle has the place of the one so many before it."""
        entry, earlier = self._stages[cycle - 1], self._stages[cycle - 1 + before]
        same = (entry["set"] == earlier["set"]) & (entry["place"] == earlier["place"])
        return delayed(m, f"same_{cycle}_{before}", same & earlier["add"], 1)

    def _newer(self, m, cycle, place):
        """The place of the entry in a cycle, or the sum that is being written, if that is newer."""
        return Mux(self._same(m, cycle, _WRITTEN - cycle), self._written, place)

    def _choose(self, m, words):
        """The place as memory has it, or as it was written since it was read."""
        entry = self._stages[_CHOSEN]
        odd = entry["place"][0]
        place = Mux(
            bank_of(entry["set"], entry["place"][OCTAVE_PLACE_BITS:]),
            Mux(odd, words[1][1], words[1][0]),
            Mux(odd, words[0][1], words[0][0]),
        )
        nearest = _WRITTEN - _CHOSEN
        for before in range(_FARTHEST, nearest, -1):  # the newest one decides
            written = delayed(m, f"written_{before}", self._written, before - nearest)
            place = Mux(self._same(m, _CHOSEN, before), written, place)
        return delayed(m, "chosen", self._newer(m, _CHOSEN, place), 1)

    def _judge(self, m, place, newer):
        """Whether the entry's tag is above or below its place's; and the larger one.

        Compared with each tag that the place may have, before it is known which one that is.
        """
        entry, low = self._stages[_JUDGED], SUM_BITS - TAG_BITS
        tag, larger = entry["tag"], Signal(TAG_BITS, reset_less=True)
        newest = self._same(m, _JUDGED, 1)

        def with_its_tag(compare):
            written = Mux(newer, compare(self._written[low:]), compare(place[low:]))
            return Mux(newest, compare(larger), written)

        higher = entry["tagged"] & with_its_tag(lambda now: tag > now)
        lower = entry["tagged"] & with_its_tag(lambda now: tag < now)
        m.d.sync += larger.eq(with_its_tag(lambda now: Mux(tag > now, tag, now)))
        return delayed(m, "higher", higher, 1), delayed(m, "lower", lower, 1), larger

    def _add(self, m, place, higher, lower, tag):
        """The sum: of nothing, if its tag was lower, and of no mass, if it is higher.

        The tag takes the place of bits that are 0 then, and is added to them.
        """
        entry, low = self._stages[_ADDED], SUM_BITS - TAG_BITS
        mass = delayed(m, "mass_kept", self.mass, _ADDED - self.MASS_LATENCY)
        place = self._newer(m, _ADDED, place)
        kept = Signal(SUM_BITS)
        added = Signal(SUM_BITS)
        m.d.comb += [
            kept.eq(Cat(Mux(higher, 0, place[:low]), Mux(entry["tagged"], 0, place[low:]))),
            added.eq(
                Cat(
                    Mux(lower, 0, mass),
                    Const(0, low - len(mass)),
                    Mux(entry["tagged"], tag, 0),
                )
            ),
        ]
        m.d.sync += self._written.eq(kept + added)
