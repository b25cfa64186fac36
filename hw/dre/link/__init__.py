"""The serial link: registers and streams of a unit over two wires (spec section 21)."""

from dre.link.config import LinkConfig
from dre.link.unit import Link

__all__ = ["Link", "LinkConfig"]
