"""Cells that are cut out of a netlist for a proof, and what stands in their place."""

import pytest

from verification import cut
from verification.cut import Box
from verification.miter import _box

MEMORY = r"""
  attribute \src "somewhere"
  cell $mem_v2 \words
    parameter \ABITS 4
    parameter \WIDTH 6
    parameter \RD_PORTS 1
    parameter \WR_PORTS 1
    parameter \RD_CLK_ENABLE 1'1
    parameter \WR_CLK_ENABLE 1'1
    parameter \RD_TRANSPARENCY_MASK 1'0
    connect \RD_CLK \clk
    connect \RD_EN \on
    connect \RD_ARST 1'0
    connect \RD_SRST 1'0
    connect \RD_ADDR { \a [1] \b }
    connect \RD_DATA \found
    connect \WR_CLK \clk
    connect \WR_EN { \w \w \w \w \w \w }
    connect \WR_ADDR \c
    connect \WR_DATA \d
  end
"""


def number(kind, name, bits, signed=0, left_bits=3):
    """RTLIL of an adder or multiplier."""
    return rf"""
  cell {kind} {name}
    parameter \A_SIGNED {signed}
    parameter \B_SIGNED 0
    parameter \A_WIDTH {left_bits}
    parameter \B_WIDTH 5
    parameter \Y_WIDTH {bits}
    connect \A \left
    connect \B \right
    connect \Y \{name}_y
  end
"""


def test_a_memory_becomes_ports():
    text, boxes = cut.cut(MEMORY)
    given = (
        ("write_en", 6),
        ("write_address", 4),
        ("write_data", 6),
        ("read_en", 1),
        ("read_address", 4),
    )
    assert boxes == [Box(r"\words", "$mem_v2", "cut_0", given, 6)]
    assert "$mem_v2" not in text
    assert "  wire width 4 output 10004 \\cut_0_read_address\n" in text
    assert "  connect \\cut_0_read_address { \\a [1] \\b }\n" in text
    assert "  wire width 6 input 10005 \\cut_0_gives\n  connect \\found \\cut_0_gives\n" in text


def test_cells_are_numbered_by_name_whatever_their_order():
    first, second = number("$mul", "p", 8), number("$mul", "q", 8)
    assert [box.name for box in cut.cut(second + first)[1]] == ["p", "q"]
    assert cut.cut(second + first)[1] == cut.cut(first + second)[1]


def test_only_large_and_unsigned_arithmetic_is_cut():
    text = number("$add", "small", 7) + number("$add", "large", 8)
    text += number("$mul", "signed", 20, signed=1) + number("$xor", "other", 20)
    text += number("$add", "nothing", 20, left_bits=0)
    left, boxes = cut.cut(text, {"$add": 8, "$mul": 1})
    assert [box.name for box in boxes] == ["large"]
    assert [name in left for name in (" small\n", " large\n", " signed\n", " other\n")] == [
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("RD_CLK \\clk", "RD_CLK \\other"), ("WR_PORTS 1", "WR_PORTS 2"), ("SRST 1'0", "SRST \\x")],
)
def test_a_memory_of_another_kind_is_an_error(right, wrong):
    with pytest.raises(cut.OddMemory, match=r"of memory \\words must be"):
        cut.cut(MEMORY.replace(right, wrong))


def test_what_a_memory_gives_is_equal_only_if_the_same_was_asked_for():
    inputs, wires, differences = _box(cut.cut(MEMORY)[1][0])
    assert inputs == ["input [5:0] cut_0_gives", "input [5:0] cut_0_other"]
    assert any("d_cut_0_gives = same_cut_0 ? cut_0_gives : cut_0_other;" in w for w in wires)
    assert len(differences) == 3


def test_products_are_never_a_difference_by_themselves():
    _, wires, differences = _box(cut.cut(number("$mul", "p", 8))[1][0])
    assert not differences
    assert any("g_cut_0_a ^ d_cut_0_a" in wire and "cut_0_other" in wire for wire in wires)
