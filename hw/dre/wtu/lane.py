"""One lane of the WTU: what is done to an entry."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import SCORE_BITS
from dre.memory import SyncMemory
from dre.wtu.key import KEY_BITS, ScoreKey
from dre.wtu.mass import COUNT_BITS, EntryMass
from dre.wtu.row import DIGITS, LOW_BITS, Level
from dre.wtu.staged_sums import StagedSums
from dre.wtu.sums import OCTAVE_PLACE_BITS, PAIR_BITS, SUM_BITS, TAG_BITS, LaneSums
from dre.wtu.tree import delayed


class Source(enum.Enum, shape=2):
    """Where an entry comes from."""

    STREAMS = 0  # score and count
    STREAM = 1  # score; the count from memory
    ROW = 2  # key and count from memory
    LIST = 3  # key and count from the lane's own list


def candidate_layout():
    """An entry that shares the threshold's first digit."""
    return data.StructLayout({"low": LOW_BITS, "count": COUNT_BITS})


def first_digit(key, weight):
    """Eight bits that order keys by their first digit."""
    return Cat(Mux(weight, 0, key[8:LOW_BITS]), key[LOW_BITS:])


class Lane(wiring.Component):
    """Keys, masses and sums of every ``lanes``-th entry of a row, one a cycle.

    An entry is *chosen* in the cycle in which its key is known, whether from a score or from
    memory, and stands in ``key`` and ``count`` in the next one. Golden model:
    ``resv.wicsum_integer``.

    Parameters
    ----------
    config : WTUConfig

    Members
    -------
    weight, K, k : In
        The row's mode and scale, while it is loaded.
    score, count : In(16)
        From the streams: ``key_latency`` cycles before the entry is chosen.
    source, valid, key_read, count_read : In
        When the entry is chosen. A `Source`; whether there is an entry; and what the memories that
        all lanes share gave.
    level, set : In
        Of the entry at hand: the digit to add it up by, and the set of sums.
    entry_weight : In(1)
        Mode of the row that the entry at hand belongs to.
    threshold : In(16)
        Key of the threshold as far as it is known, 0 below.
    key, entry_count : Out(16)
        The entry at hand.
    finite, saturated : Out(1)
        Of the entry at hand: its score was none or a number; its key saturated.
    counted : Out(1)
        It has a count; ``looking`` cycles later.
    above, candidate : Out(1)
        ``judging`` cycles later, if it was counted: its first digit is above the threshold's, or
        the same.
    list_write : In(1)
        If the entry at hand is a candidate, note it in a list and add it up.
    list_clear : In(1)
        Begin a list.
    list_length : Out
        Entries in the list.
    list_misses : Out(1)
        The list has no room for a candidate.
    list_en, list_address : In
        Read the list.
    listed : Out(struct)
        What was read.
    scan, scan_set, scan_pair, clear, even, odd
        As in `LaneSums`.
    """

    def __init__(self, config):
        self._config = config
        self._timing = config.timing
        super().__init__(
            {
                "weight": In(1),
                "K": In(16),
                "k": In(5),
                "score": In(SCORE_BITS),
                "count": In(COUNT_BITS),
                "source": In(Source),
                "valid": In(1),
                "key_read": In(KEY_BITS),
                "count_read": In(COUNT_BITS),
                "level": In(Level),
                "set": In(1),
                "entry_weight": In(1),
                "threshold": In(KEY_BITS),
                "key": Out(KEY_BITS),
                "entry_count": Out(COUNT_BITS),
                "counted": Out(1),
                "finite": Out(1),
                "saturated": Out(1),
                "above": Out(1),
                "candidate": Out(1),
                "list_write": In(1),
                "list_clear": In(1),
                "list_length": Out(range(min(config.beats, config.candidates) + 1)),
                "list_misses": Out(1),
                "list_en": In(1),
                "list_address": In(range(config.candidates)),
                "listed": Out(candidate_layout()),
                "scan": In(1),
                "scan_set": In(1),
                "scan_pair": In(PAIR_BITS),
                "clear": In(1),
                "even": Out(SUM_BITS),
                "odd": Out(SUM_BITS),
            }
        )

    @property
    def looking(self):
        """Cycles until the digits of the entry at hand are known."""
        return 1 if self._timing.registered_lane else 0

    @property
    def judging(self):
        """Cycles until they have been compared with the threshold's."""
        return 2 * self.looking

    def elaborate(self, platform):
        m = Module()
        registered = self._timing.registered_lane
        m.submodules.converter = converter = ScoreKey(registered=registered)
        m.submodules.mass = mass = EntryMass(registered=registered)
        m.submodules.sums = sums = (
            StagedSums()
            if registered
            else LaneSums(mass_latency=mass.latency, memory_latency=self._timing.memory_latency)
        )
        m.d.comb += [
            converter.score.eq(self.score),
            converter.weight.eq(self.weight),
            converter.K.eq(self.K),
            converter.k.eq(self.k),
        ]
        self._choose(m, converter)
        first = self._first
        wanted = self._wanted(m, "first", first_digit)
        above, candidate = self.counted & (first > wanted), self.counted & (first == wanted)
        m.d.comb += [
            self.above.eq(self._compared(m, "above", above)),
            self.candidate.eq(self._compared(m, "candidate", candidate)),
            mass.key.eq(self._looked_at(m, "looked_key", self.key)),
            mass.count.eq(self._looked_at(m, "looked_count", self.entry_count)),
            mass.weight.eq(self._looked_at(m, "looked_weight", self.entry_weight)),
            sums.mass.eq(mass.mass),
            sums.scan.eq(self.scan),
            sums.scan_set.eq(self.scan_set),
            sums.scan_pair.eq(self.scan_pair),
            sums.clear.eq(self.clear),
            self.even.eq(sums.even),
            self.odd.eq(sums.odd),
        ]
        # A candidate that goes into the list, and its sum.
        writes = self._judged(m, "list_write", self.list_write, resets=True)
        self._noted = Signal()
        m.d.comb += self._noted.eq(writes & self.candidate)
        m.submodules.list = self._list(m)
        self._add(m, sums)
        return m

    def _choose(self, m, converter):
        """The entry at hand, from wherever it comes."""
        streamed = delayed(m, "streamed_count", self.count, converter.latency)
        key, count = Signal(KEY_BITS), Signal(COUNT_BITS)
        m.d.comb += [key.eq(self.key_read), count.eq(self.count_read)]
        streams = (self.source == Source.STREAMS) | (self.source == Source.STREAM)
        with m.If(streams):
            m.d.comb += key.eq(converter.key)
        with m.If(self.source == Source.STREAMS):
            m.d.comb += count.eq(streamed)
        with m.If(self.source == Source.LIST):
            # What is above is the threshold's own in mode ``weight``, and not looked at in ``exp``.
            m.d.comb += [
                key.eq(Cat(self.listed.low, self.threshold[LOW_BITS:])),
                count.eq(self.listed.count),
            ]
        some = Signal()
        for register, value in (
            (self.key, key),
            (self.entry_count, Mux(self.valid, count, 0)),
            (some, self.valid),
            (self.finite, ~self.valid | ~streams | converter.finite),
            (self.saturated, self.valid & streams & converter.saturated),
        ):
            kept = Signal.like(register, reset_less=True)
            m.d.sync += kept.eq(value)
            m.d.comb += register.eq(kept)
        m.d.comb += self.counted.eq(self._looked_at(m, "counted", some & (self.entry_count != 0)))
        self._digits(m)

    def _digits(self, m):
        """First and second digit and place of the entry at hand."""
        key, weight = self.key, self.entry_weight
        digits = {level: DIGITS[level].of(key, weight) for level in Level}
        second, third = self.level == Level.SECOND, self.level == Level.THIRD
        octave_or_digit = digits[Level.FIRST][:OCTAVE_PLACE_BITS]  # octaves 32 apart share one
        later = Mux(third, digits[Level.THIRD], digits[Level.SECOND])
        place = Mux(second | third, later, octave_or_digit)
        self._first = self._looked_at(m, "first", first_digit(key, weight))
        self._second = self._looked_at(m, "second", digits[Level.SECOND])
        self._place = self._looked_at(m, "place", place)

    def _wanted(self, m, name, digit):
        """A digit of the threshold, in the mode of the entry at hand."""
        return self._looked_at(m, f"wanted_{name}", digit(self.threshold, self.entry_weight))

    def _add(self, m, sums):
        """Which sum the entry at hand belongs to, if any."""
        wanted = self._wanted(m, "second", DIGITS[Level.SECOND].of)
        counted = self._compared(m, "counted", self.counted)
        second = self._compared(m, "is_second", self._second == wanted)
        with m.Switch(self._judged(m, "level", self.level)):
            with m.Case(Level.FIRST):
                m.d.comb += sums.add.eq(counted)
            with m.Case(Level.SECOND):
                m.d.comb += sums.add.eq(self._noted)
            with m.Default():
                m.d.comb += sums.add.eq(self.candidate & second)
        m.d.comb += [
            sums.address.place.eq(self._compared(m, "place", self._place)),
            sums.address.set.eq(self._judged(m, "set", self.set)),
            sums.tag.eq(self._judged(m, "tag", self.key[-TAG_BITS:])),
            sums.tagged.eq(
                self._judged(m, "tagged", (self.level == Level.FIRST) & ~self.entry_weight)
            ),
        ]

    def _looked_at(self, m, name, value):
        """What is found of the entry at hand, when its digits are known."""
        return delayed(m, name, value, self.looking)

    def _compared(self, m, name, value):
        """What is found of its digits, when they have been compared with the threshold."""
        return delayed(m, f"compared_{name}", value, self.judging - self.looking)

    def _judged(self, m, name, value, resets=False):
        """What is known of the entry at hand, at the same time."""
        return delayed(m, f"judged_{name}", value, self.judging, resets=resets)

    def _list(self, m):
        """Candidates, in the order of the row."""
        depth = self._config.candidates
        memory = SyncMemory(
            shape=candidate_layout(),
            depth=depth,
            latency=self._timing.memory_latency,
            apart=True,  # a list is read when it is complete, and before the next one begins
        )
        length, written = Signal.like(self.list_length), Signal()
        m.d.comb += written.eq(self._noted)
        if self._config.lists_fill:
            full = length == depth
            m.d.comb += [written.eq(self._noted & ~full), self.list_misses.eq(self._noted & full)]
        with m.If(self.list_clear):
            m.d.sync += length.eq(0)
        with m.Elif(written):
            m.d.sync += length.eq(length + 1)
        m.d.comb += [
            self.list_length.eq(length),
            memory.write_en.eq(written),
            memory.write_address.eq(length[: depth.bit_length() - 1]),
            memory.write_data.low.eq(self._judged(m, "low", self.key[:LOW_BITS])),
            memory.write_data.count.eq(self._judged(m, "count", self.entry_count)),
            memory.read_en.eq(self.list_en),
            memory.read_address.eq(self.list_address),
            self.listed.eq(memory.read_data),
        ]
        return memory
