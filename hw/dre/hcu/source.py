"""Where the lanes' words come from."""

from amaranth.lib import enum


class Source(enum.Enum):
    """Where the word of a slot comes from."""

    TABLE = 0
    BUFFER = 1
    OWN = 2
