"""How many cycles the HCU may take (spec D34)."""

from math import ceil


def bound(build, tokens, clusters):
    """Most cycles of a chunk in a build, for ``clusters`` at chunk end."""
    groups = ceil(tokens / build.lanes)
    if build.preset == "asic":
        return groups * (clusters + 8) + tokens
    return groups * (clusters + 16) + 2 * tokens
