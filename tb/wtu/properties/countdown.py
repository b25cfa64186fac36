"""How many cycles are left, at most, in each state of the WTU, with outputs that are ready.

The only place that knows how long a step takes. Each number is checked: one that is too small in
any state, or too large, makes an induction fail, or misses the bound (`wtu.properties.cycles`).
"""

from amaranth.hdl import Mux

from dre.wtu.row import DIGITS, QUOTA_BITS, TH_BITS, Level
from dre.wtu.scanner import OCTAVES
from dre.wtu.sums import OCTAVE_PLACE_BITS

CROSS_PAIRS = 2 ** (OCTAVE_PLACE_BITS - 1)
"""A CROSS of first digits clears all places that octaves have."""


class Countdown:
    """Cycles left, by part.

    Parameters
    ----------
    inside : Inside
    """

    def __init__(self, inside):
        self._inside = inside
        self._decider = inside.decider
        self._digits = {bits: bits // inside.decider._digit_bits for bits in (TH_BITS, QUOTA_BITS)}

    def scan(self):
        """To the end of the scan at hand, which has been started."""
        scan = self._inside.scan
        left = scan.left + scan.latency - 1
        for n, stage in enumerate(scan.stages):
            left = Mux(stage["valid"] & stage["last"], scan.latency - n - 1, left)
        return Mux(scan.resolved, 0, Mux(scan.finishing, 1, left))

    def decider_states(self, clusters, weight):
        """By state of the decider: cycles until its decision is offered, of a row and its mode."""
        beats, scanning = self._inside.beats(clusters), self.scan()
        wait, head, settle = self._decider._wait, self._decider._head_start, self._decider._settle

        def scan_of(exp, weights):
            return Mux(weight, weights, exp) + self._inside.scan.latency

        _, most = DIGITS[Level.FIRST].pairs
        dividing = self._digits[QUOTA_BITS] + 1
        third = scan_of(*DIGITS[Level.THIRD].pairs) + 1 + dividing
        listed = settle + 2 + third  # from the last beat of the lists
        second = scan_of(*DIGITS[Level.SECOND].pairs) + 1 + head + beats + listed
        again = head + beats + settle + 2 + second
        cross = scan_of(CROSS_PAIRS, CROSS_PAIRS) + again
        multiplying = self._digits[TH_BITS] + cross
        return {
            "TOTAL": scan_of(OCTAVES // 2 + 1, most) + 1 + multiplying,
            "TOTALLING": scanning + 1 + multiplying,
            "MULTIPLYING": self._inside.multiplying + cross,
            "CROSS": cross,
            "CROSSING": scanning + again,
            "REPLAY": wait + self._inside.beats(self._decider._left) + settle + 1 + second,
            "SETTLE": wait + 1 + second,
            "SECOND": second,
            "SEEKING_SECOND": scanning + 1 + head + beats + listed,
            "LISTS": wait + beats - self._decider._beat + listed,
            "SETTLE_LISTS": wait + 1 + third,
            "THIRD": third,
            "SEEKING_THIRD": scanning + 1 + dividing,
            "DIVIDING": self._inside.dividing + 1,
            "HAND_OVER": 0,
        }

    def decision(self):
        """Until the decider offers its decision, if it has a row."""
        job, chosen = self._decider._job, 0
        for name, left in self.decider_states(job.clusters, job.weight).items():
            chosen = Mux(self._inside.deciding(name), left, chosen)
        return chosen

    def whole_row(self, clusters, weight):
        """Until the decider offers its decision, when all of a row has come, and it is idle."""
        inside = self._inside
        decided = 1 + self.decider_states(clusters, weight)["TOTAL"]
        settled = inside.loader._load_latency - 2
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
