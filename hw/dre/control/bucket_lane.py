"""One lane of the bucket control."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.control.bucket_edges import place_bits, place_of
from dre.wtu.key import KEY_BITS
from dre.wtu.mantissa import FRACTION_BITS, MANTISSA_BITS
from dre.wtu.mass import COUNT_BITS, EntryMass
from dre.wtu.scanner import OCTAVES
from dre.wtu.tree import delayed

SHARE_BITS = MANTISSA_BITS + COUNT_BITS + OCTAVES
"""Of an entry's mass in whole numbers (spec D41)."""


class BucketLane(wiring.Component):
    """Is an entry in the bucket or above, and what does it weigh? One a cycle.

    Golden model: the masses in ``resv.wicsum_integer``, the comparison in ``resv.wicsum_buckets``.

    Members
    -------
    key, count : In(16)
        An entry; a count of 0 where there is none.
    E, weight : In
        The largest octave of its row, and the row's mode.
    edge, open : In
        What is selected: places not below the edge, or all. ``edge_latency`` cycles after the
        entry.
    mass, share : Out
        Its mass in the units of spec D41; the same if it is selected, else 0. ``latency`` cycles
        after the entry.
    selected : Out(1)
        It is selected, and has a count. Beside its mass.
    """

    def __init__(self, config):
        self._config = config
        self._registered = config.timing.registered_lane
        super().__init__(
            {
                "key": In(KEY_BITS),
                "count": In(COUNT_BITS),
                "E": In(8),
                "weight": In(1),
                "edge": In(place_bits(config)),
                "open": In(1),
                "mass": Out(SHARE_BITS),
                "share": Out(SHARE_BITS),
                "selected": Out(1),
            }
        )

    @property
    def edge_latency(self):
        """Cycles by which an edge comes after its entries."""
        return 1 if self._registered else 0

    @property
    def latency(self):
        """Cycles from an entry to its mass."""
        return 5 if self._registered else 1

    def elaborate(self, platform):
        m = Module()
        self._compare(m)
        self._weigh(m)
        return m

    def _compare(self, m):
        place, inside, wait = Signal(place_bits(self._config)), Signal(), self.edge_latency
        m.d.comb += place.eq(place_of(self._config, self.key, self.weight))
        counted = delayed(m, "counted", self.count != 0, wait)
        place = delayed(m, "place", place, wait)
        m.d.comb += [
            inside.eq(counted & (self.open | (place >= self.edge))),
            self.selected.eq(delayed(m, "is_inside", inside, self.latency - wait)),
        ]

    def _weigh(self, m):
        """Mass in the unit of the octave that is 24 below the largest."""
        m.submodules.product = product = EntryMass(registered=self._registered)
        m.d.comb += [
            product.key.eq(self.key),
            product.count.eq(self.count),
            product.weight.eq(self.weight),
        ]
        octaves, by, light = Signal(8), Signal(5), Signal()
        m.d.comb += [
            octaves.eq(self.E - self.key[FRACTION_BITS:]),
            by.eq(Mux(self.weight, 0, OCTAVES - octaves[:5])),
            light.eq(~self.weight & (octaves > OCTAVES)),
        ]
        by = delayed(m, "shifted_by", by, product.latency)
        light = delayed(m, "is_light", light, product.latency)
        mass = Signal(SHARE_BITS)
        m.d.comb += mass.eq(Mux(light, 0, product.mass << by))
        m.d.comb += [
            self.mass.eq(delayed(m, "mass", mass, self.latency - product.latency)),
            self.share.eq(Mux(self.selected, self.mass, 0)),
        ]
