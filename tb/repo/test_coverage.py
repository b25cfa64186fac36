"""Coverage: what is read from Verilator's file, what counts, and what a waiver may do."""

from fnmatch import fnmatchcase
from types import SimpleNamespace

import pytest

import simulate
from hcu import coverage_hcu
from verification import coverage, waivers
from verification.verilator_coverage import Point, points, read
from verification.waivers import Waiver

VERILOG = r"""
module top(clk, rst);
  wire \$1 ;
  (* src = "/home/me/hw/dre/part.py:3" *)
  reg [1:0] state = 2'h0;
  reg [1:0] \$2 ;
  assign \$1  = a & (* src = "/home/me/hw/dre/part.py:7" *) b;
  (* src = "/home/me/hw/dre/part.py:9" *)
  always @(posedge clk)
    state <= \$2 ;
  always @* begin
    if (\$auto$verilog_backend.cc:25:dump_module$1 ) begin end
    \$2  = state;
    casez (state)
      2'h1:
          if (\$1 ) begin
            \$2  = 2'h2;
          end
    endcase
  end
endmodule
"""


def number(text):
    """The line that a text is in."""
    (line,) = (n for n, line in enumerate(VERILOG.splitlines(), 1) if text in line)
    return line


def raw(page, count, **fields):
    """A line of a data file."""
    fields = {"f": "top.v", **fields, "page": page, "h": "top"}
    return "C '" + "".join(f"\1{key}\2{value}" for key, value in fields.items()) + f"' {count}"


def branch(way, count, place="if (\\$1"):
    line = number(place)
    return raw("v_branch/top", count, l=line, n=way, o=way, S=f"{line}" if way == "if" else "")


def toggle(name, up, down):
    return [raw("v_toggle/top", n, o=f"{name}:{d}") for d, n in (("0->1", up), ("1->0", down))]


def block(count):
    first, last = number("always @* begin"), number("casez")
    return raw("v_line/top", count, l=first, n=3, o="block", S=f"{first},{first + 2}-{last}")


@pytest.fixture
def measured(tmp_path):
    """Points of two runs, added up."""

    def add(*runs):
        files = []
        for n, lines in enumerate(runs):
            files.append(tmp_path / f"{n}.dat")
            files[-1].write_text("# SystemC::Coverage-3\n" + "\n".join(lines) + "\n")
        return points(read(files), VERILOG)

    return add


def test_runs_are_added_and_a_branch_has_a_name(measured):
    hits = measured([branch("if", 0), branch("else", 3)], [branch("if", 2), branch("else", 4)])
    shown = {str(point): count for point, count in hits.items() if point.kind == "branch"}
    line = number("if (\\$1")
    assert shown == {
        f"top: state: 2'h1: if of (a & b) (Verilog {line}:if, dre/part.py:7)": 2,
        f"top: state: 2'h1: else of (a & b) (Verilog {line}:else, dre/part.py:7)": 7,
    }


def test_lines_come_from_all_points_and_the_trigger_does_not_count(measured):
    trigger = branch("if", 0, "verilog_backend")
    hits = measured([block(1), branch("if", 0), trigger])
    assert waivers.rates(hits) == {"line": (3, 4), "branch": (0, 1)}
    (hole,) = (point for point, count in hits.items() if point.kind == "line" and not count)
    assert hole.detail == "if ((a & b)) begin"
    assert waivers.rates(measured([block(1), branch("if", 1)]))["line"] == (4, 4)


def test_a_structure_counts_by_its_fields_and_nameless_signals_do_not(measured):
    lines = [
        *toggle("beat[0]", 1, 0),
        *toggle("beat__02edata__02eword[3]", 1, 0),
        *toggle("beat__02edata[3]", 1, 0),
        *toggle("a___05Fb", 1, 1),
        *toggle("__02412[0]", 0, 0),
        *toggle("port__024121__0240[0]", 0, 0),
        *toggle("array[2][5]", 0, 0),
    ]
    hits = measured(lines)
    assert {(p.signal, p.detail, p.bit): count for p, count in hits.items()} == {
        ("beat.data.word", "[3] 0->1", 3): 1,
        ("beat.data.word", "[3] 1->0", 3): 0,
        ("a__b", "0->1", 0): 1,
        ("a__b", "1->0", 0): 1,
        ("array", "[2][5] 0->1", 5): 0,
        ("array", "[2][5] 1->0", 5): 0,
    }


HIGH = Point("toggle", "top.a", "count", "[9] 0->1", 9)
LOW = Point("toggle", "top.a", "count", "[1] 0->1", 1)
WAY = Point("branch", "top.a", "state", "else of x")


def test_a_waiver_excuses_only_what_it_names_and_was_not_reached():
    uses, waiver = {}, Waiver("toggle", "top*", "count", "too long", bits=range(8, 32))
    assert waivers.apply([waiver], {HIGH: 0, LOW: 0, WAY: 0}, "asic", uses) == {LOW: 0, WAY: 0}
    assert (uses[waiver].excused, uses[waiver].hit) == (1, 0)
    assert waivers.apply([waiver], {HIGH: 4}, "asic", uses) == {HIGH: 4}
    assert (uses[waiver].excused, uses[waiver].hit) == (1, 1), "it is said that it was reached"
    assert str(waiver) == "top*: count[31:8]"


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "line"},
        {"scope": "top"},
        {"signal": "state"},
        {"detail": "*1->0"},
        {"bits": range(9)},
        {"builds": "fpga"},
    ],
)
def test_each_part_of_a_waiver_limits_it(other):
    fields = {"kind": "toggle", "scope": "top.a", "signal": "count", "reason": "r", **other}
    assert waivers.apply([Waiver(**fields)], {HIGH: 0}, "asic", {}) == {HIGH: 0}


def test_rates_are_rounded_down():
    assert coverage._percent(99_999, 100_000) == 99.99
    assert coverage._percent(5, 5) == 100


@pytest.fixture
def measure(monkeypatch, tmp_path):
    """`coverage.run` of a unit whose simulation is made up: hits and bins of each build."""

    def run(hits, bins, waived, full=True):
        unit = SimpleNamespace(
            BUILDS={"a": coverage.Build({}, scope="top*"), "b": coverage.Build({}, scope="top*")},
            SAMPLE="a",
            BENCHES=("bench",),
            WAIVERS=waived,
            bins=lambda config: {"tie", "full"},
        )
        monkeypatch.setattr(coverage, "import_module", lambda name: unit)
        monkeypatch.setattr(
            coverage,
            "_simulate",
            lambda core, name, *more: (SimpleNamespace(config=None), hits, bins),
        )
        return coverage.run("hcu", full=full, seed=1, say=print)

    return run


def values(section):
    return {(figure.figure, figure.trace): figure.value for figure in section.figures}


def test_what_is_left_is_a_missed_must_with_its_holes(measure):
    section = measure({HIGH: 0, LOW: 3, WAY: 0}, coverage.Counter(tie=2), [])
    found = values(section)
    assert found["toggles seen", "a"] == 50
    assert found["branches reached", "b"] == 0
    assert found["functional bins seen", "all builds"] == 50
    assert len(section.missed) == 5
    assert section.details["holes"]["a"] == [str(HIGH), str(WAY)]
    assert "**Situation never seen**: full." in section.notes


def test_waivers_close_a_hole_and_an_unused_one_is_an_error(measure):
    bins = coverage.Counter(tie=1, full=1)
    good = [
        Waiver("branch", "top*", "state", "cannot be"),
        Waiver("toggle", "top*", "count", "too long", bits=range(8, 32)),
    ]
    hits = {HIGH: 0, LOW: 3, WAY: 0}
    section = measure(hits, bins, good)
    assert not section.missed
    assert "**Waived**: `top*: state` (2 points): cannot be." in section.notes
    stale = Waiver("line", "top*", "gone", "was there once")
    section = measure(hits, bins, [*good, stale])
    assert [figure.figure for figure in section.missed] == ["waivers that excuse nothing"]
    assert "**Waiver without use**: `top*: gone`." in section.notes
    assert not measure(hits, bins, [*good, stale], full=False).missed, "a sample cannot tell"


def test_instances_outside_of_a_builds_scope_do_not_count(measure):
    other = Point("branch", "elsewhere", "state", "else of x")
    section = measure({LOW: 1, other: 0}, coverage.Counter(tie=1, full=1), [])
    assert not section.missed


def test_the_waivers_of_the_hcu_have_reasons_and_known_builds():
    for waiver in coverage_hcu.WAIVERS:
        assert len(waiver.reason.split()) >= 5
        assert any(fnmatchcase(build, waiver.builds) for build in coverage_hcu.BUILDS)
    config = simulate.UNITS["hcu"][1](**coverage_hcu.BUILDS["asic"].parameters)
    assert {"tie", "status BAD_CONFIG"} <= coverage_hcu.bins(config)
