"""Clock and reset of an iCE40."""

from dataclasses import dataclass

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, Signal
from amaranth.lib.cdc import ResetSynchronizer

from dre.checks import integer

VCO_HZ = (533_000_000, 1_066_000_000)
"""The range of the oscillator in the PLL."""

FILTER_RANGE = 1
"""Of a reference of 10 to 20 MHz."""


@dataclass(frozen=True)
class PLL:
    """How a reference is multiplied (feedback mode SIMPLE): by (F + 1) / 2^Q.

    Parameters
    ----------
    reference_hz : int
        10 to 20 MHz.
    F : int
        0 to 127.
    Q : int
        1 to 6.

    Raises
    ------
    TypeError, ValueError
        If a value is not in its range, or the oscillator would not be.
    """

    reference_hz: int
    F: int
    Q: int

    def __post_init__(self):
        integer("reference_hz", self.reference_hz, 10_000_000, 20_000_000)
        integer("F", self.F, 0, 127)
        integer("Q", self.Q, 1, 6)
        integer("frequency of the oscillator", self.reference_hz * (self.F + 1), *VCO_HZ)

    @property
    def clock_hz(self):
        """What comes out."""
        return self.reference_hz * (self.F + 1) // 2**self.Q


class Clocks(Elaboratable):
    """Clock and reset of domain ``sync``, from a PLL: reset until that is locked, and by a button.

    Who uses it has the domain (`boards.clocked`).

    Parameters
    ----------
    pll : PLL
    cell : str
        ``SB_PLL40_PAD`` if the reference comes straight from its pad, else ``SB_PLL40_CORE``.
    reference : Value
        A pad or a signal.
    button : Value or None
        1 resets.
    """

    def __init__(self, pll, cell, reference, button=None):
        self._pll, self._cell, self._reference, self._button = pll, cell, reference, button

    def elaborate(self, platform):
        m, pll = Module(), self._pll
        locked, wanted = Signal(), Signal()
        pin = {"SB_PLL40_PAD": "PACKAGEPIN", "SB_PLL40_CORE": "REFERENCECLK"}[self._cell]
        m.submodules.pll = Instance(
            self._cell,
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=0,
            p_DIVF=pll.F,
            p_DIVQ=pll.Q,
            p_FILTER_RANGE=FILTER_RANGE,
            **{f"i_{pin}": self._reference},
            i_RESETB=1,
            i_BYPASS=0,
            o_PLLOUTGLOBAL=ClockSignal("sync"),
            o_LOCK=locked,
        )
        m.d.comb += wanted.eq(~locked)
        if self._button is not None:
            m.d.comb += wanted.eq(~locked | self._button)
        m.submodules.reset = ResetSynchronizer(wanted, domain="sync")
        return m
