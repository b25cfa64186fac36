"""The host's side of the serial link (spec section 21), in plain Python."""

from dre.host.client import BadCommand, Client, Identity, NoAnswer, Silent
from dre.host.line import Line, LineGone, SerialLine

__all__ = [
    "BadCommand",
    "Client",
    "Identity",
    "Line",
    "LineGone",
    "NoAnswer",
    "SerialLine",
    "Silent",
]
