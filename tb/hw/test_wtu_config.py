"""Build parameters of the WTU: what is accepted, the wording of every message, what follows."""

import dataclasses
import re

import pytest

from dre.wtu.config import WTUConfig

LIMITS = {
    "lanes": (1, 64),
    "max_clusters": (1, 65_535),
    "on_chip_clusters": (1, 65_535),
    "max_rows": (1, 65_535),
    "buckets": (1, 128),
}
NAMES = {
    "preset": ("asic", "fpga"),
    "variant": ("exact", "bucket"),
    "axis": ("linear", "logit"),
}


def refused(error, message):
    """Expect an error with exactly this message."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_may_lie_anywhere_within_its_limits(name):
    low, high = LIMITS[name]
    for value in (low, low + 1, high):
        assert getattr(WTUConfig(**{name: value}), name) == value


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_outside_its_limits_is_refused(name):
    low, high = LIMITS[name]
    for value in (low - 1, high + 1, 2 * high, -low):
        with refused(ValueError, f"{name} must be between {low} and {high}, not {value}"):
            WTUConfig(**{name: value})


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [16.0, "16", None, True, [16]], ids=repr)
def test_a_number_is_an_int(name, value):
    with refused(TypeError, f"{name} must be an int, not {value!r}"):
        WTUConfig(**{name: value})


@pytest.mark.parametrize("field", NAMES)
def test_a_name_is_one_of_two(field):
    for value in NAMES[field]:
        config = WTUConfig(**{field: value, "max_clusters": 4096})
        assert getattr(config, field) == value
    rule = f"{field} must be one of {', '.join(map(repr, NAMES[field]))}, not "
    for value in ("", NAMES[field][0].upper(), f"{NAMES[field][1]} "):
        with refused(ValueError, f"{rule}{value!r}"):
            WTUConfig(**{field: value})
    for value in (None, 0, [NAMES[field][0]], NAMES[field][0].encode()):
        with refused(TypeError, f"{rule}{value!r}"):
            WTUConfig(**{field: value})


def test_the_default_is_the_one_of_the_specification():
    assert dataclasses.asdict(WTUConfig()) == {
        "lanes": 16,
        "max_clusters": 8192,
        "on_chip_clusters": 4096,
        "max_rows": 8192,
        "preset": "asic",
        "variant": "exact",
        "buckets": 20,
        "axis": "linear",
    }


def test_a_configuration_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        WTUConfig().lanes = 3


@pytest.mark.parametrize(
    ("lanes", "max_clusters", "beats"), [(16, 4096, 256), (1, 5, 5), (3, 40, 14), (64, 1, 1)]
)
def test_beats_hold_the_longest_row(lanes, max_clusters, beats):
    assert WTUConfig(lanes=lanes, max_clusters=max_clusters).beats == beats


@pytest.mark.parametrize(
    ("on_chip", "twice", "depth"), [(1, True, 2), (12, True, 4), (13, True, 8), (40, False, 16)]
)
def test_rows_that_are_not_kept_on_the_chip_are_read_twice(on_chip, twice, depth):
    config = WTUConfig(lanes=3, max_clusters=40, on_chip_clusters=on_chip)
    assert (config.reads_twice, config.row_depth, config.list_depth) == (twice, depth, 16)


def test_nothing_is_kept_beyond_the_longest_row():
    config = WTUConfig(lanes=16, max_clusters=256)
    assert (config.reads_twice, config.row_depth) == (False, 16)


@pytest.mark.parametrize(
    ("clusters", "on_chip", "candidates", "fill"),
    [
        (4096, 4096, 128, True),
        (2049, 4096, 128, True),
        (2048, 4096, 64, True),
        (8192, 4096, 512, False),
        (48, 4096, 2, True),
        (32, 4096, 2, False),
        (16, 4096, 2, False),
    ],
)
def test_lists_hold_half_a_row_unless_a_row_is_not_kept(clusters, on_chip, candidates, fill):
    config = WTUConfig(lanes=16, max_clusters=clusters, on_chip_clusters=on_chip)
    assert (config.candidates, config.lists_fill) == (candidates, fill)


def test_addresses_have_a_bit_where_a_row_is_one_beat():
    assert WTUConfig(lanes=16, max_clusters=16).list_depth == 2


def test_the_control_keeps_its_rows_on_the_chip():
    rule = "max_clusters must not be above on_chip_clusters with variant 'bucket' (9), not 10"
    WTUConfig(variant="bucket", max_clusters=9, on_chip_clusters=9)
    with refused(ValueError, rule):
        WTUConfig(variant="bucket", max_clusters=10, on_chip_clusters=9)
