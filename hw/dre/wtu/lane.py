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
    source, valid, chosen_level, chosen_weight, key_read, count_read : In
        When the entry is chosen. A `Source`; whether there is an entry; the digit to add it up by;
        the mode of its row; and what the memories that all lanes share gave.
    level, set : In
        Of the entry at hand: the digit to add it up by, and the set of sums.
    entry_weight : In(1)
        Mode of the row that the entry at hand belongs to.
    threshold : In(16)
        Key of the threshold as far as it is known, 0 below.
    key, entry_count : Out(16)
        The entry at hand.
    counted, finite, saturated : Out(1)
        Of the entry at hand: it has a count; its score was none or a number; its key saturated.
    above, candidate : Out(1)
        Of the entry at hand, if counted: its first digit is above the threshold's, or the same.
    list_write, list_bank : In(1)
        If the entry at hand is a candidate, note it in a list and add it up.
    list_clear : In(1)
        Begin a list.
    list_length : Out
        Entries in the list.
    list_en, list_address : In
        Read a list: bank above place.
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
                "chosen_level": In(Level),
                "chosen_weight": In(1),
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
                "list_bank": In(1),
                "list_clear": In(1),
                "list_length": Out(range(config.beats + 1)),
                "list_en": In(1),
                "list_address": In(range(2 * config.list_depth)),
                "listed": Out(candidate_layout()),
                "scan": In(1),
                "scan_set": In(1),
                "scan_pair": In(PAIR_BITS),
                "clear": In(1),
                "even": Out(SUM_BITS),
                "odd": Out(SUM_BITS),
            }
        )

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
        m.submodules.list = self._list(m)
        m.d.comb += [
            converter.score.eq(self.score),
            converter.weight.eq(self.weight),
            converter.K.eq(self.K),
            converter.k.eq(self.k),
        ]
        self._choose(m, converter)
        first = self._first
        wanted = self._wanted(m, "first", first_digit)
        m.d.comb += [
            self.above.eq(self.counted & (first > wanted)),
            self.candidate.eq(self.counted & (first == wanted)),
            mass.key.eq(self.key),
            mass.count.eq(self.entry_count),
            mass.weight.eq(self.entry_weight),
            sums.mass.eq(mass.mass),
            sums.address.set.eq(self.set),
            sums.tag.eq(self.key[-TAG_BITS:]),
            sums.tagged.eq((self.level == Level.FIRST) & ~self.entry_weight),
            sums.scan.eq(self.scan),
            sums.scan_set.eq(self.scan_set),
            sums.scan_pair.eq(self.scan_pair),
            sums.clear.eq(self.clear),
            self.even.eq(sums.even),
            self.odd.eq(sums.odd),
        ]
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
        for register, value in (
            (self.key, key),
            (self.entry_count, Mux(self.valid, count, 0)),
            (self.counted, self.valid & (count != 0)),
            (self.finite, ~self.valid | ~streams | converter.finite),
            (self.saturated, self.valid & streams & converter.saturated),
        ):
            kept = Signal.like(register, reset_less=True)
            m.d.sync += kept.eq(value)
            m.d.comb += register.eq(kept)
        self._digits(m, key)

    def _digits(self, m, chosen):
        """First and second digit and place of the entry at hand.

        With registers they are found as it is chosen.
        """
        ahead = self._timing.registered_lane
        key, weight = (chosen, self.chosen_weight) if ahead else (self.key, self.entry_weight)
        digits = {level: DIGITS[level].of(key, weight) for level in Level}
        level = self.chosen_level if ahead else self.level
        second, third = level == Level.SECOND, level == Level.THIRD
        octave_or_digit = digits[Level.FIRST][:OCTAVE_PLACE_BITS]  # octaves 32 apart share one
        later = Mux(third, digits[Level.THIRD], digits[Level.SECOND])
        place = Mux(second | third, later, octave_or_digit)
        stages = 1 if ahead else 0
        self._first = delayed(m, "first", first_digit(key, weight), stages)
        self._second = delayed(m, "second", digits[Level.SECOND], stages)
        self._place = delayed(m, "place", place, stages)

    def _wanted(self, m, name, digit):
        """A digit of the threshold, in the mode of the entry at hand."""
        if not self._timing.registered_lane:
            return digit(self.threshold, self.entry_weight)
        return delayed(m, f"wanted_{name}", digit(self.threshold, self.chosen_weight), 1)

    def _add(self, m, sums):
        """Which sum the entry at hand belongs to, if any."""
        wanted = self._wanted(m, "second", DIGITS[Level.SECOND].of)
        m.d.comb += sums.address.place.eq(self._place)
        with m.Switch(self.level):
            with m.Case(Level.FIRST):
                m.d.comb += sums.add.eq(self.counted)
            with m.Case(Level.SECOND):
                m.d.comb += sums.add.eq(self.candidate & self.list_write)
            with m.Default():
                m.d.comb += sums.add.eq(self.counted & (self._second == wanted))

    def _list(self, m):
        """Candidates, in the order of the row."""
        depth = self._config.list_depth
        memory = SyncMemory(
            shape=candidate_layout(),
            depth=2 * depth,
            latency=self._timing.memory_latency,
            apart=True,  # a list is read when it is complete
        )
        length = Signal.like(self.list_length)
        write = self.list_write & self.candidate
        with m.If(self.list_clear):
            m.d.sync += length.eq(0)
        with m.Elif(write):
            m.d.sync += length.eq(length + 1)
        m.d.comb += [
            self.list_length.eq(length),
            memory.write_en.eq(write),
            memory.write_address.eq(Cat(length[: depth.bit_length() - 1], self.list_bank)),
            memory.write_data.low.eq(self.key[:LOW_BITS]),
            memory.write_data.count.eq(self.entry_count),
            memory.read_en.eq(self.list_en),
            memory.read_address.eq(self.list_address),
            self.listed.eq(memory.read_data),
        ]
        return memory
