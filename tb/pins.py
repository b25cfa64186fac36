"""A port of the device as a bench uses it, every cycle: nothing is written or read needlessly."""


class Pin:
    """A port that this bench drives, or one that the device drives.

    What is driven is written when it changes only, and not read back; what is read becomes a
    number without the types between. In a simulation of short cycles those take most of the time.

    Parameters
    ----------
    handle : cocotb handle
        Nobody else writes to it.

    Attributes
    ----------
    value : int
        Raises ValueError if a bit of it is neither 0 nor 1.
    """

    def __init__(self, handle):
        self._port, self._bits = handle, len(handle)
        # An inner method of the pinned cocotb: its public one makes a LogicArray of every value.
        self._read = handle._handle.get_signal_val_binstr
        self._driven = None

    def __len__(self):
        return self._bits

    @property
    def value(self):
        if self._driven is not None:
            return self._driven
        return int(self._read(), 2)

    @property
    def text(self):
        """What is read, a digit a bit: known or not."""
        return self._read()

    @value.setter
    def value(self, number):
        if number != self._driven:
            self._port.value = self._driven = int(number)
