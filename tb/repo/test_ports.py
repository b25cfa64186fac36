# amaranth: UnusedElaboratable=no
"""replay.ports: the C++ names each field at the place where the hardware has it."""

import re

from dre import HCU, WTU, HCUConfig, WTUConfig
from dre.kvmu import Mover, MoverConfig
from dre.packing import pack
from replay import ports

FIELD = re.compile(r"using (\w+) = replay::Field<(\d+), (\d+)>;")


def test_fields_lie_where_the_layout_has_them():
    config = HCUConfig(hash_bits=128, max_clusters=1000)
    text = ports.header(HCU(config), "hcu")
    struct = text[text.index("struct assignments {") :].partition("\n};")[0]
    token = struct[struct.index("struct token {") :].partition("};")[0]
    fields = {name: (int(at), int(size)) for name, at, size in FIELD.findall(token)}
    assert list(fields) == ["cluster", "founded", "full", "distance", "word"]
    for name, (at, size) in fields.items():
        beat = {"data": {"token": {name: (1 << size) - 1}}}
        assert pack(config.assignment_packet, beat) == (1 << size) - 1 << at
    assert "BITS = 150;" in struct
    assert "return m.assignments___05Fpayload;" in struct
    assert "static auto& value(Model& m) { return m.settings; }" in text


def test_an_array_is_one_field():
    config = WTUConfig(lanes=3)
    text = ports.header(WTU(config), "wtu")
    struct = text[text.index("struct scores {") :].partition("\n};")[0]
    fields = {name: (int(at), int(size)) for name, at, size in FIELD.findall(struct)}
    assert fields["entries"] == (config.entries_packet["data"].offset, 3 * 16)


def test_plain_ports_and_buses_have_their_signals():
    config = MoverConfig()
    text = ports.header(Mover(config), "mover")
    assert "static auto& value(Model& m) { return m.quiesce; }" in text
    bus = text[text.index("\nstruct source {") :].partition("\n};")[0]
    assert "static auto& arvalid(Model& m) { return m.source___05Farvalid; }" in bus
    assert "BITS" not in bus


def test_constants_are_in_capitals():
    assert "constexpr unsigned HASH_BITS = 32;" in ports.constants({"hash_bits": 32})
