"""What a row selects by buckets, beat by beat."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.masks import mask_ports
from dre.wtu.tree import delayed


class BucketMasks(wiring.Component):
    """Gives the masks that the last pass has left; in the place of `dre.wtu.masks.Masks`.

    Buckets are selected as a whole, so there are no ties to be cut: ``threshold`` and ``quota`` are
    not looked at, and ``tokens`` is 0.

    Members
    -------
    en, begin, beat, valid, last, set, threshold, quota : In
        As in `dre.wtu.masks.Masks`.
    mask, mask_beat, mask_valid, mask_last, tokens : Out
        The same.
    mask_en, mask_address, above : Out, In
        To and from `BucketPasses`.
    """

    def __init__(self, config):
        self._config = config
        super().__init__({**mask_ports(config), **self.lookup_ports})

    @property
    def lookup_ports(self):
        """How masks are read, enabled cycle by enabled cycle."""
        config = self._config
        return {
            "mask_en": Out(1),
            "mask_address": Out(range(2 * config.list_depth)),
            "above": In(config.lanes),
        }

    @property
    def latency(self):
        """Enabled cycles from a beat to its mask."""
        return self._config.timing.memory_latency

    @property
    def tokens_latency(self):
        """Cycles from a mask to ``tokens`` with those of its entries: there are none."""
        return 0

    def elaborate(self, platform):
        m = Module()
        address = Cat(self.beat[: self._config.list_depth.bit_length() - 1], self.set)
        m.d.comb += [
            self.mask_en.eq(self.en),
            self.mask_address.eq(address),
            self.mask.eq(self.above),
        ]
        for name in ("beat", "valid", "last"):
            later = delayed(
                m, name, getattr(self, name), self.latency, resets=name == "valid", en=self.en
            )
            m.d.comb += getattr(self, f"mask_{name}").eq(later)
        return m
