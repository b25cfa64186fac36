"""Sums of mass by digit, one lane's."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from dre.wtu.mass import MASS_BITS
from dre.wtu.tree import delayed

PLACE_BITS = 6
"""Digits have up to this many bits."""

PAIR_BITS = PLACE_BITS - 1
PAIRS = 2**PAIR_BITS

SUM_BITS = 36
"""Of 2^20 tokens of weights below 2^16."""

OCTAVE_PLACE_BITS = 5
"""Octaves have 32 places, and so has every first digit."""

SET_PAIRS = 2**OCTAVE_PLACE_BITS // 2
"""Pairs that each set has of its own. Those above belong to a second digit in mode ``weight``, of
the one row that is gone through: both sets share them."""

TAG_BITS = 3
"""Which of the octaves that share a place. A sum by octave has that many bits less."""


def sum_address():
    """Where a sum is kept: set, then place."""
    return data.StructLayout({"set": 1, "place": PLACE_BITS})


def sums_ports():
    """How entries come and pairs of places are shown: members of `LaneSums`."""
    return {
        "add": In(1),
        "address": In(sum_address()),
        "tag": In(TAG_BITS),
        "tagged": In(1),
        "mass": In(MASS_BITS),
        "scan": In(1),
        "scan_set": In(1),
        "scan_pair": In(PAIR_BITS),
        "clear": In(1),
        "even": Out(SUM_BITS),
        "odd": Out(SUM_BITS),
    }


def place_memories(m, sums, read_place, entry, written, *, latency, scan_late=0):
    """The places of both sets, apart by even and odd numbers; shows a pair of them on ``sums``.

    Each set has memories of its own. What the sets share is in those of set 0, above its own.

    Parameters
    ----------
    m : Module
        Gets the memories.
    sums : component
        With `sums_ports`.
    read_place : Value
        Place to be read, of either set.
    entry : dict of str to Value
        ``add``, ``set``, ``place``: what is written.
    written : Value
        The sum.
    latency : int
        Of the memories.
    scan_late : int
        Cycles from ``scan`` to the memories.

    Returns
    -------
    list of list of Value
        What was read, by set and parity.
    """
    words = []
    pair = delayed(m, "pair", sums.scan_pair, scan_late)
    place_bank = bank_of(entry["set"], entry["place"][OCTAVE_PLACE_BITS:])
    scan_bank = bank_of(sums.scan_set, sums.scan_pair[OCTAVE_PLACE_BITS - 1 :])
    for which, pairs in enumerate((PAIRS, SET_PAIRS)):
        scanning = sums.scan & (scan_bank == which)
        clearing = delayed(m, f"clearing_{which}", scanning & sums.clear, scan_late)
        scanning = delayed(m, f"scanning_{which}", scanning, scan_late)
        for parity, name in enumerate(("even", "odd")):
            memory = SyncMemory(shape=SUM_BITS, depth=pairs, latency=latency)
            m.submodules[f"places_{which}_{name}"] = memory
            own = entry["add"] & (place_bank == which) & (entry["place"][0] == parity)
            here = slice((pairs - 1).bit_length())
            m.d.comb += [
                memory.read_en.eq(1),
                memory.read_address.eq(Mux(scanning, pair[here], read_place[1:][here])),
                memory.write_en.eq(own | clearing),
                memory.write_address.eq(Mux(clearing, pair[here], entry["place"][1:][here])),
                memory.write_data.eq(Mux(clearing, 0, written)),
            ]
            words.append(memory.read_data)
    words = [words[:2], words[2:]]
    scanned = delayed(m, "scanned_bank", scan_bank, latency + scan_late)
    m.d.comb += [
        sums.even.eq(Mux(scanned, words[1][0], words[0][0])),
        sums.odd.eq(Mux(scanned, words[1][1], words[0][1])),
    ]
    return words


def bank_of(which, above):
    """Which memories a place is in: those of its set, or, where the sets share it, of set 0."""
    return which & ~above[0]


class LaneSums(wiring.Component):
    """Adds up masses by place, an entry a cycle, and shows the sums two places at a time.

    There are two sets of places, so that one row's sums are read while the next row's are made. A
    set is not to be read and added to at the same time; an entry counts as being added until
    ``latency`` cycles after its mass. Places from 32 on belong to both sets, and are with set 0:
    while set 1 reads them, set 0 is not to be added to.

    Octaves are too many for a place each: octaves 32 apart share one, a *tag* says whose it is, and
    the higher octave takes it. What it displaces is more than 24 octaves down and weighs nothing
    (spec D41). A place that holds 0 is free for any tag.

    Parameters
    ----------
    mass_latency : int
        Cycles by which an entry's mass comes after the rest of it. At least ``memory_latency``.
    memory_latency : int
        Read latency of the memories.

    Members
    -------
    add : In(1)
        There is an entry.
    address : In(struct)
        Its place.
    tag, tagged : In
        Its tag; whether tags count.
    mass : In(32)
        ``mass_latency`` cycles later.
    scan, scan_set, scan_pair : In
        Show a pair of places of a set.
    clear : In(1)
        ... and set it to 0.
    even, odd : Out(36)
        The pair, ``memory_latency`` cycles later (`StagedSums`: one more). With tags: tag above
        the sum.
    """

    def __init__(self, *, mass_latency, memory_latency):
        self._ahead = mass_latency - memory_latency
        self._memory_latency = memory_latency
        super().__init__(sums_ports())

    @property
    def latency(self):
        """Cycles after its mass until an entry is in its sum."""
        return 1

    def elaborate(self, platform):
        m = Module()
        self._written = Signal(SUM_BITS)
        issue, final = self._entry(m)
        words = place_memories(
            m, self, issue["place"], final, self._written, latency=self._memory_latency
        )
        odd = final["place"][0]
        word = Mux(
            bank_of(final["set"], final["place"][OCTAVE_PLACE_BITS:]),
            Mux(odd, words[1][1], words[1][0]),
            Mux(odd, words[0][1], words[0][0]),
        )
        place = Signal(SUM_BITS)
        m.d.comb += [
            place.eq(self._forwarded(m, final, word)),
            self._written.eq(self._sum(final, place)),
        ]
        return m

    def _entry(self, m):
        """The entry when its place is read, and when that has come and so has its mass."""
        entry = {"add": self.add, "set": self.address.set, "place": self.address.place}
        entry |= {"tag": self.tag, "tagged": self.tagged}
        self._stages = [entry]
        for stage in range(self._ahead + self._memory_latency):
            entry = {
                name: delayed(m, f"{name}_{stage}", value, 1, resets=name == "add")
                for name, value in entry.items()
            }
            self._stages.append(entry)
        return self._stages[self._ahead], entry

    def _forwarded(self, m, final, word):
        """The place as it stands, with what was written since it was read."""
        before = self._stages[-2]  # the entry that comes next
        address = Cat(before["set"], before["place"])
        written, at, add = self._written, Cat(final["set"], final["place"]), final["add"]
        later = []
        for age in range(self._memory_latency):
            same = delayed(m, f"same_{age}", add & (at == address), 1)
            written = delayed(m, f"written_{age}", written, 1)
            at = delayed(m, f"written_at_{age}", at, 1)
            add = delayed(m, f"wrote_{age}", add, 1, resets=True)
            later.append((same, written))
        for same, written in reversed(later):  # the newest one decides
            word = Mux(same, written, word)
        return word

    def _sum(self, entry, word):
        """The place with the entry's mass."""
        low = SUM_BITS - TAG_BITS
        higher = entry["tagged"] & (entry["tag"] > word[low:])
        lower = entry["tagged"] & (entry["tag"] < word[low:])
        kept = Cat(Mux(higher, 0, word[:low]), Mux(entry["tagged"], 0, word[low:]))
        total = (kept + Mux(lower, 0, self.mass))[:SUM_BITS]
        tag = Mux(higher, entry["tag"], word[low:])
        return Cat(total[:low], Mux(entry["tagged"], tag, total[low:]))
