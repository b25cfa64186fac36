"""Liberty files of others: how they are read, which cells are used, what gates they make."""

import os
import re
import sys
from itertools import product
from pathlib import Path

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from hypothesis import given
from hypothesis import strategies as st

import area
from synthesis import gates, library
from synthesis.functions import Function
from synthesis.liberty_groups import parse

OTHERS = r"""
/* A library as others write them. */
library ("others_25C") {
  technology (cmos); delay_model : table_lookup ;
  define ("drive", "cell", "string");
  capacitive_load_unit (1.0, "pf"); // of all
  lu_table_template (t) { variable_1 : input_net_transition; index_1 ("0.1, \
    0.2"); }
  cell ("inv_1") { area : 2.5; cell_footprint : inv
    pin ("A") { direction : "input"; capacitance : 0.001; }
    pin (Y) { direction : output; function : "A'";
      timing () { related_pin : "A"; cell_rise (t) { values ("0.1, 0.2", \
        "0.3, 0.4"); } } }
  }
  cell (inv_4) { area : 5; pin (A) { direction : input }
    pin (Y) { direction : output; function : "!A" } }
  cell (nand2_1) { area : 4; pin (B) { direction : input; } pin (A) { direction : input; }
    pin (Y) { direction : output; function : "(A B)'"; } }
  cell (nand2_2) { area : 6; pin (B) { direction : input; } pin (A) { direction : input; }
    pin (Y) { direction : output; function : "!A + !B"; } }
  cell (tiny_nand) { area : 0.5; dont_use : true; pin (B) { direction : input; }
    pin (A) { direction : input; } pin (Y) { direction : output; function : "!(A*B)"; } }
  cell (xor2) { area : 9; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (X) { direction : output; function : "A ^ B"; } }
  cell (adder) { area : 1; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (S) { direction : output; function : "A^B"; }
    pin (C) { direction : output; function : "A*B"; } }
  cell (tristate) { area : 1; pin (A) { direction : input; } pin (E) { direction : input; }
    pin (Z) { direction : output; function : "A"; three_state : "!E"; } }
  cell (tie) { area : 1; pin (Z) { direction : output; function : "1"; } }
  cell (fill) { area : 0; }
  cell (dff) { area : 18; ff ("IQ", "IQN") { clocked_on : "CLK"; next_state : "D"; }
    pin (CLK) { direction : input; clock : true; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; }
    pin (QN) { direction : output; function : "IQN"; } }
  cell (dff_reset) { area : 3; ff (IQ, IQN) { clocked_on : "CLK"; next_state : "D"; clear : "!R"; }
    pin (CLK) { direction : input; } pin (D) { direction : input; } pin (R) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
  cell (dff_enable) { area : 3; ff (IQ, IQN) { clocked_on : "CLK"; next_state : "(D*E)+(IQ*!E)"; }
    pin (CLK) { direction : input; } pin (D) { direction : input; } pin (E) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
  cell (dff_falling) { area : 3; ff (IQ, IQN) { clocked_on : "!CLK"; next_state : "D"; }
    pin (CLK) { direction : input; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
  cell (latch) { area : 3; latch (IQ, IQN) { enable : "G"; data_in : "D"; }
    pin (G) { direction : input; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
}
"""


@pytest.fixture
def others(tmp_path):
    path = tmp_path / "others.lib"
    path.write_text(OTHERS)
    return path


def test_a_file_is_groups_and_attributes():
    found = parse(OTHERS)
    assert (found.name, found.arguments) == ("library", ["others_25C"])
    assert found.attributes["delay_model"] == "table_lookup"
    first = found.all("cell")[0]
    assert first.attributes == {"area": "2.5", "cell_footprint": "inv"}  # ends with its line
    assert [pin.arguments for pin in first.all("pin")] == [["A"], ["Y"]]
    assert first.all("pin")[1].attributes["function"] == "A'"


def test_the_smallest_of_each_gate_and_the_plain_flip_flop_are_used(others):
    found = library.load(others)
    cells = gates.liberty.cells(found.text)
    assert {name: area for name, (area, _) in cells.items()} == {
        "inv_1": 2.5, "nand2_1": 4.0, "xor2": 9.0, "dff": 18.0,
    }  # fmt: skip
    assert (found.gate, found.flip_flop, found.name) == (4.0, "dff", "others")


class Small(wiring.Component):
    """Two registers and an XOR of eight bits."""

    def __init__(self):
        super().__init__({"a": In(8), "b": In(8), "o": Out(8)})

    def elaborate(self, platform):
        m = Module()
        held = wiring.Signature({"a": Out(8)}).create()
        m.d.sync += [held.a.eq(self.a), self.o.eq(held.a ^ self.b)]
        return m


def test_gates_by_the_library_of_another(others, tmp_path, monkeypatch):
    """16 flip-flops, of each its reset: a NAND and an inverter; 8 XORs; an inverter of reset."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    counted = gates.count(Small(), tmp_path / "out", library.load(others))
    assert counted.flip_flops == 16
    most = 16 * (18 + 4 + 2.5) + 8 * 9 + 2.5
    assert 16 * 18 + 8 * 9 < counted.area <= most
    assert counted.equivalents == pytest.approx(counted.area / 4)
    ours = gates.count(Small(), tmp_path / "ours")
    assert ours.area == ours.equivalents < counted.equivalents + 16 * 5


@pytest.mark.parametrize(
    ("text", "inputs", "rows"),
    [
        ("A", "A", "01"),
        ("!(A&B)", "AB", "1110"),
        ("A B + C'", "ABC", "10101011"),
        ("!A ^ B", "AB", "1001"),
        ("A ^ B * C", "ABC", "00010100"),
        ("(A+B)' | (C ^ 1)", "ABC", "11101010"),
        ("!!A", "A", "01"),
        ("A''", "A", "01"),
    ],
)
def test_functions_by_hand(text, inputs, rows):
    """Not before exclusive or, that before and, that before or."""
    found = Function(text)
    assert "".join(found.inputs) == inputs
    assert "".join(map(str, map(int, found.table()))) == rows


def trees():
    leaf = st.sampled_from("ABCD")
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(st.just("!"), inner),
            st.tuples(st.sampled_from("^&|"), inner, inner),
        ),
        max_leaves=8,
    )


def as_python(tree):
    if isinstance(tree, str):
        return tree
    if tree[0] == "!":
        return f"(not {as_python(tree[1])})"
    sign = {"^": "!=", "&": "and", "|": "or"}[tree[0]]
    return f"({as_python(tree[1])} {sign} {as_python(tree[2])})"


def as_liberty(tree, draw):
    if isinstance(tree, str):
        return tree
    if tree[0] == "!":
        inner = f"({as_liberty(tree[1], draw)})"
        return draw(st.sampled_from([f"!{inner}", f"{inner}'"]))
    sign = draw(st.sampled_from({"^": ["^"], "&": ["*", "&", " "], "|": ["+", "|"]}[tree[0]]))
    return f"({as_liberty(tree[1], draw)}){sign}({as_liberty(tree[2], draw)})"


@given(trees(), st.data())
def test_any_function_is_read_as_it_is_written(tree, data):
    found = Function(as_liberty(tree, data.draw))
    again = Function(found.text({pin: pin.lower() for pin in found.inputs}))
    assert again.table() == found.table()
    values = product((False, True), repeat=len(found.inputs))
    expected = [
        eval(as_python(tree), {"__builtins__": {}}, dict(zip(found.inputs, one, strict=True)))
        for one in values
    ]
    assert found.table() == tuple(expected)


@pytest.mark.parametrize("text", ["", "A &", "(A", "A)", "A ? B", "!", "3A"])
def test_no_function(text):
    with pytest.raises(ValueError, match="function must be made of pins"):
        Function(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("library (", "module (", "must be a library, not 'module'"),
        ("nand2_", "x", None),
        ("(A B)'", "(A B", "cell nand2_1: function must be made of pins"),
        ("area : 18", "area : big", "area of cell dff must be 0 or more, not 'big'"),
        ('next_state : "D"; }', 'next_state : "D&E"; }', "must have a flip-flop without set"),
        ("area : 2.5;", "area", "line 9: must have [(], not '[^']*'"),
        ("}\n}\n", "}\n", "line \\d+: must have a name, not 'the end of the file'"),
    ],
)
def test_what_cannot_be_used(others, old, new, message):
    others.write_text(OTHERS.replace(old, new))
    if message is None:
        assert library.load(others).gate == 4.0  # names say nothing
        return
    with pytest.raises(ValueError, match=message):
        library.load(others)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "none.lib",
            r"LIBERTY must be a file that can be read: .*none.lib: No such file or direct",
        ),
        ("bad.lib", r"LIBERTY: .*bad.lib: line 1: must have [(], not 'is'"),
    ],
)
def test_a_bad_file_is_one_line_and_status_2(monkeypatch, tmp_path, capsys, name, message):
    (tmp_path / "bad.lib").write_text("this is none\n")
    monkeypatch.setenv("LIBERTY", str(tmp_path / name))
    monkeypatch.setenv("CORE", "hcu")
    with pytest.raises(SystemExit) as left:
        area.main()
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert re.match(f"make area: {message}", err)
