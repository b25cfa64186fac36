# amaranth: UnusedElaboratable=no
"""Build parameters of the DRE: each arrives in every unit that has it, and limits of the whole."""

import re
from dataclasses import fields

import pytest

from dre.core import DRE, DREConfig
from dre.core.config import SCORES_FROM

OTHER = {
    **{"contexts": 5, "max_clusters": 300, "hash_bits": 64, "max_chunk": 96, "query_heads": 3},
    **{"hash_lanes": 7, "lanes": 8, "on_chip_clusters": 200, "near_slots": 900, "frames": 77},
    **{"far_pages": 555, "extents": 888, "entry_bytes": 256, "max_tokens": 70_000, "window": 9},
    **{"most_pages": 5, "retries": 4, "kept_words": 99, "cache_words": 256, "data_bits": 128},
    **{"outstanding": 6, "burst_bytes": 512, "fetch_bytes": 2_048, "updates": 4, "jobs": 8},
    **{"address_bits": 36, "timeout": 5_000, "preset": "fpga", "scores_from": "near"},
}
"""No default among them."""

RENAMED = {("hcu", "lanes"): "hash_lanes", ("wtu", "max_rows"): "max_rows"}
OWN = {
    *(("hcu", "table"), ("wtu", "variant"), ("wtu", "buckets"), ("wtu", "axis")),
    *(("kvmu", "store"), ("kvmu", "aged")),
}
"""Those that are not the DRE's to choose."""


def refused(message):
    """Expect a ValueError with exactly this message."""
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


def test_no_parameter_is_left_at_its_default():
    assert OTHER.keys() == {field.name for field in fields(DREConfig)}
    assert not [name for name, value in OTHER.items() if getattr(DREConfig(), name) == value]


@pytest.mark.parametrize("unit", ["hcu", "wtu", "kvmu", "table"])
def test_what_a_unit_has_is_what_was_asked_for(unit):
    config = DREConfig(**OTHER)
    part = getattr(config, unit)
    for field in fields(part):
        if (unit, field.name) not in OWN:
            name = RENAMED.get((unit, field.name), field.name)
            assert getattr(part, field.name) == getattr(config, name), (unit, field.name)
    assert config.max_rows == 3 * 96


def test_the_units_understand_each_other():
    config = DREConfig(**OTHER)
    assert config.hcu.pass_request == config.table.pass_request
    assert config.hcu.table_packet == config.table.table_packet
    assert config.wtu.row_request == config.table.row_request
    assert config.wtu.entries_packet == config.table.entries_packet
    assert config.hcu.assignment_packet == config.table.assignment_packet
    assert config.hcu.assignment_packet == config.kvmu.assignments_packet
    assert config.wtu.selected_packet == config.kvmu.selected_packet
    assert config.kvmu.aged_token == config.table.aged_token


def test_the_metadata_are_narrow_on_a_wide_bus():
    ports = {port.name: port.data_bits for port in DREConfig(**OTHER).bus.ports}
    right = {"words": 128, "tallies": 128, "changes": 128, "home": 64, "mover": 128, "scores": 128}
    assert ports == right


def test_who_waits_for_others_must_not_be_given_up():
    rule = "timeout must be at least 3120, twice the beats that may be under way, not 3119"
    with refused(rule):
        DREConfig(timeout=3_119)
    assert DREConfig(timeout=3_120).timeout == 3_120


def test_all_of_near_memory_has_addresses():
    sizes = {"far_pages": 2_048, "extents": 4_096, "near_slots": 24_576, "contexts": 4}
    with refused("pages of near memory must be at most 4096 with address_bits 24, not 4209"):
        DREConfig(address_bits=24, max_clusters=1_024, **sizes)


def test_scores_come_one_way_or_the_other():
    with refused("scores_from must be one of 'stream', 'near', not 'far'"):
        DREConfig(scores_from="far")
    streamed, near = (DRE(DREConfig(scores_from=way)).signature.members for way in SCORES_FROM)
    assert "scores" in streamed
    assert "scores" not in near
    fields = [
        dict(members["chunks"].signature.members["payload"].shape) for members in (streamed, near)
    ]
    assert fields[1].keys() - fields[0].keys() == {"place"}


def test_bursts_of_scores_are_waited_for_too():
    rule = "timeout must be at least 4144, twice the beats that may be under way, not 4143"
    with refused(rule):
        DREConfig(timeout=4_143, scores_from="near")


@pytest.mark.parametrize(("name", "value"), [("query_heads", 65), ("lanes", 12), ("retries", 8)])
def test_a_number_outside_its_limits_is_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        DREConfig(**{name: value})


def test_the_unit_takes_its_configuration_only():
    with pytest.raises(TypeError, match=r"^config must be a DREConfig, not None$"):
        DRE(None)
