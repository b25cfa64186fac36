# amaranth: UnusedElaboratable=no
"""Build parameters of the arbiter: what is refused, and what follows from them."""

import re

import pytest

from bus.builds_bus import BUILDS, HOME, MOVERS
from dre.bus import Arbiter, ArbiterConfig, BusPort

PORT = {"name": "movers", "data_bits": 128, "ids": 4, "reads": 1, "writes": 1}
WIDE = BusPort(**PORT)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", "out", "name must be an identifier, none of out, events, stray, not 'out'"),
        ("name", "events", "name must be an identifier, none of out, events, stray, not 'events'"),
        ("name", "stray", "name must be an identifier, none of out, events, stray, not 'stray'"),
        ("name", "a b", "name must be an identifier, none of out, events, stray, not 'a b'"),
        ("data_bits", 32, "data_bits must be between 64 and 512, not 32"),
        ("data_bits", 96, "data_bits must be a power of two, not 96"),
        ("ids", 0, "ids must be between 1 and 64, not 0"),
        ("ids", 65, "ids must be between 1 and 64, not 65"),
        ("reads", 17, "reads must be between 0 and 16, not 17"),
        ("writes", -1, "writes must be between 0 and 16, not -1"),
    ],
)
def test_a_port_outside_its_limits_is_refused(name, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BusPort(**{**PORT, name: value})


def test_a_port_reads_or_writes():
    with pytest.raises(ValueError, match=r"^reads and writes must not both be 0$"):
        BusPort(name="idle", data_bits=64)


@pytest.mark.parametrize("name", ["data_bits", "ids", "reads", "writes"])
def test_a_number_of_a_port_is_an_int(name):
    with pytest.raises(TypeError, match=f"^{name} must be an int, not '1'$"):
        BusPort(**{**PORT, name: "1"})


def test_a_name_is_a_str():
    with pytest.raises(TypeError, match=r"^name must be a str, not 7$"):
        BusPort(**{**PORT, "name": 7})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ports": []}, "number of ports must be between 1 and 16, not 0"),
        ({"ports": [WIDE, WIDE]}, "names of ports must differ, not movers, movers"),
        ({"data_bits": 1024}, "data_bits must be between 64 and 512, not 1024"),
        ({"address_bits": 15}, "address_bits must be between 16 and 64, not 15"),
        (
            {"data_bits": 64},
            "data_bits of movers must be at most those of the bus (64), not 128",
        ),
        ({"data_bits": 256}, "ids of movers must be 1, since it is narrow, not 4"),
    ],
)
def test_a_build_that_cannot_be_is_refused(changed, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ArbiterConfig(**{"ports": [WIDE], "data_bits": 128, **changed})


def test_a_port_is_a_bus_port():
    with pytest.raises(TypeError, match=r"^ports must be BusPort, not 'movers'$"):
        ArbiterConfig(ports=["movers"])


def test_an_arbiter_takes_its_config():
    with pytest.raises(TypeError, match=r"^config must be an ArbiterConfig, not 5$"):
        Arbiter(5)


def test_ids_of_the_bus_have_the_number_of_the_port_above_the_widest_ones():
    five, one = BUILDS["five"], BUILDS["one"]
    assert (five.number_bits, five.port_id_bits, five.id_bits) == (3, 4, 7)
    assert (one.number_bits, one.port_id_bits, one.id_bits) == (0, 4, 4)


def test_ports_have_the_channels_that_they_use():
    unit = Arbiter(BUILDS["five"])
    assert not hasattr(unit.rows, "awvalid")
    assert not hasattr(unit.log, "arvalid")
    assert len(unit.home.rdata) == HOME.data_bits
    assert len(unit.movers.rid) == (MOVERS["ids"] - 1).bit_length()
    assert not hasattr(Arbiter(BUILDS["readers"]).out, "awvalid")
