"""What makes the rules at the ports of a store in near memory inductive."""

from functools import reduce
from operator import add

from dre.kvmu.store_writes import LOOKED_AT
from kvmu.properties.home_ports import LINE_BITS, PAGE_BITS, POSTED, WORD_BYTES, at_the_ports
from verification.claims import implies

WORD_BITS = (WORD_BYTES - 1).bit_length()


def reads_under_way(harness, ports):
    """A line is read in one step of an access, which stays."""
    unit, fill = harness.unit, ("fill",)
    step, home = harness.state(), unit.home
    waits = harness.signal("waits", *fill)
    harness.claim(waits == (home.arvalid | ports.reads.asked.any()))
    harness.claim(step("FILL") == waits)
    harness.claim(implies(waits, harness.signal("place", *fill) == ports.beats))
    harness.claim(implies(~ports.reads.asked.any(), ports.beats == 0))
    harness.claim(step("LOOK") | unit.access.en)
    page = unit.base + (unit.access.address >> (PAGE_BITS - WORD_BITS))
    harness.claim(step("LOOK") | (unit._place >> (PAGE_BITS - WORD_BITS) == page))


def writes_under_way(harness, ports):
    """Flags of writes are a ring, and know the lines of those that are under way."""
    unit, writes, port = harness.unit, ("writes",), ports.port
    under_way, full = (harness.signal(name, *writes) for name in ("under_way", "full"))
    newest, oldest = (harness.signal(name, *writes) for name in ("newest", "oldest"))
    count = ports.lines.count + ports.new
    harness.claim(newest == (oldest + count)[: len(newest)])
    on_bus = port.awvalid | port.wvalid
    harness.claim(on_bus | full | ~under_way.bit_select(newest, 1))
    harness.claim(ports.address_first == (port.wvalid & ~port.awvalid))
    harness.claim(ports.word_first == (port.awvalid & ~port.wvalid))
    harness.claim(implies(on_bus, count != 0))
    kept = [harness.signal(f"line_{n}", *writes) for n in range(POSTED)]
    for n, line in enumerate(kept):
        place = (n - oldest)[: len(oldest)]
        harness.claim(under_way[n] == (place < count))
        fresh = ports.new & (place == ports.lines.count)
        harness.claim(implies(fresh, line == ports.line[:LOOKED_AT]))
        known = ports.lines.holds(place, lambda entry, line=line: entry[:LOOKED_AT] == line)
        harness.claim(implies(place < ports.lines.count, known))
    pending = reduce(
        add,
        [
            under_way[n] & (line == (unit._place >> (LINE_BITS - WORD_BITS))[:LOOKED_AT])
            for n, line in enumerate(kept)
        ],
    )
    harness.claim(implies(port.arvalid, pending == 0))


def rules(harness):
    """The ports' rules with what makes them inductive."""
    ports = at_the_ports(harness)
    reads_under_way(harness, ports)
    writes_under_way(harness, ports)
