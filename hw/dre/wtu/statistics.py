"""What a row's decision needs to know of all of its entries beside their sums."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.key import KEY_BITS
from dre.wtu.mass import COUNT_BITS
from dre.wtu.tree import delayed, larger, tree, tree_latency

TOKENS_BITS = 32
"""Of a sum of token counts: 65,535 of 65,535."""

MOST_TOKENS = 2**20
"""Largest sum of token counts that a row may have (spec D42)."""

OCTAVE_BITS = 8


def statistics_ports(config):
    """Of the row loaded last.

    ``E``: the largest octave with a count, in mode ``exp``; ``finite``: all scores are;
    ``saturated``: how many keys are; ``too_many_tokens``: the sum of the counts is above
    `MOST_TOKENS`.
    """
    return {
        "E": Out(OCTAVE_BITS),
        "finite": Out(1),
        "saturated": Out(range(config.max_clusters + 1)),
        "too_many_tokens": Out(1),
    }


class RowStatistics(wiring.Component):
    """Looks at the entries of a row as they are loaded, a beat a cycle.

    Members
    -------
    begin_counts, begin_row : In(1)
        Sums of token counts, and of everything else, begin anew.
    valid, with_counts : In(1)
        A beat of the row, and whether its counts are to be added.
    keys, counts, counted, finite_entries, saturated_entries : In
        By lane: see `dre.wtu.lane.Lane`.
    E, finite, saturated, too_many_tokens : Out
        See `statistics_ports`.
    """

    def __init__(self, config):
        self._lanes = config.lanes
        self._registered = config.timing.registered_sums
        super().__init__(
            {
                "begin_counts": In(1),
                "begin_row": In(1),
                "valid": In(1),
                "with_counts": In(1),
                "keys": In(data.ArrayLayout(KEY_BITS, config.lanes)),
                "counts": In(data.ArrayLayout(COUNT_BITS, config.lanes)),
                "counted": In(config.lanes),
                "finite_entries": In(config.lanes),
                "saturated_entries": In(config.lanes),
                **statistics_ports(config),
            }
        )

    @property
    def latency(self):
        """Cycles from a beat to the statistics that it is in."""
        return tree_latency(self._lanes, self._registered) + (2 if self._registered else 1)

    def elaborate(self, platform):
        m = Module()
        lanes = range(self._lanes)
        octaves = [Mux(self.counted[n], self.keys[n][-OCTAVE_BITS:], 0) for n in lanes]
        octave = self._over_lanes(m, "largest", octaves, larger)
        finite = self._over_lanes(m, "finite", list(self.finite_entries), lambda a, b: a & b)
        saturated = self._over_lanes(
            m, "saturated", list(self.saturated_entries), lambda a, b: a + b
        )
        tokens = self._over_lanes(m, "tokens", [self.counts[n] for n in lanes], lambda a, b: a + b)
        wait = tree_latency(self._lanes, self._registered)
        valid = delayed(m, "looked_at", self.valid, wait, resets=True)
        counting = delayed(m, "counting", self.with_counts, wait)
        kept = {
            name: Signal.like(getattr(self, name), reset_less=True, name=f"kept_{name}")
            for name in ("E", "finite", "saturated")
        }
        m.d.comb += [getattr(self, name).eq(value) for name, value in kept.items()]
        kept["tokens"] = Signal(TOKENS_BITS, reset_less=True, name="kept_tokens")
        too_many = kept["tokens"] > MOST_TOKENS
        too_many = delayed(m, "too_many", too_many, 1 if self._registered else 0)
        m.d.comb += self.too_many_tokens.eq(too_many)
        with m.If(valid):
            m.d.sync += [
                kept["E"].eq(larger(kept["E"], octave)),
                kept["finite"].eq(kept["finite"] & finite),
                kept["saturated"].eq(kept["saturated"] + saturated),
            ]
            with m.If(counting):
                m.d.sync += kept["tokens"].eq(kept["tokens"] + tokens)
        with m.If(self.begin_row):
            m.d.sync += [kept["E"].eq(0), kept["finite"].eq(1), kept["saturated"].eq(0)]
        with m.If(self.begin_counts):
            m.d.sync += kept["tokens"].eq(0)
        return m

    def _over_lanes(self, m, name, values, combine):
        return tree(m, name, values, combine, registered=self._registered)
