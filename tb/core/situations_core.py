"""Situations that a run of random chunks must have seen."""

import itertools

CROSSED = ("table full", "stalls", "error", "another context")
"""What may come together in a chunk, in any combination. An error: a row that has scores that are
no numbers, or a command just before that is refused."""


def cross(flags):
    """Name of a combination of `CROSSED`."""
    there = [name for name, flag in zip(CROSSED, flags, strict=True) if flag]
    return f"({', '.join(there) or 'none'})"


SITUATIONS = (
    *("no room", "bad command", "rows not finite"),
    *("founded", "joined", "table full", "rows", "long rows"),
    *("no clusters yet", "no rows", "mode exp", "mode weight", "everything is selected"),
    *("several at once", "another part", "freed", "from_ring", "from_area", "from_far"),
    *("pages_hit", "pages_read", "pages_written"),
    *map(cross, itertools.product((False, True), repeat=len(CROSSED))),
)
"""What a run must have seen."""
