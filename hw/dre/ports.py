"""Ports that a part has for the whole."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In


def pass_on(m, outside, inside, names):
    """Connect ports of the same name, whichever way they go."""
    for name in names:
        ours, theirs = getattr(outside, name), getattr(inside, name)
        member = inside.signature.members[name]
        if member.is_signature:
            wiring.connect(m, wiring.flipped(ours), theirs)
        elif member.flow is In:
            m.d.comb += theirs.eq(ours)
        else:
            m.d.comb += ours.eq(theirs)
