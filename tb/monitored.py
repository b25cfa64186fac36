"""A device with a `dre.monitor.Monitor`, as the benches read it: counters and sticky bits."""

from collections import Counter

from dre.monitor import COUNTER_BITS
from dre.packing import unpack


class Monitored:
    """What the scenes of all units share.

    Parameters
    ----------
    dut : cocotb handle
        The device.
    ports : dict of str to amaranth.lib.wiring.Member
        Its ports.
    engine : object
        What surrounds it; has ``idle(cycles)``.

    Attributes
    ----------
    counts : Counter
        What the device's counters must show.
    """

    def __init__(self, dut, ports, engine):
        self._dut, self._ports, self.engine = dut, ports, engine
        self.counts = Counter()

    def read(self, port):
        """A structured output of the device, as a dictionary."""
        return unpack(self._ports[port].shape, int(getattr(self._dut, port).value))

    def check_monitor(self):
        """Counters and sticky bits are what they must be."""
        counters, status = self.read("counters"), self.read("status")
        expected = {name: self.counts[name] for name in counters}
        assert counters == expected, f"counters {counters}, not {expected}"
        for name, bit in status.items():
            assert bit == (self.counts[name] > 0), f"status {name} is {bit}"

    async def clear(self, **bits):
        """Write one to the given status bits, for one cycle."""
        layout = self._ports["clear"].shape
        value = sum(int(bit) << layout[name].offset for name, bit in bits.items())
        self._dut.clear.value = value
        await self.engine.idle(1)
        self._dut.clear.value = 0
        await self.engine.idle(1)

    async def carry_into_every_bit(self, cause, moving):
        """Each counter from ``2**bit - 1`` on, for every bit, and beyond the last one.

        ``cause(bit)`` is awaited and makes events, which go to ``counts``; ``moving`` are the
        counters that it must move.
        """
        names = list(self.read("counters"))
        for bit in range(COUNTER_BITS + 1):
            before = 2**bit - 1
            self.counts.clear()
            self._dut.monitor.counters.value = sum(
                before << COUNTER_BITS * place for place in range(len(names))
            )
            await self.engine.idle(1)
            assert self.read("counters") == dict.fromkeys(names, before)
            await cause(bit)
            await self.engine.idle(4)
            moved = {name: self.counts[name] for name in names}
            assert all(moved[name] for name in moving), moved
            expected = {name: (before + moved[name]) % 2**COUNTER_BITS for name in names}
            assert self.read("counters") == expected
