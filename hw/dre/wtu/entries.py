"""The lanes, and the memories of entries that they share."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.wtu import beats
from dre.wtu.beats import loading_ports
from dre.wtu.kept import Kept
from dre.wtu.key import key_latency
from dre.wtu.lane import Lane, candidate_layout
from dre.wtu.marks import Marks
from dre.wtu.row import Take, finding_layout
from dre.wtu.staged_sums import StagedSums
from dre.wtu.statistics import RowStatistics, statistics_ports
from dre.wtu.sums import PAIR_BITS, SUM_BITS
from dre.wtu.tree import delayed, larger, tree


class Entries(wiring.Component):
    """Takes a row in, beat by beat, and goes through it again; a beat a cycle.

    Two rows have a place, each in a *set* of keys and sums; a set is not to be loaded and
    gone through at the same time. The counts are of one chunk: a row with others is loaded when no
    row with these is to be gone through any more. What comes from the streams may take longer than
    what comes from memory: see `head_start`. A row that is too long to be kept comes from the
    streams once more, beat by beat, instead of being gone through. What that finds, masks and
    lists, is of one row, until it has been given.

    Members
    -------
    begin_counts, begin_row : In(1)
        Before a row's first beat: sums of its counts, and of the rest, begin anew.
    load, beat : In
        A beat of the row that is loaded, or ``again`` of the one that is being decided.
    weight, K, k : In
        Mode and scale of that row.
    E, finite, saturated, too_many_tokens : Out
        `statistics_ports`, ``load_latency`` cycles after the last beat.
    replay, replay_list, third : In(1)
        Go through a beat of the row, or of the lanes' lists of candidates; by the third digit.
    replay_beat, replay_valid, replay_set : In
        Which one, the lanes that have an entry there, and the row's set.
    finding : In(struct)
        What is known of the threshold of the row that is gone through.
    take : In(Take)
        Which entries to select.
    more : Out(1)
        A list reaches as far as ``replay_beat``.
    begin_lists : In(1)
        Before a row is gone through.
    full : Out(1)
        A list has not had room for a candidate.
    scan, scan_set, scan_pair, clear, even, odd
        As in `dre.wtu.sums.LaneSums`, of all lanes.
    mask_en, mask_address, above, candidates : In, Out
        What a replay found: beat, and ``memory_latency`` enabled cycles later the masks.
    list_en, list_addresses, listed : In, Out
        The same of the lists, by lane. Enabled too while a list is gone through.
    give, give_beat, give_set : In
        Instead of lists, show what of the row is kept: it is ``full``. Nothing may be loaded.
    """

    def __init__(self, config):
        self._config = config
        self._latency = config.timing.memory_latency
        self._statistics = RowStatistics(config)
        self._lanes = [Lane(config) for _ in range(config.lanes)]
        lanes, depth = config.lanes, config.list_depth
        sums = data.ArrayLayout(SUM_BITS, lanes)
        super().__init__(
            {
                **loading_ports(config),
                "replay": In(1),
                "replay_list": In(1),
                "third": In(1),
                "replay_beat": In(range(depth + 1)),
                "replay_valid": In(lanes),
                "replay_set": In(1),
                "finding": In(finding_layout()),
                "take": In(Take),
                "more": Out(1),
                "begin_lists": In(1),
                "full": Out(1),
                "scan": In(1),
                "scan_set": In(1),
                "scan_pair": In(PAIR_BITS),
                "clear": In(1),
                "even": Out(sums),
                "odd": Out(sums),
                "mask_en": In(1),
                "mask_address": In(range(depth)),
                "above": Out(lanes),
                "candidates": Out(lanes),
                "list_en": In(1),
                "list_addresses": In(data.ArrayLayout(range(config.candidates), lanes)),
                "give": In(1),
                "give_beat": In(range(depth)),
                "give_set": In(1),
                "listed": Out(data.ArrayLayout(candidate_layout(), lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for n, lane in enumerate(self._lanes):
            m.submodules[f"lane_{n}"] = lane
        loaded, chosen, here = self._control(m)
        self._connect_lanes(m, loaded, chosen, here)
        self._keep(m, loaded, here)
        self._mark(m, here)
        self._lists(m)
        if self._config.lists_fill:
            self._full_lists(m)
        self._connect_statistics(m, here)
        return m

    @property
    def head_start(self):
        """Cycles that a replay has to wait when loading stops."""
        return 1 + self.key_latency - self._latency

    @property
    def load_latency(self):
        """Cycles from a beat to the sums that it is in, all of them."""
        looking = self._lanes[0].looking
        return 2 + self.key_latency + max(looking + self._statistics.latency, self._sum_latency)

    @property
    def replay_latency(self):
        """Cycles from a beat gone through to the sums, lists and masks that it is in."""
        return self._latency + 1 + self._sum_latency

    @property
    def key_latency(self):
        """Cycles that a score takes to become a key."""
        return key_latency(self._config.timing.registered_lane)

    @property
    def _sum_latency(self):
        registered = self._config.timing.registered_lane
        return 2 + StagedSums.MASS_LATENCY + StagedSums.LATENCY if registered else 2

    def _control(self, m):
        """What is known of a beat beside its entries, on its way.

        Returns it as it was taken, when its entries are chosen, and when they are at hand.
        """
        config = self._config
        loaded = beats.loaded(m, config, self.load, self.beat, 1 + self.key_latency)
        # With registers between, it is known a cycle ahead what will be chosen.
        ahead = config.timing.registered_lane
        replay = self._replayed(m)
        for stage in range(self._latency - ahead):
            replay = beats.later(m, f"replaying_{stage}", replay)
        weights = (self.finding.weight, self.weight)
        chosen = beats.chosen(m, config, replay, loaded[-1 - ahead], weights, registered=ahead)
        return loaded, chosen, beats.later(m, "at_hand", chosen)

    def _replayed(self, m):
        """A beat that is gone through: of the row, or of the lists."""
        in_list = Cat(lane.list_length > self.replay_beat for lane in self._lanes)
        if self._config.timing.registered_sums:  # the longest list is known long before
            lengths = [lane.list_length for lane in self._lanes]
            longest = tree(m, "longest", lengths, larger, registered=True)
            # A cycle late: it is told of a beat more, which no list has.
            m.d.sync += self.more.eq(longest > self.replay_beat)
        else:
            m.d.comb += self.more.eq(in_list.any())
        return {
            "replay": self.replay | self.replay_list,
            "list": self.replay_list,
            "third": self.third,
            "beat": self.replay_beat,
            "set": self.replay_set,
            "in_list": in_list,
            "valid": self.replay_valid,
        }

    def _connect_lanes(self, m, loaded, chosen, here):
        raw = Signal.like(self.beat, reset_less=True)
        m.d.sync += raw.eq(self.beat)
        for n, lane in enumerate(self._lanes):
            m.d.comb += [
                lane.weight.eq(self.weight),
                lane.K.eq(self.K),
                lane.k.eq(self.k),
                lane.score.eq(raw.scores[n]),
                lane.count.eq(raw.counts[n]),
                lane.source.eq(chosen["source"]),
                lane.valid.eq(chosen["valid"][n]),
                lane.level.eq(here["level"]),
                lane.set.eq(here["set"]),
                lane.entry_weight.eq(here["weight"]),
                lane.threshold.eq(self.finding.threshold),
                lane.list_write.eq(here["replay"] & (self.take == Take.ABOVE)),
                lane.list_clear.eq(self.begin_lists),
                lane.scan.eq(self.scan),
                lane.scan_set.eq(self.scan_set),
                lane.scan_pair.eq(self.scan_pair),
                lane.clear.eq(self.clear),
                self.even[n].eq(lane.even),
                self.odd[n].eq(lane.odd),
            ]

    def _keep(self, m, loaded, here):
        """Keys and counts; a count is read so that it comes when the key has been made."""
        m.submodules.kept = self._kept = kept = Kept(self._config)
        m.d.comb += [
            kept.write.eq(here["load"]),
            kept.write_counts.eq(here["load"] & here["with_counts"]),
            kept.write_beat.eq(here["beat"]),
            kept.write_set.eq(here["set"]),
            kept.replay.eq(self.replay),
            kept.replay_beat.eq(self.replay_beat),
            kept.replay_set.eq(self.replay_set),
            kept.coming.eq(loaded[self.head_start]["beat"]),
        ]
        for n, lane in enumerate(self._lanes):
            m.d.comb += [
                kept.keys[n].eq(lane.key),
                kept.counts[n].eq(lane.entry_count),
                lane.key_read.eq(kept.key_read[n]),
                lane.count_read.eq(kept.count_read[n]),
            ]

    def _mark(self, m, here):
        """What is found by going through a row."""
        lanes, first = self._lanes, self._lanes[0]
        m.submodules.marks = marks = Marks(
            self._config, looking=first.looking, judging=first.judging
        )
        m.d.comb += [
            *(getattr(marks, name).eq(here[name]) for name in ("replay", "beat", "valid")),
            marks.take.eq(self.take),
            marks.counted.eq(Cat(lane.counted for lane in lanes)),
            marks.surely.eq(Cat(lane.above for lane in lanes)),
            marks.perhaps.eq(Cat(lane.candidate for lane in lanes)),
            marks.mask_en.eq(self.mask_en),
            marks.mask_address.eq(self.mask_address),
            self.above.eq(marks.above),
            self.candidates.eq(marks.candidates),
        ]

    def _lists(self, m):
        """A lane's list is read for a replay, or for the masks of the row before."""
        place = self.replay_beat[: self._config.candidates.bit_length() - 1]
        for n, lane in enumerate(self._lanes):
            m.d.comb += [
                lane.list_en.eq(self.list_en),
                lane.list_address.eq(Mux(self.replay_list, place, self.list_addresses[n])),
                self.listed[n].eq(lane.listed),
            ]

    def _full_lists(self, m):
        """What takes their place."""
        kept, full = self._kept, Signal(reset_less=True)
        with m.If(self.begin_lists):
            m.d.sync += full.eq(0)
        with m.Elif(Cat(lane.list_misses for lane in self._lanes).any()):
            m.d.sync += full.eq(1)
        m.d.comb += [
            self.full.eq(full),
            kept.give.eq(self.give),
            kept.give_en.eq(self.list_en),
            kept.give_beat.eq(self.give_beat),
            kept.give_set.eq(self.give_set),
        ]
        for n in range(self._config.lanes):
            with m.If(self.give):
                m.d.comb += [
                    self.listed[n].low.eq(kept.key_read[n]),
                    self.listed[n].count.eq(kept.count_read[n]),
                ]

    def _connect_statistics(self, m, here):
        m.submodules.statistics = statistics = self._statistics
        looking = self._lanes[0].looking
        for n, lane in enumerate(self._lanes):
            of_lane = {
                "keys": lane.key,
                "counts": lane.entry_count,
                "finite_entries": lane.finite,
                "saturated_entries": lane.saturated,
            }
            for name, value in of_lane.items():
                value = delayed(m, f"{name}_{n}", value, looking)
                m.d.comb += getattr(statistics, name)[n].eq(value)
            m.d.comb += statistics.counted[n].eq(lane.counted)
        m.d.comb += [
            statistics.begin_counts.eq(self.begin_counts),
            statistics.begin_row.eq(self.begin_row),
            statistics.valid.eq(delayed(m, "looked_at", here["load"], looking, resets=True)),
            statistics.with_counts.eq(delayed(m, "with_counts", here["with_counts"], looking)),
        ]
        for name in statistics_ports(self._config):
            m.d.comb += getattr(self, name).eq(getattr(statistics, name))
