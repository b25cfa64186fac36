# amaranth: UnusedElaboratable=no
"""Build parameters of the table unit: what is accepted, and the wording of every message."""

import re

import pytest

from dre.table import TableConfig, TableUnit
from dre.verilog import to_verilog

LIMITS = {
    "contexts": (1, 256),
    "max_clusters": (1, 65_535),
    "hash_bits": (16, 128),
    "hash_lanes": (1, 64),
    "max_chunk": (1, 256),
    "max_rows": (1, 65_535),
    "address_bits": (24, 64),
    "timeout": (128, 2**24),
}
POWERS = {
    "lanes": (1, 64),
    "data_bits": (64, 512),
    "burst_bytes": (128, 2_048),
    "fetch_bytes": (512, 65_536),
    "updates": (2, 32),
}
ROOM = {"address_bits": 40, "fetch_bytes": 65_536}


def refused(error, message):
    """Expect an error with exactly this message."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("name", LIMITS | POWERS)
def test_a_number_may_lie_within_its_limits(name):
    low, high = (LIMITS | POWERS)[name]
    more = {"contexts": 1} if name == "address_bits" else ROOM
    for value in (low, high):
        assert getattr(TableConfig(**{**more, name: value}), name) == value


@pytest.mark.parametrize("name", LIMITS | POWERS)
def test_a_number_outside_its_limits_is_refused(name):
    low, high = (LIMITS | POWERS)[name]
    for value in (low - 1, high + 1, 0, -low):
        with refused(ValueError, f"{name} must be between {low} and {high}, not {value}"):
            TableConfig(**{name: value})


@pytest.mark.parametrize("name", POWERS)
def test_what_must_be_a_power_of_two(name):
    low, high = POWERS[name]
    for value in {3 * low, high - 1} - {low, high, 2 * low}:
        with refused(ValueError, f"{name} must be a power of two, not {value}"):
            TableConfig(**{**ROOM, name: value})


@pytest.mark.parametrize("name", LIMITS | POWERS)
@pytest.mark.parametrize("value", [32.0, "32", None, True], ids=repr)
def test_a_number_is_an_int(name, value):
    with refused(TypeError, f"{name} must be an int, not {value!r}"):
        TableConfig(**{name: value})


def test_hash_bits_are_whole_bytes():
    with refused(ValueError, "hash_bits must be a multiple of 8, not 33"):
        TableConfig(hash_bits=33)


def test_every_entry_has_an_address():
    rule = "bytes of the table must be at most 16777216 with address_bits 24, not 167772160"
    with refused(ValueError, rule):
        TableConfig(contexts=256, max_clusters=65_535, address_bits=24)


@pytest.mark.parametrize(("hash_bits", "size"), [(16, 8), (48, 8), (56, 16), (112, 16), (120, 32)])
def test_an_entry_takes_a_power_of_two_of_bytes(hash_bits, size):
    assert TableConfig(hash_bits=hash_bits).entry_bytes == size


def test_the_unit_takes_its_configuration_only():
    with refused(TypeError, "config must be a TableConfig, not None"):
        TableUnit(None)


@pytest.mark.parametrize("contexts", [1, 3, 256])
def test_odd_sizes_become_verilog(contexts):
    config = TableConfig(contexts=contexts, max_clusters=1, lanes=1, hash_bits=120, max_chunk=1)
    assert "module hct(" in to_verilog(TableUnit(config), "hct")
