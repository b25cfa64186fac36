# amaranth: UnusedElaboratable=no
"""The port table: what it says of each shape, and that the ports are those expected."""

import enum
import json

import pytest
from amaranth.hdl import signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.export import UNITS, Build, layout, members, page, ports
from dre.export.units import Unit
from dre.packing import pack
from export import expected_ports
from export.builds_export import small


@pytest.mark.parametrize("unit", UNITS)
def test_the_ports_are_those_expected(unit):
    found = list(expected_ports.lines(ports.table(Build.of(unit))))
    expected = expected_ports.path_of(unit).read_text().splitlines()
    changed = [line for line in found if line not in expected]
    changed += [f"not any more: {line}" for line in expected if line not in found]
    assert found == expected, (
        f"the interface of {unit} has changed ({'; '.join(changed[:9]) or 'its order'}). If that "
        f"is meant: `{expected_ports.COMMAND}`, and commit what it writes"
    )


def test_nothing_else_is_expected():
    assert {path.stem for path in expected_ports.FOLDER.iterdir()} == set(UNITS)


class Colour(enum.Enum):
    RED = 0
    BLUE = 2


class Pair(data.Struct):
    first: 3
    second: signed(4)


LAYOUT = data.StructLayout(
    {
        "kind": Colour,
        "either": data.UnionLayout({"number": range(-3, 5), "pairs": data.ArrayLayout(Pair, 2)}),
        "words": data.ArrayLayout(5, 3),
        "nothing": 0,
    }
)


class Sample(wiring.Component):
    """A sample.

    Members
    -------
    plain : In(3), level : Out(range(5))
        Two of them, ``plain``
        and level.
    beats, <any>_stream : In(stream)
        Streams.
    unsaid

    Notes
    -----
    other : Out(1)
        No port is meant here.
    """

    def __init__(self, config):
        beats = stream.Signature(LAYOUT)
        super().__init__(
            {
                "plain": In(3),
                "level": Out(range(5)),
                "beats": In(beats),
                "one_stream": Out(beats),
                "unsaid": Out(Pair),
                "other": Out(1).array(2),
                "memory": Out(axi.reads(64, 32, 2)),
                "served": In(axi.writes(64, 32, 2)),
                "lite": In(wiring.Signature({"awvalid": Out(1), "awready": In(1)})),
                "pair": Out(wiring.Signature({"go": Out(1), "gone": In(1)})),
            }
        )


def sample():
    """The port table of the component above."""
    mover = Build.of("mover")
    return ports.table(Build(Unit("sample", Sample, type(mover.config)), mover.config, "sample"))


def test_interfaces_are_what_they_are():
    found = {each["name"]: (each["kind"], each["side"]) for each in sample()["interfaces"]}
    assert found == {
        "clk": ("clock", "input"),
        "rst": ("reset", "input"),
        "plain": ("value", "input"),
        "level": ("value", "output"),
        "beats": ("stream", "input"),
        "one_stream": ("stream", "output"),
        "unsaid": ("value", "output"),
        "other": ("value", "output"),
        "memory": ("axi4", "master"),
        "served": ("axi4", "slave"),
        "lite": ("axi4-lite", "slave"),
        "pair": ("bus", ""),
    }


def test_ports_have_the_names_and_directions_of_the_verilog():
    found = [(port["name"], port["direction"], port["bits"]) for port in ports.flat(sample())]
    assert found[:9] == [
        *(("clk", "input", 1), ("rst", "input", 1), ("plain", "input", 3), ("level", "output", 3)),
        *(("beats__payload", "input", 31), ("beats__valid", "input", 1)),
        *(("beats__ready", "output", 1), ("one_stream__payload", "output", 31)),
        ("one_stream__valid", "output", 1),
    ]
    assert found[11:13] == [("other__0", "output", 1), ("other__1", "output", 1)]
    assert ("memory__araddr", "output", 32) in found
    assert ("memory__rdata", "input", 64) in found
    assert ("served__wstrb", "input", 8) in found
    assert found[-2:] == [("pair__go", "output", 1), ("pair__gone", "input", 1)]


def test_fields_have_their_places():
    found = [(path, page.bits(said), page.what(said)) for path, said in walk(LAYOUT)]
    assert found == [
        ("kind", "[1:0]", "0 RED, 2 BLUE"),
        ("either", "[15:2]", "one of `number`, `pairs`"),
        ("either.number", "[5:2]", "-3 to 4"),
        ("either.pairs", "[15:2]", "2 elements of 7 bits, the first in the lowest bits"),
        ("either.pairs[0]", "[8:2]", ""),
        ("either.pairs[0].first", "[4:2]", ""),
        ("either.pairs[0].second", "[8:5]", "signed"),
        ("either.pairs[1]", "[15:9]", ""),
        ("either.pairs[1].first", "[11:9]", ""),
        ("either.pairs[1].second", "[15:12]", "signed"),
        ("words", "[30:16]", "3 elements of 5 bits, the first in the lowest bits"),
        ("nothing", "", ""),
    ]


def walk(shape):
    return list(layout.walk(layout.describe(shape)))


def test_places_are_those_where_a_value_goes():
    """By the benches' own way of packing, which knows nothing of the table."""
    config = Build.of("hcu").config
    for path, said in walk(config.assignment_packet):
        if "fields" not in said:
            value = (1 << said["bits"]) - 1
            for name in reversed(path.split(".")):
                value = {name: value}
            ones = ((1 << said["bits"]) - 1) << said["offset"]
            assert pack(config.assignment_packet, value) == ones


def test_what_the_source_says_is_there():
    said = {each["name"]: each["about"] for each in sample()["interfaces"]}
    assert said["plain"] == said["level"] == "Two of them, `plain` and level."
    assert said["beats"] == said["one_stream"] == "Streams."
    assert said["unsaid"] == said["other"] == said["memory"] == ""


@pytest.mark.parametrize("unit", UNITS)
def test_the_source_says_something_of_most_ports(unit):
    """A docstring in a form that is not understood would say nothing at all."""
    names = list(UNITS[unit].component(small(unit).config).signature.members)
    assert len(members.about(UNITS[unit].component, names)) >= 0.7 * len(names)


@pytest.mark.parametrize("unit", UNITS)
def test_page_and_data_agree(unit):
    said = ports.table(small(unit))
    text = page.markdown(said)
    assert json.loads(json.dumps(said)) == said
    for interface in said["interfaces"]:
        assert f"\n## `{interface['name']}`: " in text
        for port in interface["ports"]:
            assert f"\n| `{port['name']}` | {port['direction']} | {port['bits']} |\n" in text
            for path, field in layout.walk(port["layout"]):
                assert f"\n| `{path}` | {page.bits(field)} | {field['bits']} | " in text
    assert text.count("  .") == len(ports.flat(said))
