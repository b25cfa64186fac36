"""How many cycles are left, at most, in each state of the WTU, with all streams ready.

The only place that knows how long a step takes. Each number of preset ``asic`` is checked: one that
is too small in any state, or too large, makes an induction fail, or misses the bound
(`wtu.properties.cycles`). Those of ``fpga`` wait for their proof.
"""

from amaranth.hdl import Mux

from dre.wtu.row import DIGITS, Level
from dre.wtu.scanner import OCTAVES
from dre.wtu.sums import OCTAVE_PLACE_BITS

CROSS_PAIRS = 2 ** (OCTAVE_PLACE_BITS - 1)
"""A CROSS of first digits clears all places that octaves have."""

MULTIPLYING = {"asic": 4, "fpga": 7}
DIVIDING = {"asic": 5, "fpga": 14}
"""Cycles behind the start."""


class Countdown:
    """Cycles left, by part.

    Parameters
    ----------
    inside : Inside
    """

    def __init__(self, inside):
        self._inside = inside
        self._decider = inside.decider
        preset = inside.config.preset
        self.multiplying, self.dividing = MULTIPLYING[preset], DIVIDING[preset]

    def scan(self):
        """To the end of the scan at hand, which has been started."""
        scan = self._inside.scan
        left = scan.left + scan.latency - 1
        for n, stage in enumerate(scan.stages):
            left = Mux(stage["valid"] & stage["last"], scan.latency - n - 1, left)
        for n, end in enumerate(reversed(scan.ends)):
            left = Mux(end, n, left)
        return left

    def second_reading(self):
        """From the reading again to the scan of its sums, beats that are still to come apart."""
        key_latency = self._inside.entries.key_latency
        return key_latency + self._decider._settle_again + 2

    def decider_states(self, clusters, weight, again):
        """By state of the decider: cycles until its decision is offered, of a row and its mode."""
        beats, scanning = self._inside.beats(clusters), self.scan()
        settle, latency = self._decider._settle, self._inside.scan.latency
        wait, still = self._decider._wait, self._inside.still_loading

        def scan_of(exp, weights):
            return Mux(weight, weights, exp) + latency

        _, most = DIGITS[Level.FIRST].pairs
        dividing = self.dividing + 1
        third = scan_of(*DIGITS[Level.THIRD].pairs) + 1 + dividing
        listed = settle + 2 + third  # from the last beat of the lists
        second = scan_of(*DIGITS[Level.SECOND].pairs) + 1 + beats + listed
        through = Mux(again, self.second_reading(), settle + 2) + beats + second
        cross = scan_of(CROSS_PAIRS, CROSS_PAIRS) + through
        multiplying = self.multiplying + cross
        states = {
            "TOTAL": scan_of(OCTAVES // 2 + 1, most) + 1 + multiplying,
            "TOTALLING": scanning + 1 + multiplying,
            "MULTIPLYING": self._inside.multiplying + cross,
            "CROSS": cross,
            "CROSSING": scanning + through,
            "REPLAY": still + self._inside.beats(self._decider._left) + settle + 1 + second,
            "SETTLE": wait + 1 + second,
            "SECOND": second,
            "SEEKING_SECOND": scanning + 1 + beats + listed,
            "LISTS": still + beats - self._decider._beat + listed,
            "SETTLE_LISTS": wait + 1 + third,
            "THIRD": third,
            "SEEKING_THIRD": scanning + 1 + dividing,
            "DIVIDING": self._inside.dividing + 1,
            "HAND_OVER": 0,
        }
        if self._inside.config.lists_fill:
            left = self._inside.beats(self._decider._left)
            states["ROW"] = still + left + settle + 1 + third
        if self._inside.config.reads_twice:
            states["SECOND_READING"] = self._to_come() + second
        return states

    def _to_come(self):
        """Until all has been read again and is in its sums."""
        loader, key_latency = self._inside.loader, self._inside.entries.key_latency
        since, over = self._inside.since, self._inside.all_has_come
        passed = Mux(since > key_latency, key_latency, since)
        rest = self.second_reading()
        return Mux(over, rest - passed, self._inside.beats(loader._left) + rest)

    def decision(self):
        """Until the decider offers its decision, if it has a row."""
        job, chosen, again = self._decider._job, 0, self._inside.has_again
        for name, left in self.decider_states(job.clusters, job.weight, again).items():
            chosen = Mux(self._inside.deciding(name), left, chosen)
        return chosen

    def whole_row(self, clusters, weight, again):
        """Until the decider offers its decision, when all of a row has come, and it is idle."""
        inside = self._inside
        decided = 1 + self.decider_states(clusters, weight, again)["TOTAL"]
        settled = inside.loader._settled
        return Mux(inside.loading("LOAD"), settled - inside.since + 1 + decided, decided)

    def after_decision(self):
        """From a decision that is taken to the first mask that is offered."""
        return len(self._inside.masks) + 3

    def giving(self):
        """Until the first mask is offered, when the emitter has the row."""
        masks = self._inside.masks
        left = len(masks) + 1
        for n, stage in enumerate(masks):
            left = Mux(stage["valid"], len(masks) - n, left)
        return Mux(self._inside.emitting("HEAD"), len(masks) + 2, left)
