"""Seeded defects of the WTU; see `verification.defects`."""

from verification.defects import Defect

PARAMETERS = {
    "lanes": 3,
    "max_clusters": 20,
    "on_chip_clusters": 6,
    "max_rows": 5,
    "preset": "asic",
}
FPGA = {"preset": "fpga"}
KEPT = {"on_chip_clusters": 20}
"""No row is read twice, and lists may be full."""

DEFECTS = (
    Defect(
        "a sum that equals the threshold passes it",
        "dre/wtu/scanner.py",
        "crossing & (rest < 0)",
        "crossing & (rest <= 0)",
    ),
    Defect(
        "of a pair of places the upper one passes too early",
        "dre/wtu/scanner.py",
        "upper.eq(after_upper < 0)",
        "upper.eq(after_upper <= 0)",
    ),
    Defect(
        "the octave's tag is not compared",
        "dre/wtu/scanner.py",
        "word[low:] == own_tag",
        "word[low:] == word[low:]",
    ),
    Defect(
        "the lowest octave counts too where E is odd",
        "dre/wtu/scanner.py",
        "(beyond != last) | ~self.E[0]",
        "(beyond != last) | 1",
    ),
    Defect(
        "a higher octave adds to what it displaces",
        "dre/wtu/sums.py",
        "Mux(higher, 0, word[:low])",
        "word[:low]",
    ),
    Defect(
        "a sum that has just been written is not forwarded",
        "dre/wtu/sums.py",
        "Mux(same, written, word)",
        "Mux(same & 0, written, word)",
    ),
    Defect(
        "of several sums to be forwarded the oldest one decides",
        "dre/wtu/staged_sums.py",
        "range(_FARTHEST, nearest, -1)",
        "range(nearest + 1, _FARTHEST + 1)",
        FPGA,
    ),
    Defect(
        "the tag that was just judged is not compared with the next one",
        "dre/wtu/staged_sums.py",
        "return Mux(newest, compare(larger), written)",
        "return written",
        FPGA,
    ),
    Defect(
        "a need that ends at 0 passes",
        "dre/wtu/staged_scanner.py",
        "self._crossing & need[-1]",
        "self._crossing & (need.as_signed() <= 0)",
        FPGA,
    ),
    Defect(
        "a tie is cut where the quota is just reached",
        "dre/wtu/masks.py",
        "amount <= room for amount in before",
        "amount < room for amount in before",
    ),
    Defect(
        "ties of a beat are taken from the last lane on",
        "dre/wtu/masks.py",
        "before = [Const(0), *sums[:-1]]",
        "before = [sums[-1] - amount for amount in sums]",
    ),
    Defect(
        "each beat leaves a token too much room",
        "dre/wtu/masks.py",
        "room.eq(Mux(room < 0, room, room - sums[-1]))",
        "room.eq(Mux(room < 0, room, room - sums[-1] + 1))",
    ),
    Defect(
        "a candidate that equals the threshold is larger",
        "dre/wtu/masks.py",
        "Cat(low > self.threshold for low in lows)",
        "Cat(low >= self.threshold for low in lows)",
    ),
    Defect(
        "the selection of the chunk before is not forgotten",
        "dre/wtu/news.py",
        "Mux(self.first, 0, known)",
        "known",
    ),
    Defect(
        "a chunk has the status of its last row",
        "dre/wtu/emitter.py",
        "job.status.as_value() > self._status.as_value()",
        "job.status.as_value() != self._status.as_value()",
    ),
    Defect(
        "a beat of `selected` is lost under back-pressure",
        "dre/wtu/emitter.py",
        'self._free.eq(self._put["rows"].room & self._put["selected"].room)',
        'self._free.eq(self._put["rows"].room)',
    ),
    Defect(
        "the last digit of a quotient is missing",
        "dre/wtu/arithmetic.py",
        "left.eq(steps)",
        "left.eq(steps - 1)",
    ),
    Defect(
        "a half is always rounded up",
        "dre/wtu/key.py",
        "rounded.eq(kept + (half & (rest | kept[0])))",
        "rounded.eq(kept + half)",
    ),
    Defect(
        "the smallest key counts as saturated",
        "dre/wtu/key.py",
        "(rounded > ZERO - 1 + negative)",
        "(rounded > ZERO - 1)",
    ),
    Defect(
        "scores of another context are taken",
        "dre/wtu/reader.py",
        "header.context == expected.context",
        "header.context == header.context",
    ),
    Defect(
        "the total keeps its unit where E is odd",
        "dre/wtu/row_steps.py",
        "Mux(odd, self._total >> 1, self._total)",
        "self._total",
    ),
    Defect(
        "masks and lists are made anew while the emitter reads them",
        "dre/wtu/decider.py",
        "blocked=self.emitting",
        "blocked=self.emitting & 0",
        KEPT,
    ),
    Defect(
        "a second reading that is lost is taken for good",
        "dre/wtu/decider.py",
        "with m.If(self.lost | (self._take == Take.EVERY)):",
        "with m.If(self._take == Take.EVERY):",
    ),
    Defect(
        "a second reading that is not the first is not noticed",
        "dre/wtu/decider.py",
        "with m.If(self._job.again & ~self.passed):",
        "with m.If(self._job.again & 0):",
    ),
    Defect(
        "reset clears the sums of one set only",
        "dre/wtu/decider.py",
        "with m.If(self._clear_set):",
        "with m.If(1):",
    ),
    Defect(
        "sums that both sets share are read while a row is loaded",
        "dre/wtu/row_steps.py",
        "            m.d.comb += self._hold.eq(1)\n\n    @contextmanager",
        "            m.d.comb += self._hold.eq(0)\n\n    @contextmanager",
    ),
    Defect(
        "a candidate that a full list has no room for is lost",
        "dre/wtu/lane.py",
        "self.list_misses.eq(self._noted & full)",
        "self.list_misses.eq(self._noted & 0)",
        KEPT,
    ),
    Defect(
        "a list is one entry longer than it says",
        "dre/wtu/lane.py",
        "full = length == depth",
        "full = length == depth + 1",
        KEPT,
    ),
    Defect(
        "what is gone through in place of lists is not told apart by its first digit",
        "dre/wtu/lane.py",
        "sums.add.eq(self.candidate & second)",
        "sums.add.eq(counted & second)",
        KEPT,
    ),
    Defect(
        "a row is loaded while the one before is given from where it is kept",
        "dre/wtu/decider.py",
        "with m.If(self._giving):\n            m.d.comb += self._hold.eq(1)",
        "with m.If(self._giving):\n            m.d.comb += self._hold.eq(0)",
        KEPT,
    ),
    Defect(
        "a row is given from where another is kept",
        "dre/wtu/masks.py",
        "self.give_set.eq(self.set)",
        "self.give_set.eq(~self.set)",
        KEPT,
    ),
    Defect(
        "counts that are needed to give a row are overwritten",
        "dre/wtu/row_steps.py",
        "self.keep_counts.eq(self.full)",
        "self.keep_counts.eq(0)",
        KEPT,
    ),
    Defect(
        "a row that is given from where it is kept moves on while an output does not",
        "dre/wtu/kept.py",
        "enabled = ~self.give | self.give_en",
        "enabled = 1",
        KEPT,
    ),
    Defect(
        "counts of a chunk are overwritten while a row of the one before needs them",
        "dre/wtu/decider.py",
        "self.keep_counts.eq(~job.nothing &",
        "self.keep_counts.eq(0 &",
    ),
    Defect(
        "the lists of a row are not begun anew",
        "dre/wtu/entries.py",
        "lane.list_clear.eq(self.begin_lists)",
        "lane.list_clear.eq(0)",
    ),
    Defect(
        "clusters without a count raise the largest octave",
        "dre/wtu/statistics.py",
        "Mux(self.counted[n], self.keys[n][-OCTAVE_BITS:], 0)",
        "self.keys[n][-OCTAVE_BITS:]",
    ),
    Defect(
        "as many tokens as allowed are too many",
        "dre/wtu/statistics.py",
        "> MOST_TOKENS",
        ">= MOST_TOKENS",
    ),
    Defect(
        "too many tokens hide that a score is no number",
        "dre/wtu/row.py",
        "with m.Elif(~finite):",
        "with m.Elif(~finite & ~too_many_tokens):",
    ),
)

SAMPLE = (
    "a sum that equals the threshold passes it",
    "a tie is cut where the quota is just reached",
)
