# amaranth: UnusedElaboratable=no
"""Build parameters of the hardware: what is accepted, and the wording of every message."""

import dataclasses
import re

import pytest
from amaranth.hdl import Fragment

from dre import HCU, HCUConfig
from dre.memory import SyncMemory
from dre.monitor import Monitor

LIMITS = {
    "hash_bits": (16, 128),
    "lanes": (1, 64),
    "max_clusters": (1, 65_535),
    "max_chunk": (1, 256),
}
NAMES = {"table": ("stream", "memory"), "preset": ("asic", "fpga")}
STEP = {"hash_bits": 8}  # to the next value that breaks no other rule

SMALLEST = {name: low for name, (low, _) in LIMITS.items()}


def refused(error, message):
    """Expect an error with exactly this message."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_may_lie_anywhere_within_its_limits(name):
    low, high = LIMITS[name]
    for value in (low, low + STEP.get(name, 1), high):
        config = HCUConfig(**{name: value})
        assert getattr(config, name) == value
        HCU(config)


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_outside_its_limits_is_refused(name):
    low, high = LIMITS[name]
    for value in (low - 1, low - STEP.get(name, 1), high + 1, high + STEP.get(name, 1), 0, -low):
        with refused(ValueError, f"{name} must be between {low} and {high}, not {value}"):
            HCUConfig(**{name: value})


@pytest.mark.parametrize("value", [17, 20, 33, 124, 127])
def test_a_hash_word_is_whole_bytes(value):
    with refused(ValueError, f"hash_bits must be a multiple of 8, not {value}"):
        HCUConfig(hash_bits=value)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [32.0, "32", None, True, [32]], ids=repr)
def test_a_number_is_an_int(name, value):
    with refused(TypeError, f"{name} must be an int, not {value!r}"):
        HCUConfig(**{name: value})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_of_a_list(name):
    first, second = NAMES[name]
    for value in (first, second):
        assert getattr(HCUConfig(**{name: value}), name) == value
    rule = f"{name} must be one of '{first}', '{second}', not "
    for value in ("", first.upper(), f"{second} "):
        with refused(ValueError, f"{rule}{value!r}"):
            HCUConfig(**{name: value})
    for value in (None, 0, [first], first.encode()):
        with refused(TypeError, f"{rule}{value!r}"):
            HCUConfig(**{name: value})


def test_the_default_is_the_one_of_the_specification():
    assert dataclasses.asdict(HCUConfig()) == {
        "hash_bits": 32,
        "lanes": 10,
        "max_clusters": 4096,
        "max_chunk": 256,
        "table": "stream",
        "preset": "asic",
    }


def test_a_configuration_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        HCUConfig().lanes = 3


@pytest.mark.parametrize(
    ("lanes", "max_chunk", "groups"), [(10, 256, 26), (10, 10, 1), (10, 11, 2), (64, 1, 1)]
)
def test_groups_hold_the_largest_chunk(lanes, max_chunk, groups):
    assert HCUConfig(lanes=lanes, max_chunk=max_chunk).groups == groups


@pytest.mark.parametrize("table", NAMES["table"])
@pytest.mark.parametrize("preset", NAMES["preset"])
def test_the_smallest_unit_elaborates(table, preset):
    Fragment.get(HCU(HCUConfig(**SMALLEST, table=table, preset=preset)), None)


@pytest.mark.parametrize("config", [None, {}, 32, "asic", HCUConfig], ids=repr)
def test_a_unit_wants_its_configuration(config):
    with refused(TypeError, f"config must be an HCUConfig, not {config!r}"):
        HCU(config)


@pytest.mark.parametrize(("depth", "latency"), [(1, 1), (2, 2), (2**24, 1)])
def test_a_memory_within_its_limits(depth, latency):
    memory = SyncMemory(shape=8, depth=depth, latency=latency)
    assert (memory.depth, memory.latency) == (depth, latency)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"depth": 0}, ValueError, "depth must be between 1 and 16777216, not 0"),
        ({"depth": 2**24 + 1}, ValueError, "depth must be between 1 and 16777216, not 16777217"),
        ({"depth": 4.0}, TypeError, "depth must be an int, not 4.0"),
        ({"depth": True}, TypeError, "depth must be an int, not True"),
        ({"latency": 0}, ValueError, "latency must be between 1 and 2, not 0"),
        ({"latency": 3}, ValueError, "latency must be between 1 and 2, not 3"),
        ({"latency": "1"}, TypeError, "latency must be an int, not '1'"),
        ({"latency": True}, TypeError, "latency must be an int, not True"),
    ],
)
def test_a_memory_outside_its_limits_is_refused(bad, error, message):
    with refused(error, message):
        SyncMemory(**{"shape": 8, "depth": 4, "latency": 1, **bad})


def test_a_monitor_keeps_only_what_it_counts():
    Monitor(counted=("a", "b"), sticky=())
    Monitor(counted=("a", "b"), sticky=("b", "a"))
    with refused(ValueError, "sticky must name counted events, not 'c'"):
        Monitor(counted=("a", "b"), sticky=("a", "c"))
