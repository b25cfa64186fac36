"""Takes a row in for the bucket control."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from dre.wtu.entries import load_layout
from dre.wtu.key import KEY_BITS, ScoreKey
from dre.wtu.mass import COUNT_BITS
from dre.wtu.statistics import TOKENS_BITS
from dre.wtu.tree import delayed, larger, tree, tree_latency

NO_KEY = 2**KEY_BITS - 1
"""Stands for the smallest key of a row in which nothing has a count."""


def write_layout(config, bits):
    """A word for a memory with a bank a set and a word a beat."""
    address = range(2 * config.list_depth)
    return data.StructLayout({"en": 1, "address": address, "data": config.lanes * bits})


def place(config, beat, bank):
    """Where such a memory has a beat."""
    return Cat(beat[: config.list_depth.bit_length() - 1], bank)


class BucketLoading(wiring.Component):
    """Makes keys of scores, a beat a cycle, and sees what a row's buckets depend on.

    Nothing of it is used by the row that is gone through meanwhile. Golden model: the range in
    ``resv.wicsum_buckets``.

    Members
    -------
    begin_counts, begin_row, load, beat, weight, K, k, finite, saturated, tokens : In, Out
        As in `dre.wtu.entries.Entries`.
    largest, smallest : Out(16)
        Keys with a count, known with the others; 0 and 65,535 if there is none.
    keys, counts : Out(struct)
        What is to be written: by the row's set, and by the chunk's.
    """

    def __init__(self, config):
        self._config = config
        self._registered = config.timing.registered_sums
        self.key_latency = 2 if config.timing.registered_lane else 0
        super().__init__(
            {
                "begin_counts": In(1),
                "begin_row": In(1),
                "load": In(1),
                "beat": In(load_layout(config)),
                "weight": In(1),
                "K": In(16),
                "k": In(5),
                "finite": Out(1),
                "saturated": Out(range(config.max_clusters + 1)),
                "tokens": Out(TOKENS_BITS),
                "largest": Out(KEY_BITS),
                "smallest": Out(KEY_BITS),
                "keys": Out(write_layout(config, KEY_BITS)),
                "counts": Out(write_layout(config, COUNT_BITS)),
            }
        )

    @property
    def latency(self):
        """Cycles from a beat to what is known of its row."""
        return 3 + self.key_latency + tree_latency(self._config.lanes, self._registered)

    def elaborate(self, platform):
        m = Module()
        raw = Signal.like(self.beat, reset_less=True)
        m.d.sync += raw.eq(self.beat)
        stages = self._control(m)
        taken, chosen, here = stages[1], *stages[-2:]
        own = self._convert(m, raw, chosen)
        own["counted"] = self._counted(m, raw, stages) & chosen["valid"]
        own = {name: delayed(m, f"own_{name}", value, 1) for name, value in own.items()}
        m.d.comb += [
            self.counts.en.eq(taken["load"] & taken["with_counts"]),
            self.counts.address.eq(place(self._config, taken["beat"], taken["counts_set"])),
            self.counts.data.eq(Cat(raw.counts)),
            self.keys.en.eq(here["load"]),
            self.keys.address.eq(place(self._config, here["beat"], here["set"])),
            self.keys.data.eq(own["keys"]),
        ]
        self._count_tokens(m, raw, taken)
        self._look_at_row(m, here, own)
        return m

    def _control(self, m):
        """What is known of a beat beside its entries: as it comes, and cycle by cycle after that.

        The last but one is when keys have been made, the last when they are in registers.
        """
        about = {name: self.beat[name] for name in ("beat", "valid", "set", "counts_set")}
        about |= {"with_counts": self.beat.with_counts, "load": self.load}
        stages = [about]
        for stage in range(2 + self.key_latency):
            about = {
                name: delayed(m, f"loading_{stage}_{name}", value, 1, resets=name == "load")
                for name, value in about.items()
            }
            stages.append(about)
        return stages

    def _convert(self, m, raw, chosen):
        """Keys, and what is wrong with them."""
        converters = []
        for n in range(self._config.lanes):
            converter = ScoreKey(registered=self._config.timing.registered_lane)
            m.submodules[f"key_{n}"] = converter
            converters.append(converter)
            m.d.comb += [
                converter.score.eq(raw.scores[n]),
                converter.weight.eq(self.weight),
                converter.K.eq(self.K),
                converter.k.eq(self.k),
            ]
        return {
            "keys": Cat(converter.key for converter in converters),
            "finite": Cat(converter.finite for converter in converters) | ~chosen["valid"],
            "saturated": Cat(converter.saturated for converter in converters) & chosen["valid"],
        }

    def _counted(self, m, raw, stages):
        """Which entries have a count, when their keys have been made; kept for the chunk's rows."""
        config, wait = self._config, self.key_latency
        m.submodules.counted = memory = SyncMemory(
            shape=config.lanes,
            depth=2 * config.list_depth,
            latency=config.timing.memory_latency,
        )
        some = Signal(config.lanes)
        m.d.comb += [some[n].eq(raw.counts[n] != 0) for n in range(config.lanes)]
        coming = stages[1 + wait - config.timing.memory_latency]
        m.d.comb += [
            memory.write_en.eq(self.counts.en),
            memory.write_address.eq(self.counts.address),
            memory.write_data.eq(some),
            memory.read_en.eq(1),
            memory.read_address.eq(place(config, coming["beat"], coming["counts_set"])),
        ]
        own = delayed(m, "has_count", some, wait)
        return Mux(stages[-2]["with_counts"], own, memory.read_data)

    def _count_tokens(self, m, raw, taken):
        """The chunk's tokens, which come with its first row."""
        counts = [Mux(taken["valid"][n], raw.counts[n], 0) for n in range(self._config.lanes)]
        tokens = tree(m, "tokens", counts, lambda a, b: a + b, registered=self._registered)
        wait = tree_latency(len(counts), self._registered)
        adds = delayed(m, "adds_tokens", self.counts.en, wait, resets=True)
        total = Signal.like(self.tokens, reset_less=True)
        with m.If(adds):
            m.d.sync += total.eq(total + tokens)
        with m.If(self.begin_counts):
            m.d.sync += total.eq(0)
        m.d.comb += self.tokens.eq(total)

    def _look_at_row(self, m, here, own):
        """The largest and the smallest key, what is not finite or saturates."""
        lanes = range(self._config.lanes)
        keys = [own["keys"].word_select(n, KEY_BITS) for n in lanes]

        def of_counted(other):
            return [Mux(own["counted"][n], keys[n], other) for n in lanes]

        looks = {  # what lanes give, how two of them are joined, and what a row begins with
            "largest": (of_counted(0), larger, 0),
            "smallest": (of_counted(NO_KEY), lambda a, b: Mux(a < b, a, b), NO_KEY),
            "finite": (list(own["finite"]), lambda a, b: a & b, 1),
            "saturated": (list(own["saturated"]), lambda a, b: a + b, 0),
        }
        wait = tree_latency(len(lanes), self._registered)
        valid = delayed(m, "looked_at", here["load"], wait, resets=True)
        for name, (values, join, begin) in looks.items():
            found = tree(m, name, values, join, registered=self._registered)
            kept = Signal.like(getattr(self, name), reset_less=True, name=f"kept_{name}")
            with m.If(valid):
                m.d.sync += kept.eq(join(kept, found))
            with m.If(self.begin_row):
                m.d.sync += kept.eq(begin)
            m.d.comb += getattr(self, name).eq(kept)
