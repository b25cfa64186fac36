"""What a row selects, beat by beat."""

import operator

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.lane import candidate_layout
from dre.wtu.row import LOW_BITS, QUOTA_BITS
from dre.wtu.tree import delayed, prefix_sums, tree, tree_latency


def mask_ports(config):
    """What makes masks has of the emitter, whatever it looks them up in."""
    lanes, beat = config.lanes, range(config.list_depth)
    return {
        "en": In(1),
        "begin": In(1),
        "beat": In(beat),
        "valid": In(1),
        "last": In(1),
        "set": In(1),
        "threshold": In(LOW_BITS),
        "quota": In(QUOTA_BITS),
        "mask": Out(lanes),
        "mask_beat": Out(beat),
        "mask_valid": Out(1),
        "mask_last": Out(1),
        "tokens": Out(QUOTA_BITS + 1),
    }


class Masks(wiring.Component):
    """Joins what is above the threshold's first digit with those candidates that are selected.

    Candidates come from the lanes' lists, in the order in which they were noted, or from where the
    row is kept, beat by beat. Of those that have the threshold's key the first ones are selected,
    until they hold more than ``quota`` tokens.

    Members
    -------
    en : In(1)
        The pipeline advances: a beat is taken, and a mask given.
    begin : In(1)
        A row begins with the next beat; its quota is there.
    beat, valid, last : In
        A beat of the row, and whether it is the last.
    set : In(1)
        The row's set. Stays, like ``threshold`` and ``quota``.
    threshold, quota : In
    mask, mask_beat, mask_valid, mask_last : Out
        A mask of the row.
    tokens : Out(21)
        Tokens of selected entries that have the threshold's key, so far.
    mask_en, mask_address, above, candidates, list_en, list_addresses, give_beat, give_set, listed
        To and from `dre.wtu.entries.Entries`.
    """

    def __init__(self, config):
        self._config = config
        self._registered = config.timing.registered_sums
        self._latency = config.timing.memory_latency
        super().__init__({**mask_ports(config), **self.lookup_ports})

    @property
    def lookup_ports(self):
        """How masks and lists of candidates are read, enabled cycle by enabled cycle."""
        lanes, depth = self._config.lanes, self._config.list_depth
        addresses = data.ArrayLayout(range(self._config.candidates), lanes)
        return {
            "mask_en": Out(1),
            "mask_address": Out(range(depth)),
            "above": In(lanes),
            "candidates": In(lanes),
            "list_en": Out(1),
            "list_addresses": Out(addresses),
            "give_beat": Out(range(depth)),
            "give_set": Out(1),
            "listed": In(data.ArrayLayout(candidate_layout(), lanes)),
        }

    @property
    def latency(self):
        """Enabled cycles from a beat to its mask."""
        summing = 4 + tree_latency(self._config.lanes, True) if self._registered else 0
        return 2 * self._latency + summing

    @property
    def tokens_latency(self):
        """Cycles from a mask to ``tokens`` with those of its entries."""
        return 1 + tree_latency(self._config.lanes + 1, self._registered)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.mask_en.eq(self.en),
            self.list_en.eq(self.en),
            self.mask_address.eq(self.beat),
        ]
        about = {"valid": self.valid, "last": self.last, "beat": self.beat}
        about = self._later(m, "fetched", about, self._latency)
        self._address_lists(m, about["valid"])
        m.d.comb += [self.give_beat.eq(about["beat"]), self.give_set.eq(self.set)]
        about |= {"above": self.above, "candidates": self.candidates}
        about = self._later(m, "found", about, self._latency)
        about |= {f"low_{n}": self.listed[n].low for n in range(self._config.lanes)}
        about |= {f"count_{n}": self.listed[n].count for n in range(self._config.lanes)}
        if self._registered:  # nothing between a memory and a register
            about = self._later(m, "come", about, 1)
        settle = self._settle_in_stages if self._registered else self._settle
        settle(m, *self._compare(m, about))
        return m

    def _later(self, m, name, about, cycles):
        return {
            field: delayed(m, f"{name}_{field}", value, cycles, resets=field == "valid", en=self.en)
            for field, value in about.items()
        }

    def _address_lists(self, m, valid):
        """Each lane's next candidate."""
        for n in range(self._config.lanes):
            place = Signal(range(self._config.candidates), name=f"place_{n}", reset_less=True)
            m.d.comb += self.list_addresses[n].eq(place)
            with m.If(self.begin):
                m.d.sync += place.eq(0)
            with m.Elif(self.en & valid & self.candidates[n]):
                m.d.sync += place.eq(place + 1)

    def _compare(self, m, about):
        """Candidates against the threshold, and the tokens of those that equal it."""
        lanes = range(self._config.lanes)
        counts = [about[f"count_{n}"] for n in lanes]
        lows = [about.pop(f"low_{n}") for n in lanes]
        if self._registered:  # each half of the digits alone, and then both
            half = slice(0, LOW_BITS // 2), slice(LOW_BITS // 2, LOW_BITS)
            for name, bits in zip(("lower", "upper"), half, strict=True):
                threshold = self.threshold[bits]
                about[f"{name}_larger"] = Cat(low[bits] > threshold for low in lows)
                about[f"{name}_equal"] = Cat(low[bits] == threshold for low in lows)
            about = self._later(m, "halves", about, 1)
            larger = about["upper_larger"] | (about["upper_equal"] & about["lower_larger"])
            same = about["upper_equal"] & about["lower_equal"]
            counts = [about[f"count_{n}"] for n in lanes]
        else:
            larger = Cat(low > self.threshold for low in lows)
            same = Cat(low == self.threshold for low in lows)
        about = about | {
            "surely": about["above"] | (about["candidates"] & larger),
            "equal": same & about["candidates"],
            "counts": Cat(counts),
        }
        if self._registered:
            about = self._later(m, "compared", about, 1)
        width = len(counts[0])
        tied = [Mux(about["equal"][n], about["counts"].word_select(n, width), 0) for n in lanes]
        sums = prefix_sums(m, "tied", tied, registered=self._registered, en=self.en)
        if self._registered:
            about = self._later(m, "summed", about, tree_latency(len(tied), True))
        return about, sums

    def _settle(self, m, about, sums):
        """Which of the beat's ties are selected: those before which the quota is not yet passed."""
        lanes = self._config.lanes
        room = Signal(signed(QUOTA_BITS + 2), reset_less=True)  # quota less tokens so far
        before = [Const(0), *sums[:-1]]
        ties, passing = Signal(lanes), Signal(lanes)
        m.d.comb += [
            ties.eq(about["equal"] & Cat(amount <= room for amount in before)),
            passing.eq(ties & Cat(amount > room for amount in sums)),  # at most one
        ]
        more = Mux(passing.any(), 0, Mux(room < 0, 0, sums[-1]))
        for n in range(lanes):
            more |= Mux(passing[n], sums[n], 0)
        tokens = Signal.like(self.tokens, reset_less=True)
        with m.If(self.en & about["valid"]):
            m.d.sync += [tokens.eq(tokens + more), room.eq(Mux(room < 0, room, room - sums[-1]))]
        with m.If(self.begin):
            m.d.sync += [tokens.eq(0), room.eq(self.quota)]
        m.d.comb += self.tokens.eq(tokens)
        self._give(m, about, ties)

    def _settle_in_stages(self, m, about, sums):
        """The same, a register behind the comparisons, and behind each step of what is counted."""
        lanes = range(self._config.lanes)
        room = Signal(signed(QUOTA_BITS + 2), reset_less=True)
        passed = room < 0
        with m.If(self.en & about["valid"] & ~passed):
            m.d.sync += room.eq(room - sums[-1])
        about = about | {"passed": passed, "over": Cat(amount > room for amount in sums)}
        about |= {f"sum_{n}": amount for n, amount in enumerate(sums)}
        about = self._later(m, "settled", about, 1)
        over, sums = about["over"], [about[f"sum_{n}"] for n in lanes]
        ties = about["equal"] & ~Cat(about["passed"], over[:-1])
        passing = Signal(len(lanes))
        m.d.comb += passing.eq(ties & over)
        # Either one entry passes the quota, or all of the beat's ties are selected, or none is.
        terms = [Mux(passing[n], sums[n], 0) for n in lanes] + [Mux(over[-1], 0, sums[-1])]
        more = tree(m, "more", terms, operator.or_, registered=True)
        wait = self.tokens_latency - 1
        counted = delayed(m, "counted", self.en & about["valid"], wait, resets=True)
        tokens = Signal.like(self.tokens, reset_less=True)
        with m.If(counted):
            m.d.sync += tokens.eq(tokens + more)
        with m.If(self.begin):
            m.d.sync += [tokens.eq(0), room.eq(self.quota)]
        m.d.comb += self.tokens.eq(tokens)
        self._give(m, about, ties)

    def _give(self, m, about, ties):
        m.d.comb += [
            self.mask_valid.eq(about["valid"]),
            self.mask_last.eq(about["last"]),
            self.mask_beat.eq(about["beat"]),
            self.mask.eq(about["surely"] | ties),
        ]
