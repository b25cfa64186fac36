"""Clock and reset of a Gowin GW1N."""

from dataclasses import dataclass

from amaranth.hdl import ClockSignal, Const, Elaboratable, Instance, Module, Signal
from amaranth.lib.cdc import ResetSynchronizer

from dre.checks import integer

OSCILLATOR_HZ = (400_000_000, 1_200_000_000)
"""The range of the oscillator in the PLL."""

DIVIDERS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
"""Between the oscillator and what comes out."""

MOST = 64
"""Of a multiplier or a divider."""

FIXED = {
    **{f"p_DYN_{what}": "false" for what in ("DA_EN", "IDIV_SEL", "FBDIV_SEL", "ODIV_SEL")},
    **{f"p_CLKOUT{which}_BYPASS": "false" for which in ("", "P", "D")},
    **{"p_DUTYDA_SEL": "1000", "p_PSDA_SEL": "0000", "p_CLKFB_SEL": "internal"},
    **{f"i_{name}": Const(0, 6) for name in ("FBDSEL", "IDSEL", "ODSEL")},
    **{f"i_{name}": Const(0, 4) for name in ("PSDA", "DUTYDA", "FDLY")},
    **{f"i_{name}": Const(0, 1) for name in ("RESET", "RESET_P", "CLKFB")},
}
"""What the PLL could also do: change its settings, shift its phase."""


@dataclass(frozen=True)
class PLL:
    """How a reference is multiplied: by ``multiplier`` / ``divider``.

    Parameters
    ----------
    reference_hz : int
        3 to 400 MHz, behind the divider too.
    multiplier, divider : int
        1 to 64.

    Raises
    ------
    TypeError, ValueError
        If a value is not in its range, or the oscillator would not be.
    """

    reference_hz: int
    multiplier: int
    divider: int = 1

    def __post_init__(self):
        integer("multiplier", self.multiplier, 1, MOST)
        integer("divider", self.divider, 1, MOST)
        integer("reference_hz", self.reference_hz, 3_000_000 * self.divider, 400_000_000)
        if not self._dividers:
            least, most = OSCILLATOR_HZ
            raise ValueError(
                f"oscillator must be at {least:,} to {most:,} Hz, {DIVIDERS[0]} to {DIVIDERS[-1]} "
                f"times what comes out, not so with {self.clock_hz:,} Hz"
            )

    @property
    def clock_hz(self):
        """What comes out."""
        return self.reference_hz * self.multiplier // self.divider

    @property
    def output_divider(self):
        """Between the oscillator and what comes out: the smallest one that keeps its range."""
        return self._dividers[0]

    @property
    def _dividers(self):
        least, most = OSCILLATOR_HZ
        return [n for n in DIVIDERS if least <= self.clock_hz * n <= most]


class Clocks(Elaboratable):
    """Clock and reset of domain ``sync``, from a PLL: reset until that is locked, and by a button.

    Who uses it has the domain (`boards.clocked`).

    Parameters
    ----------
    pll : PLL
    device : str
        As the PLL is told.
    reference : Value
    button : Value
        1 resets.
    """

    def __init__(self, pll, device, reference, button):
        self._pll, self._device, self._reference, self._button = pll, device, reference, button

    def elaborate(self, platform):
        m, pll = Module(), self._pll
        locked, wanted = Signal(), Signal()
        m.submodules.pll = Instance(
            "rPLL",
            p_DEVICE=self._device,
            p_FCLKIN=f"{pll.reference_hz / 1e6:g}",
            p_IDIV_SEL=pll.divider - 1,
            p_FBDIV_SEL=pll.multiplier - 1,
            p_ODIV_SEL=pll.output_divider,
            **FIXED,
            i_CLKIN=self._reference,
            o_CLKOUT=ClockSignal("sync"),
            o_LOCK=locked,
        )
        m.d.comb += wanted.eq(~locked | self._button)
        m.submodules.reset = ResetSynchronizer(wanted, domain="sync")
        return m
