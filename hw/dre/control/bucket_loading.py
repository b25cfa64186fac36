"""Takes a row in for the bucket control."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Out

from dre.memory import SyncMemory
from dre.wtu.beats import loading_ports
from dre.wtu.key import KEY_BITS, ScoreKey, key_latency
from dre.wtu.mass import COUNT_BITS
from dre.wtu.statistics import RowStatistics, statistics_ports
from dre.wtu.tree import delayed, larger, tree, tree_latency

NO_KEY = 2**KEY_BITS - 1
"""Stands for the smallest key of a row in which nothing has a count."""


def smaller(a, b):
    """The smaller of two values."""
    return Mux(a < b, a, b)


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
    begin_counts, begin_row, load, beat, weight, K, k : In
        As in `dre.wtu.entries.Entries`.
    E, finite, saturated, too_many_tokens : Out
        `dre.wtu.statistics.statistics_ports`.
    largest, smallest : Out(16)
        Keys with a count, known with the others; 0 and 65,535 if there is none.
    keys, counts : Out(struct)
        What is to be written: by the row's set, and by the chunk's.
    """

    def __init__(self, config):
        self._config = config
        self._registered = config.timing.registered_sums
        self._statistics = RowStatistics(config)
        super().__init__(
            {
                **loading_ports(config),
                "largest": Out(KEY_BITS),
                "smallest": Out(KEY_BITS),
                "keys": Out(write_layout(config, KEY_BITS)),
                "counts": Out(write_layout(config, COUNT_BITS)),
            }
        )

    @property
    def key_latency(self):
        """Cycles from a score to its key."""
        return key_latency(self._config.timing.registered_lane)

    @property
    def latency(self):
        """Cycles from a beat to what is known of its row."""
        return 2 + self.key_latency + self._statistics.latency

    def elaborate(self, platform):
        m = Module()
        raw = Signal.like(self.beat, reset_less=True)
        m.d.sync += raw.eq(self.beat)
        stages = self._control(m)
        taken, chosen, here = stages[1], *stages[-2:]
        own = self._convert(m, raw, chosen)
        own["counted"] = self._counted(m, raw, stages) & chosen["valid"]
        own["counts"] = delayed(m, "count", self._counts(raw, taken), self.key_latency)
        own = {name: delayed(m, f"own_{name}", value, 1) for name, value in own.items()}
        m.d.comb += [
            self.counts.en.eq(taken["load"] & taken["with_counts"]),
            self.counts.address.eq(place(self._config, taken["beat"], taken["counts_set"])),
            self.counts.data.eq(Cat(raw.counts)),
            self.keys.en.eq(here["load"]),
            self.keys.address.eq(place(self._config, here["beat"], here["set"])),
            self.keys.data.eq(own["keys"]),
        ]
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

    def _counts(self, raw, taken):
        """Token counts, 0 beyond the row."""
        valid = taken["valid"]
        return Cat(Mux(valid[n], raw.counts[n], 0) for n in range(self._config.lanes))

    def _look_at_row(self, m, here, own):
        """What every row is asked, and its largest and smallest keys."""
        m.submodules.statistics = statistics = self._statistics
        m.d.comb += [
            statistics.begin_counts.eq(self.begin_counts),
            statistics.begin_row.eq(self.begin_row),
            statistics.valid.eq(here["load"]),
            statistics.with_counts.eq(here["with_counts"]),
            statistics.keys.eq(own["keys"]),
            statistics.counts.eq(own["counts"]),
            statistics.counted.eq(own["counted"]),
            statistics.finite_entries.eq(own["finite"]),
            statistics.saturated_entries.eq(own["saturated"]),
        ]
        for name in statistics_ports(self._config):
            m.d.comb += getattr(self, name).eq(getattr(statistics, name))
        lanes = range(self._config.lanes)
        wait = tree_latency(len(lanes), self._registered)
        valid = delayed(m, "looked_at", here["load"], wait, resets=True)
        for name, join, begin in (("largest", larger, 0), ("smallest", smaller, NO_KEY)):
            keys = [
                Mux(own["counted"][n], own["keys"].word_select(n, KEY_BITS), begin) for n in lanes
            ]
            found = tree(m, name, keys, join, registered=self._registered)
            kept = Signal(KEY_BITS, reset_less=True, name=f"kept_{name}")
            with m.If(valid):
                m.d.sync += kept.eq(join(kept, found))
            with m.If(self.begin_row):
                m.d.sync += kept.eq(begin)
            m.d.comb += getattr(self, name).eq(kept)
