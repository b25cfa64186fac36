# amaranth: UnusedElaboratable=no
"""Build parameters of the mover: what is accepted, and the wording of every message."""

import dataclasses
import re

import pytest
from amaranth.hdl import Fragment

from dre.kvmu import Mover, MoverConfig

LIMITS = {"address_bits": (16, 64), "outstanding": (1, 64), "timeout": (128, 2**24)}
POWERS = {
    "data_bits": (64, 512),
    "burst_bytes": (16, 2048),
    "jobs": (2, 64),
    "job_bytes": (256, 2**20),
}


def refused(error, message):
    """Expect an error with exactly this message."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("name", LIMITS | POWERS)
def test_a_number_may_lie_within_its_limits(name):
    low, high = (LIMITS | POWERS)[name]
    more = {"job_bytes": 2**20} if name == "burst_bytes" else {}
    for value in (low, low + 1 if name in LIMITS else 2 * low, high):
        assert getattr(MoverConfig(**{**more, name: value}), name) == value


@pytest.mark.parametrize("name", LIMITS | POWERS)
def test_a_number_outside_its_limits_is_refused(name):
    low, high = (LIMITS | POWERS)[name]
    for value in (low - 1, high + 1, 2 * high, 0, -low):
        with refused(ValueError, f"{name} must be between {low} and {high}, not {value}"):
            MoverConfig(**{name: value})


@pytest.mark.parametrize("name", POWERS)
def test_what_must_be_a_power_of_two(name):
    low, high = POWERS[name]
    for value in (low + 1, 3 * low, high - 1):
        with refused(ValueError, f"{name} must be a power of two, not {value}"):
            MoverConfig(**{name: value})


@pytest.mark.parametrize("name", LIMITS | POWERS)
@pytest.mark.parametrize("value", [64.0, "64", None, True], ids=repr)
def test_a_number_is_an_int(name, value):
    with refused(TypeError, f"{name} must be an int, not {value!r}"):
        MoverConfig(**{name: value})


@pytest.mark.parametrize(
    ("data_bits", "least", "most"), [(64, 16, 2048), (128, 32, 4096), (512, 128, 4096)]
)
def test_a_burst_has_2_to_256_beats_within_a_page(data_bits, least, most):
    for value in (least, most):
        MoverConfig(data_bits=data_bits, burst_bytes=value)
    for value in (least // 2, most * 2):
        with refused(ValueError, f"burst_bytes must be between {least} and {most}, not {value}"):
            MoverConfig(data_bits=data_bits, burst_bytes=value)


def test_the_default_is_the_one_of_the_specification():
    assert dataclasses.asdict(MoverConfig()) == {
        "data_bits": 64,
        "address_bits": 40,
        "outstanding": 16,
        "burst_bytes": 256,
        "jobs": 16,
        "job_bytes": 65_536,
        "timeout": 16_384,
        "preset": "asic",
    }


def test_a_preset_is_one_of_a_list():
    with refused(ValueError, "preset must be one of 'asic', 'fpga', not 'ASIC'"):
        MoverConfig(preset="ASIC")


@pytest.mark.parametrize("preset", ["asic", "fpga"])
def test_the_smallest_mover_elaborates(preset):
    smallest = {name: low for name, (low, _) in (LIMITS | POWERS).items() if name != "job_bytes"}
    Fragment.get(Mover(MoverConfig(**smallest, job_bytes=16, preset=preset)), None)


@pytest.mark.parametrize("config", [None, {}, "asic", MoverConfig], ids=repr)
def test_a_mover_wants_its_configuration(config):
    with refused(TypeError, f"config must be a MoverConfig, not {config!r}"):
        Mover(config)
