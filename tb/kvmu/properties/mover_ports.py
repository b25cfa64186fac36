"""What holds at the ports of a mover: rules of AXI4, and where bursts lie (spec D71 to D73)."""

from amaranth.hdl import Mux, Signal
from amaranth.utils import ceil_log2

from axi.properties import PAGE_BYTES, Reads, Writes
from verification import claims
from verification.claims import implies

PAGE_BITS = ceil_log2(PAGE_BYTES)


def lies_in(place, length, region, beat_shift):
    """Whether a burst, ``length`` beats and one more from ``place`` on, lies in a region."""
    to_page = PAGE_BITS - beat_shift
    last = place + length
    exists = last >> len(place) == 0
    return exists & (place >> to_page >= region.base) & (last >> to_page < region.limit)


class Ports:
    """Rules of both buses, and what has been seen of each burst.

    Attributes
    ----------
    reads : Reads
    writes : Writes
    regions : list of View
        By ID: those that were given when its read was offered.
    lengths : list of Value
        By ID: of its read.
    """

    def __init__(self, harness, leaving_out=()):
        unit, config = harness.unit, harness.unit._build
        count, longest = config.outstanding, config.burst_beats
        self.reads = Reads(harness, unit.source, count, longest)
        self.writes = Writes(harness, unit.target, count, longest, leaving_out)
        self._assume_control(harness)
        self._keep(harness, count)
        self._claim_regions(harness, config.beat_shift)

    def _assume_control(self, harness):
        """Of who orders: ``jobs`` keeps D25, ``regions`` changes only while ``idle`` says 1."""
        unit, m = harness.unit, harness.m
        harness.assume(claims.stays(harness, unit.jobs, "jobs"))
        idle, before = Signal(name="was_idle"), Signal.like(unit.regions, name="regions_before")
        m.d.sync += [idle.eq(unit.state.idle), before.eq(unit.regions)]
        harness.assume(idle | (unit.regions == before))

    def _keep(self, harness, count):
        unit, m = harness.unit, harness.m
        address = unit.source
        self.regions, self.lengths = [], []
        for number in range(count):
            kept = Signal.like(unit.regions, name=f"regions_{number}")
            length = Signal.like(address.arlen, name=f"length_{number}")
            now = self.reads.new & (address.arid == number)
            with m.If(now):
                m.d.sync += [kept.eq(unit.regions), length.eq(address.arlen)]
            seen = Signal.like(unit.regions, name=f"regions_of_{number}")
            m.d.comb += seen.eq(Mux(now, unit.regions, kept))
            self.regions.append(seen)
            self.lengths.append(Mux(now, address.arlen, length))

    def _claim_regions(self, harness, shift):
        unit, source, target = harness.unit, harness.unit.source, harness.unit.target
        within = lies_in(source.araddr >> shift, source.arlen, unit.regions.source, shift)
        harness.claim(implies(self.reads.new, within))
        for number, (regions, length) in enumerate(zip(self.regions, self.lengths, strict=True)):
            own = self.writes.new & (target.awid == number)
            within = lies_in(target.awaddr >> shift, target.awlen, regions.target, shift)
            harness.claim(implies(own, within & (target.awlen == length)))


def at_the_ports(harness, leaving_out=()):
    """All of it, but for some signals of channel W."""
    return Ports(harness, leaving_out)
