"""What every bring-up system must be told of its line."""

from dre.checks import integer

MOST_OFF = 0.02
"""How far a bit on the line may be from its length: both sides together stand 5 %."""


class OnALine:
    """A configuration with ``clock_hz`` and ``baud``."""

    @property
    def divisor(self):
        """Cycles of a bit."""
        return round(self.clock_hz / self.baud)

    def _check_line(self):
        integer("clock_hz", self.clock_hz, 10**6, 10**9)
        integer("baud", self.baud, 300, self.clock_hz // 4)
        off = abs(self.clock_hz / self.divisor / self.baud - 1)
        if off > MOST_OFF:
            rule = f"within {MOST_OFF:.0%} of clock_hz divided by a whole number"
            raise ValueError(f"baud must be {rule}, not {self.baud}")
