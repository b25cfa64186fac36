"""Arbiters that are proved, made from what JSON can say."""

from dre.bus import Arbiter, ArbiterConfig, BusPort


def arbiter(ports, **parameters):
    """``ports``: build parameters of each."""
    ports = [BusPort(**port) for port in ports]
    return Arbiter(ArbiterConfig(ports=ports, **parameters))
