"""Accesses to the metadata, inside of the unit: each stays as it is until it is done.

The proof of the store in near memory takes that for granted (`kvmu.properties.home_inside`).
"""

from pins import Pin

ASKED = ("write", "address", "data")


class Accesses:
    """Looks at them in each cycle; ``broken()``: the unit is, and leaves them where they are."""

    def __init__(self, dut, broken):
        self._broken = broken
        self._en, self._done = Pin(dut.store.access__en), Pin(dut.store.access__done)
        self._asked = [Pin(getattr(dut.store, f"access__{name}")) for name in ASKED]
        self._waiting = None

    def reset(self):
        self._waiting = None

    def drive(self, now):
        """It drives nothing."""

    def observe(self, now):
        asked = [pin.text for pin in self._asked] if self._en.value else None
        before = self._waiting
        if before is not None and before != asked:
            assert self._broken(), f"access {before} has become {asked}"
        self._waiting = asked if asked and not self._done.value else None
