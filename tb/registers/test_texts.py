"""What comes from the table of registers besides hardware: C, SystemRDL, and documentation."""

import re
import subprocess
from dataclasses import replace

import pytest
from systemrdl import RDLCompiler

import registers_page
import simulate
from dre.core import DREConfig
from dre.core.register_map import VERSION, register_map
from dre.core.register_texts import texts
from dre.registers.c_header import c_header
from dre.registers.fields import Field, Register
from dre.registers.systemrdl import systemrdl
from registers.small_table import COUNTS, PLAIN, TABLE

TABLES = {
    "small": TABLE,
    "default": register_map(DREConfig()),
    "widest": register_map(DREConfig(address_bits=64, hash_bits=128, hash_lanes=8, preset="fpga")),
}
ACCESSES = {"constant": "r", "shown": "r", "held": "rw", "cleared": "rw", "done": "w"}


@pytest.fixture(params=TABLES)
def table(request):
    return TABLES[request.param]


def test_systemrdl_says_the_same(table, tmp_path):
    """Read back by the compiler that PeakRDL uses."""
    path = tmp_path / "registers.rdl"
    path.write_text(systemrdl(table, ["A test"]))
    compiler = RDLCompiler()
    compiler.compile_file(str(path))
    found = {node.inst_name: node for node in compiler.elaborate().top.registers()}
    for register in table.registers:
        node = found.pop(register.name)
        assert node.absolute_address == register.address
        fields = {field.inst_name: field for field in node.fields()}
        for field in register.fields:
            other = fields.pop(field.name)
            assert (other.low, other.high) == (field.low, field.high)
            assert other.get_property("sw").name == ACCESSES[field.access]
            onwrite = other.get_property("onwrite")
            assert (onwrite is not None and onwrite.name == "woclr") == (field.access == "cleared")
            if field.access != "shown":
                assert other.get_property("reset") == field.value
            if field.names:
                assert [member.name for member in other.get_property("encode")] == [*field.names]
        assert not fields
    for count in table.counts:
        node = found.pop(f"count_{count.name}")
        assert (node.absolute_address, node.size) == (table.address_of(count.name), 8)
    assert not found


def uses(table):
    """An expression that needs every address."""
    return " + ".join(f"{table.name}_{register.name}".upper() for register in table.registers)


def test_the_header_is_c_and_says_the_same(table, tmp_path):
    header = tmp_path / "registers.h"
    header.write_text(c_header(table, ["A test"]))
    program = tmp_path / "program.cpp"  # C++, for which there is a compiler wherever tests run
    program.write_text(
        f'#include "registers.h"\n#include "registers.h"\nint value = {uses(table)};\n'
    )
    strict = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only")
    subprocess.run(["c++", *strict, program], check=True)
    found = {
        name: int(value.rstrip("u"), 0)
        for name, value in re.findall(r"^#define (\w+) +(\w+)", header.read_text(), re.MULTILINE)
    }
    for register in table.registers:
        name = f"{table.name}_{register.name}".upper()
        assert found[name] == register.address
        for field in register.fields:
            if field.bits < 32:
                part = f"{name}_{field.name}".upper()
                assert found[f"{part}_SHIFT"] == field.low
                assert found[f"{part}_MASK"] == field.mask
    for count in table.counts:
        assert found[f"{table.name}_COUNT_{count.name}".upper()] == table.address_of(count.name)


def test_the_pages_are_up_to_date():
    """Each ends with the table of registers: of the default build and of both kinds of board."""
    names = []
    for path, heading, registers in registers_page.tables():
        names.append(path.name)
        assert path.read_text().endswith(heading + registers), "write it again: make registers"
    assert names == ["registers.md", "boards.md", "dre-board.md"]


def test_texts_of_a_build():
    build = DREConfig(contexts=7)
    found = texts(build, "mine")
    assert set(found) == {"h", "rdl", "registers.md"}
    assert "#define MINE_BUILD_CONTEXTS_VALUE 7u" in found["h"]
    assert "addrmap mine {" in found["rdl"]
    assert "contexts 7" in found["h"]
    with pytest.raises(TypeError, match="config must be a DREConfig, not 7"):
        texts(7)


def test_the_version_is_the_project_s():
    project = (simulate.ROOT / "pyproject.toml").read_text()
    assert f'version = "{".".join(map(str, VERSION))}"' in project


def test_addresses_are_the_same_in_all_builds():
    """But for upper halves of addresses, which only some have."""
    default, widest = (
        {register.name: register.address for register in TABLES[name].registers}
        for name in ("default", "widest")
    )
    more = {name for name in widest if name.endswith("_high")}
    assert default == {name: place for name, place in widest.items() if name not in more}
    assert len(more) == 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Field("f", 0, 0, "held", ""), "f: bits must be between 1 and 32, not 0"),
        (lambda: Field("f", 8, 25, "held", ""), "f: low must be between 0 and 24, not 25"),
        (
            lambda: Field("f", 8, 0, "kept", ""),
            "f: access must be one of 'constant', 'shown', 'held', 'cleared', 'done', not 'kept'",
        ),
        (lambda: Field("f", 4, 0, "held", "", 16), "f: value must be between 0 and 15, not 16"),
        (
            lambda: Register("r", 6, (), ""),
            "r: address must be a multiple of 4, not 6",
        ),
        (
            lambda: replace(PLAIN, fields=(*PLAIN.fields, Field("more", 1, 7, "held", ""))),
            "plain: more must have bits and a name of its own",
        ),
        (
            lambda: replace(PLAIN, fields=(*PLAIN.fields, Field("LOW", 1, 0, "held", ""))),
            "plain: LOW must have bits and a name of its own",
        ),
        (
            lambda: replace(TABLE, registers=(*TABLE.registers, replace(PLAIN, name="other"))),
            "other must have a name and an address of its own, up to 0x7c",
        ),
        (
            lambda: replace(TABLE, counts=COUNTS * 2),
            "ones must have a name and an address of its own, up to 0x7c",
        ),
        (
            lambda: TABLE.address_of("none"),
            "no register or count is called 'none'",
        ),
        (lambda: TABLE.register("ones"), "no register is called 'ones'"),
        (
            lambda: PLAIN.field("middle"),
            "field of plain must be one of low, high, seen, not 'middle'",
        ),
    ],
)
def test_bad_tables(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()
