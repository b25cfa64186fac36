"""What leaves on ``reads``, ``rows`` and ``selected``: all that was promised, once, in order.

Spec D26, D27, D45 to D49. The claims of `at_the_ports` are about ports only. What `invariants`
claims of the inside makes them inductive; it is proved along with them.
"""

from amaranth.hdl import Mux, Value

from dre.layouts import RowStatus
from verification.claims import implies
from wtu.properties.inside import Inside, beats_of, is_long
from wtu.properties.invariants import invariants
from wtu.properties.order import FIELDS, Promises, ReadPromises, Seen
from wtu.properties.streams import assume_inputs


def at_the_ports(harness):
    """All of them, as a user sees them; returns what they are claimed of."""
    assume_inputs(harness)
    promises, to_read, seen = Promises(harness), ReadPromises(harness), Seen(harness)
    reads(harness, to_read)
    rows(harness, promises, seen)
    selected(harness, promises, seen)
    return promises, to_read, seen


def same_header(header, promise):
    """Whether a header has these fields."""
    same = 1
    for name in FIELDS:
        same &= header[name] == promise[name]
    return same


def reads(harness, to_read):
    """Each row of each chunk that has any, once, in order; counts with the first.

    Long rows twice, and counts each time.
    """
    port, claim = harness.unit.reads, harness.claim
    request, promise = port.payload, to_read.oldest
    long = is_long(harness.unit._build, promise.clusters)
    claim(to_read.count <= to_read.depth)
    claim(implies(port.valid, to_read.count != 0))
    claim(implies(port.valid, same_header(request, promise)))
    claim(implies(port.valid, request.row == to_read.at >> 1))
    claim(implies(port.valid, request.counts == ((request.row == 0) | long)))
    claim(implies(to_read.count != 0, to_read.at < promise.rows << 1))


def rows(harness, promises, seen):
    """A packet a row, in order, with a mask for each beat of it."""
    port, claim, config = harness.unit.rows, harness.claim, harness.unit._build
    beat, chunk = port.payload, promises.oldest.chunk
    header, ok = beat.data.header, Promises.has_rows(promises.oldest)
    claim(promises.count <= promises.depth)
    claim(implies(port.valid, (promises.count != 0) & ok & (seen.rows < chunk.rows)))
    claim(implies(port.valid, beat.first == ~seen.in_row))
    claim(implies(port.valid, ~(beat.first & beat.last)))
    claim(implies(seen.header, same_header(header, chunk) & (header.row == seen.rows)))
    claim(implies(seen.is_mask, seen.masks < beats_of(config, chunk.clusters)))
    claim(implies(seen.row_ends, seen.masks == beats_of(config, chunk.clusters)))
    status = beat.data.trailer.status
    claim(implies(seen.row_ends, Value.cast(status) < RowStatus.BAD_CONFIG.value))


def selected(harness, promises, seen):
    """A packet a chunk, which ends when its rows have been given; parts are new in a mask."""
    port, claim = harness.unit.selected, harness.claim
    beat, promise = port.payload, promises.oldest
    part, trailer = beat.data.part, beat.data.trailer
    claim(implies(port.valid, promises.count != 0))
    claim(implies(port.valid, beat.first == ~seen.in_chunk))
    claim(implies(port.valid, ~(beat.first & beat.last)))
    claim(implies(port.valid & beat.first, same_header(beat.data.header, promise.chunk)))
    claim(implies(seen.is_part, Promises.has_rows(promise) & (part.mask != 0)))
    claim(implies(seen.is_part, part.beat + 1 == seen.offered))
    claim(implies(seen.is_part, (part.mask & ~seen.mask) == 0))
    all_rows = Mux(promise.fits, promise.chunk.rows, 0)
    claim(implies(seen.ends, (seen.rows == all_rows) & ~harness.unit.rows.valid))
    worst = Mux(promise.fits, Value.cast(seen.status), RowStatus.BAD_CONFIG.value)
    claim(implies(seen.ends, Value.cast(trailer.status) == worst))


def packets(harness):
    """With what makes them inductive, and a cover for each kind of end."""
    seen = at_the_ports(harness)
    invariants(harness, Inside(harness), *seen)
    covers(harness, *seen)


def covers(harness, promises, to_read, seen):
    """Each end of a chunk that needs no data, and rows with masks.

    With ``fpga`` a mask takes so long that solvers do not come to it in minutes: that one is on its
    way is a cover of `wtu.properties.addresses`.
    """
    trailer = harness.unit.selected.payload.data.trailer
    rows = promises.oldest.chunk.rows
    harness.cover(seen.ends & (trailer.status == RowStatus.BAD_CONFIG))
    harness.cover(seen.ends & (rows == 0) & (trailer.status == RowStatus.OK))
    harness.cover(seen.ends & (rows == harness.unit._build.max_rows) & (to_read.at == 0))
    harness.cover(seen.row_ends & (seen.masks == 0))
    if harness.unit._build.preset == "asic":
        harness.cover(seen.is_mask & (seen.masks == 1))
        harness.cover(seen.is_part)
    harness.cover(harness.unit.reads.valid & ~harness.unit.reads.payload.counts)
    harness.cover(promises.count == promises.depth)
    if harness.unit._build.reads_twice:
        harness.cover(to_read.at[0])
