"""Arbiters that are simulated: odd counts of ports, wide and narrow ones."""

from dre.bus import ArbiterConfig, BusPort

MOVERS = {"name": "movers", "ids": 16, "reads": 1, "writes": 1}
HOME = BusPort(name="home", data_bits=64, reads=1, writes=8)

BUILDS = {
    "one": ArbiterConfig(ports=[BusPort(**MOVERS, data_bits=64)], data_bits=64, address_bits=16),
    "two": ArbiterConfig(
        ports=[BusPort(**MOVERS, data_bits=128), HOME], data_bits=128, address_bits=40
    ),
    "five": ArbiterConfig(
        ports=[
            BusPort(**MOVERS, data_bits=256),
            HOME,
            BusPort(name="tables", data_bits=256, ids=2, reads=1, writes=4),
            BusPort(name="rows", data_bits=128, reads=4),
            BusPort(name="log", data_bits=64, writes=3),
        ],
        data_bits=256,
        address_bits=33,
    ),
    "readers": ArbiterConfig(
        ports=[
            BusPort(name="rows", data_bits=64, ids=3, reads=2),
            BusPort(name="tables", data_bits=64, ids=2, reads=1),
        ],
    ),
}
