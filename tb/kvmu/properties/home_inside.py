"""What makes the rules at the ports of a store in near memory inductive."""

from amaranth.hdl import Const

from dre.kvmu.store_writes import LOOKED_AT
from kvmu.properties.home_ports import (
    FILLS,
    LINE_BITS,
    PAGE_BITS,
    POSTED,
    WORD_BYTES,
    at_the_ports,
)
from verification.claims import implies

WORD_BITS = (WORD_BYTES - 1).bit_length()


def reads_under_way(harness, ports):
    """Flags of reads are a ring, and know the lines of those that are under way."""
    fill, port = ("fill",), ports.port
    under_way, come = (harness.signal(name, *fill) for name in ("under_way", "come"))
    newest, oldest = (harness.signal(name, *fill) for name in ("newest", "oldest"))
    fills, count = ports.fills, ports.fills.count + ports.asks
    harness.claim(newest == (oldest + count)[: len(newest)])
    harness.claim(come == ports.beats)
    harness.claim((fills.count > (port.arvalid & ~ports.asks)) | (ports.beats == 0))
    youngest = fills.holds(fills.count - 1, lambda entry: entry == ports.asked)
    harness.claim(implies(port.arvalid, ports.asks | youngest))
    ends, late = harness.signal("ends", *fill), Const(0)
    if harness.unit._timing.judge_latency:  # what has come is told a cycle late
        late = harness.part(*fill).over
        harness.claim(implies(late, ((ends + 1)[: len(ends)] == oldest) & (count < FILLS)))
    kept = [harness.signal(f"line_{n}", *fill) for n in range(FILLS)]
    for n, line in enumerate(kept):
        at = (n - oldest)[: len(oldest)]
        harness.claim(under_way[n] == ((at < count) | (late & (ends == n))))
        fresh = ports.asks & (at == fills.count)
        watched = line == ports.watched
        harness.claim(implies(fresh, watched == ports.asked))
        known = fills.holds(at, lambda entry, watched=watched: entry == watched)
        harness.claim(implies(at < fills.count, known))
    wanted_last(harness, under_way, kept, newest)


def wanted_last(harness, under_way, kept, newest):
    """Behind its first step an access is to a place of its own, but for the line it waits for."""
    unit, step = harness.unit, harness.state()
    pending = harness.part("fill").pending
    wanted = (unit.access.address >> (LINE_BITS - WORD_BITS))[: len(kept[0])]
    harness.claim(step("LOOK") | unit.access.en)
    page, address = (w >> (PAGE_BITS - WORD_BITS) for w in (unit._place, unit.access.address))
    harness.claim(step("LOOK") | ((page - unit.base)[: len(page)] == address))
    waits = Const(0)
    if unit._timing.judge_latency:  # that it is held up is known a cycle late, and so is room
        passed, held_up = harness.signal("passed"), harness.signal("held_up")
        waits = step("WAIT") & (passed == 1) & held_up
        most = unit._timing.memory_latency + 2 * unit._timing.judge_latency
        harness.claim(~step("WAIT") | ((passed != 0) & (passed < most)))
        room, asks = (harness.signal(name, "fill") for name in ("room_known", "asks__valid"))
        has_room = ~under_way.bit_select(newest, 1) & ~asks
        harness.claim(step("LOOK", "FILL") | implies(room, has_room))
    harness.claim(step("LOOK", "FILL") | waits | ~pending)
    harness.claim(implies(unit._fetched, step("LOOK", "FILL") | ~under_way.any()))
    places = unit._cache.place_bits
    for n, line in enumerate(kept):
        last = newest == (n + 1) % FILLS
        same = line[:places] == wanted[:places]
        own = under_way[n] & (line == wanted)
        harness.claim(implies(step("FILL") & last, own))
        harness.claim(implies(step("FILL") & ~last, ~(under_way[n] & same)))


def writes_under_way(harness, ports):
    """Flags of writes are a ring, and know the lines of those that are under way."""
    writes, port = ("writes",), ports.port
    under_way, full = (harness.signal(name, *writes) for name in ("under_way", "full"))
    newest, oldest = (harness.signal(name, *writes) for name in ("newest", "oldest"))
    count = ports.words.count + ports.new
    harness.claim(newest == (oldest + count)[: len(newest)])
    on_bus = port.awvalid | port.wvalid
    harness.claim(on_bus | full | ~under_way.bit_select(newest, 1))
    harness.claim(ports.address_first == (port.wvalid & ~port.awvalid))
    harness.claim(ports.word_first == (port.awvalid & ~port.wvalid))
    harness.claim(implies(on_bus, count != 0))
    kept = [harness.signal(f"line_{n}", *writes) for n in range(POSTED)]
    in_memory = harness.unit.base << (PAGE_BITS - LINE_BITS)
    for n, line in enumerate(kept):
        place = (n - oldest)[: len(oldest)]
        harness.claim(under_way[n] == (place < count))
        fresh = ports.new & (place == ports.words.count)
        told = line == (in_memory + ports.watched)[:LOOKED_AT]
        harness.claim(implies(fresh & ports.to_it, told))
        known = ports.words.holds(place, lambda entry, told=told: ~entry | told)
        harness.claim(implies(place < ports.words.count, known))
    if harness.unit._timing.judge_latency:  # looked at a cycle late: nothing is added meanwhile
        late, now = harness.signal("write_pending"), harness.part("writes").pending
        harness.claim(harness.state()("LOOK", "WAIT") | late | ~now)
        mended = harness.unit._mended
        harness.claim(mended.corrected != mended.failed)


def rules(harness):
    """The ports' rules with what makes them inductive."""
    ports = at_the_ports(harness)
    reads_under_way(harness, ports)
    writes_under_way(harness, ports)
