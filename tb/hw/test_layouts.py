# amaranth: UnusedElaboratable=no
"""The port layout of the HCU in the paper's configuration, bit by bit.

Whoever connects the HCU relies on these positions: a change here is a change for users.
"""

import pytest
from amaranth.hdl import Shape
from amaranth.lib import data

from dre import HCU, HCUConfig, layouts

PAPER = HCUConfig(max_clusters=1024)

# Fields from bit 0 on: the first bit, the number of bits.
HASH_HEADER = {"context": (2, 12), "chunk": (14, 16), "clusters": (30, 11), "tokens": (41, 9)}
TABLE_HEADER = {"context": (2, 12), "chunk": (14, 16), "clusters": (30, 11), "group": (41, 5)}
ENDS = {"first": (0, 1), "last": (1, 1)}
STATUS = {
    "refused": (0, 1),
    "bad_config": (1, 1),
    "hash_out_of_step": (2, 1),
    "table_out_of_step": (3, 1),
}
PORTS = {
    "settings": {"Th_hd": (0, 6), "max_clusters": (6, 11), "cluster_cap": (17, 16)},
    "hash_bits": {**ENDS, "data": {"header": HASH_HEADER, "word": (2, 32)}},
    "passes": {"context": (0, 12), "chunk": (12, 16), "clusters": (28, 11), "group": (39, 5)},
    "table": {
        **ENDS,
        "data": {"header": TABLE_HEADER, "entry": {"word": (2, 32), "members": (34, 16)}},
    },
    "assignments": {
        **ENDS,
        "data": {
            "header": HASH_HEADER,
            "token": {
                "cluster": (2, 10),
                "founded": (12, 1),
                "full": (13, 1),
                "distance": (14, 6),
                "word": (20, 32),
            },
            "trailer": {"clusters": (2, 11), "status": (13, 2)},
        },
    },
    "status": STATUS,
    "clear": STATUS,
    "counters": {
        "chunks": (0, 32),
        "tokens": (32, 32),
        "founded": (64, 32),
        "full": (96, 32),
        "refused": (128, 32),
        "bad_config": (160, 32),
        "hash_out_of_step": (192, 32),
        "table_out_of_step": (224, 32),
    },
}


def described(layout, start=0):
    """A layout as in the tables above."""
    return {
        name: described(field.shape, start + field.offset)
        if isinstance(field.shape, data.Layout)
        else (start + field.offset, field.width)
        for name, field in layout
    }


def port_layouts(config):
    """Layout of each port of the HCU; of a stream, that of its payload."""
    members = HCU(config).signature.members
    return {
        name: member.shape if member.is_port else member.signature.members["payload"].shape
        for name, member in members.items()
    }


@pytest.mark.parametrize("preset", ["asic", "fpga"])
def test_fields_are_where_they_are_documented(preset):
    found = port_layouts(HCUConfig(max_clusters=1024, preset=preset))
    assert {name: described(layout) for name, layout in found.items()} == PORTS


def test_the_order_of_fields_is_from_bit_0_on():
    for name, layout in port_layouts(PAPER).items():
        assert list(described(layout)) == list(PORTS[name])


def test_with_the_table_on_the_chip_only_the_table_ports_go():
    inside = port_layouts(HCUConfig(max_clusters=1024, table="memory"))
    assert {name: described(layout) for name, layout in inside.items()} == {
        name: fields for name, fields in PORTS.items() if name not in ("passes", "table")
    }


def test_numbers_of_a_chunk_status_are_those_of_the_specification():
    assert {status.name: status.value for status in layouts.ChunkStatus} == {
        "OK": 0,
        "REFUSED": 1,
        "BAD_CONFIG": 2,
        "OUT_OF_STEP": 3,
    }


@pytest.mark.parametrize(
    ("name", "config", "widths"),
    [
        # Counts reach their maximum, indices stay below it, and no port is without bits.
        ("smallest", {"max_clusters": 1, "max_chunk": 1, "lanes": 1}, (1, 1, 1, 1)),
        ("just below", {"max_clusters": 1023, "max_chunk": 255, "lanes": 8}, (10, 10, 8, 5)),
        ("power of two", {"max_clusters": 1024, "max_chunk": 256, "lanes": 8}, (11, 10, 9, 5)),
        ("largest", {"max_clusters": 65_535, "max_chunk": 256, "lanes": 1}, (16, 16, 9, 8)),
    ],
)
def test_widths_follow_from_maxima(name, config, widths):
    config = HCUConfig(**config)
    beat = config.assignment_packet["data"].shape
    assert widths == (
        beat["header"].shape["clusters"].width,
        beat["token"].shape["cluster"].width,
        beat["header"].shape["tokens"].width,
        config.pass_request["group"].width,
    )


@pytest.mark.parametrize("hash_bits", [16, 32, 128])
def test_a_threshold_above_every_distance_can_be_set(hash_bits):
    settings = HCUConfig(hash_bits=hash_bits).settings
    assert settings["Th_hd"].width == Shape.cast(range(hash_bits + 2)).width
    assert hash_bits + 1 < 2 ** settings["Th_hd"].width
