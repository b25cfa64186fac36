"""What leaves on ``assignments``: packets, one for each header taken, no token without a cluster.

Spec D12 to D14, D26, D31, D32. The claims of `well_formed` and `clusters` are about ports only.
What `invariants` claims of the inside makes them inductive; it is proved along with them.
"""

from dre.layouts import ChunkStatus
from hcu.properties.inside import Inside, fits
from hcu.properties.invariants import invariants
from hcu.properties.order import FIELDS, Promises, Seen
from hcu.properties.streams import assume_inputs
from verification.claims import implies


def well_formed(harness, promises, seen):
    """Header first, then tokens, then the trailer, and each what was promised."""
    port, claim, config = harness.unit.assignments, harness.claim, harness.unit._build
    beat, promise = port.payload, promises.oldest
    header, trailer = beat.data.header, beat.data.trailer
    ends, ok = port.valid & beat.last, trailer.status == ChunkStatus.OK
    claim(implies(port.valid, beat.first == ~seen.inside))
    claim(implies(port.valid, ~(beat.first & beat.last)))
    claim(implies(port.valid, promises.count != 0))
    claim(promises.count <= Promises.DEPTH)
    for name in FIELDS:
        claim(implies(port.valid & beat.first, header[name] == promise.header[name]))
    claim(implies(seen.is_token, seen.tokens < promise.header.tokens))
    claim(implies(ends & ok, seen.tokens == promise.header.tokens))
    claim(implies(ends & ok, trailer.clusters == promise.header.clusters + seen.founded))
    claim(implies(ends & ~ok, trailer.clusters == promise.header.clusters))
    bad = trailer.status == ChunkStatus.BAD_CONFIG
    claim(implies(ends, bad == ~fits(config, promise.header, promise.settings)))


def clusters(harness, promises, seen):
    """Every token's cluster is there, and every founder's allowed."""
    token, claim = harness.unit.assignments.payload.data.token, harness.claim
    promise, config = promises.oldest, harness.unit._build
    there = promise.header.clusters + seen.founded
    joined, founded = seen.is_token & ~token.founded, seen.is_token & token.founded
    claim(implies(joined, token.cluster < there))
    claim(implies(founded, token.cluster == there))
    claim(implies(founded, token.cluster < promise.settings.max_clusters))
    claim(implies(seen.is_token, token.cluster < config.max_clusters))
    claim(implies(founded, ~token.full & (token.distance == 0)))


def at_the_ports(harness):
    """Both, as a user sees them; returns what they are claimed of."""
    assume_inputs(harness)
    promises, seen = Promises(harness), Seen(harness)
    well_formed(harness, promises, seen)
    clusters(harness, promises, seen)
    return promises, seen


def every_token_has_a_cluster(harness):
    """Both, with what makes them inductive, and a cover for each kind of end."""
    promises, seen = at_the_ports(harness)
    invariants(harness, Inside(harness), promises, seen)
    covers(harness, promises, seen)


def covers(harness, promises, seen):
    """Each status of a trailer, and each kind of token."""
    port = harness.unit.assignments
    trailer, token = port.payload.data.trailer, port.payload.data.token
    ends = port.valid & port.payload.last
    for status in ChunkStatus:
        harness.cover(ends & (trailer.status == status))
    harness.cover(ends & (trailer.status == ChunkStatus.OK) & (seen.tokens == 3))
    harness.cover(seen.is_token & token.founded & (token.cluster != 0))
    harness.cover(seen.is_token & token.full)
    harness.cover(seen.is_token & ~token.founded & ~token.full)
    harness.cover(promises.count == Promises.DEPTH)
