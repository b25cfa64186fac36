"""Bodies of components in cells of a Lattice ECP5."""

from dre.ecp5.platform import ECP5

__all__ = ["ECP5"]
