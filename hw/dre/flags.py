"""A bit for each of a few things."""

from amaranth.hdl import Signal


class Flags:
    """Bits in registers; reset clears them all.

    An index beyond the last bit reads 0 and writes nothing. Of writes to one bit in a cycle the
    one that was said last counts.

    Parameters
    ----------
    m : Module
        Gets the registers.
    name : str
    count : int
    """

    def __init__(self, m, name, count):
        self._m, self.bits = m, Signal(count, name=name)

    def __getitem__(self, index):
        return self.bits.bit_select(index, 1)

    def write(self, when, index, value):
        """Write the bit of an index, if there is one."""
        with self._m.If(when):
            self._m.d.sync += self.bits.bit_select(index, 1).eq(value)
