"""`make synth` and `make program`: what they say of bad input, and of what is missed."""

import copy
import json

import pytest

import program
import synth
from boards import BOARDS
from synthesis import board as boards_build
from synthesis import budget, flow, flows
from synthesis.board_page import page
from synthesis.netlist import critical_path, memories, owner, plain
from synthesis.tools import ToolFailed

NAME = "icebreaker"
REPORT = {
    "board": NAME,
    "title": BOARDS[NAME].title,
    "revision": "0123abc",
    "tools": {"yosys": "1"},
    "parameters": {"lanes": 4},
    "cells": {"luts": 100, "flip_flops": 90, "block_rams": 4, "multipliers": 0, "logic_cells": 120},
    "used": {"ICESTORM_LC": {"used": 120, "available": 5_280}},
    "memories": [{"name": "words", "words": 256, "bits": 32, "block_rams": 2}],
    "clock": boards_build.Clock(24, {1: 30.0, 2: 32.0, 3: 25.0}).as_dict(),
    "critical_path": {
        "ns": 31.25,
        "begins": "system.a",
        "ends": "system.b",
        "steps": [["clk-to-q", 1.39, ""], ["routing", 29.86, "system.a"]],
    },
    "units": {
        "system.link": {"logic_cells": 90, "block_rams": 3},
        "the rest": {"logic_cells": 30, "block_rams": 1},
    },
    "bitstream": "icebreaker.bin",
    "alone": boards_build.Clock(48, {1: 50.0, 2: 49.0}).as_dict(),
    "seconds": {"synthesis": 9.5},
}
AGREED = {"luts": 100, "flip_flops": 90, "block_rams": 4, "logic_cells": 120, "mhz": 30}


@pytest.fixture
def report():
    return copy.deepcopy(REPORT)


def test_a_clock_of_several_seeds():
    clock = REPORT["clock"]
    assert (clock["min_mhz"], clock["median_mhz"], clock["max_mhz"]) == (25, 30, 32)
    assert clock["best_seed"] == 2
    assert (clock["slack_ns"], clock["worst_slack_ns"]) == (10.42, 1.67)


def test_nothing_is_missed(report):
    assert synth.problems(report, AGREED) == []


@pytest.mark.parametrize(
    ("figure", "value", "message"),
    [
        ("luts", 106, "luts 106, budget 100 (+6.0%)"),
        ("logic_cells", 127, "logic_cells 127, budget 120 (+5.8%)"),
        ("flip_flops", 200, "flip_flops 200, budget 90 (+122.2%)"),
        ("block_rams", 5, "block_rams 5, budget 4 (+25.0%)"),
        ("mhz", 28.4, "mhz 28.4, budget 30 (-5.3%)"),
    ],
)
def test_five_per_cent_are_the_limit(figure, value, message):
    assert budget.exceeded(AGREED, {figure: value}) == [message]


@pytest.mark.parametrize(
    ("figure", "value"), [("luts", 105), ("luts", 20), ("mhz", 28.6), ("mhz", 99)]
)
def test_less_than_that_and_better_are_not(figure, value):
    assert budget.exceeded(AGREED, {figure: value}) == []


def test_a_figure_without_a_budget_is_an_error():
    with pytest.raises(ValueError, match=r"budget must have mhz: budget\.toml"):
        budget.exceeded({"luts": 1}, {"mhz": 9})


def test_a_clock_that_is_missed_says_slack_and_path(report):
    report["clock"] = boards_build.Clock(40, {1: 30.0, 2: 32.0}).as_dict()
    assert synth.problems(report, AGREED) == [
        "timing: 32.0 MHz, must 40, slack -6.25 ns; from system.a to system.b"
    ]


def test_a_memory_of_flip_flops_and_a_slow_unit_are_missed(report):
    report["memories"][0]["block_rams"] = 0
    report["alone"] = boards_build.Clock(48, {1: 50.0, 2: 47.0}).as_dict()
    assert synth.problems(report, AGREED) == [
        "memory words: 256 words of 32 bits in no block RAM",
        "the HCU's search alone: 47.0 MHz with its slowest seed, must 48",
    ]


def test_the_page_has_every_figure(report):
    text = page(report)
    for words in (
        "# iCEBreaker (iCE40UP5K)",
        "100 LUTs, 90 flip-flops, 4 block RAMs",
        "| logic cells (a LUT and a flip-flop each) | 120 | 5,280 | 2% |",
        "| the system | 24 | 25.0 | 30.0 | 32.0 | 10.42 | 1.67 |",
        "| the HCU's search alone (must, slowest seed) | 48 | 49.0 | 49.5 | 50.0 | 0.83 | 0.43 |",
        "Longest path, 31.25 ns: from `system.a` to `system.b`.",
        "| routing | 29.86 | `system.a` |",
        "| `system.link` | 90 | 75.0% | 3 |",
        "| words | 256 | 32 | 2 |",
        "| synthesis | 9.5 |",
    ):
        assert words in text, words


def test_names_of_cells():
    units = ("system.hcu", "system.hcu.table", "system.link")
    assert owner("system.hcu.table.x_LC", units) == "system.hcu.table"
    assert owner("system.hcu_SB_LUT4_O", units) == "system.hcu"
    assert owner("system.hcux", units) == "the rest"
    assert plain("system.a.b_SB_LUT4_I3_O_SB_DFF") == "system.a.b"
    assert plain("system.link.busy_DFFLC") == "system.link.busy"
    assert plain("system.a.b_LUT4_I0_F_MUX2_LUT5_O_I0_LUT4_F") == "system.a.b"
    assert plain("system.bank.shown_DFFR_Q_148_D_ALU_SUM") == "system.bank.shown"
    assert plain("system.hcu.word_3_DFFE_Q_18_passthrough_lut$") == "system.hcu.word_3"


def test_the_longest_path_is_the_one_inside_of_the_clock():
    def path(begins, ends, delay):
        step = {"type": "logic", "delay": delay, "from": {"cell": "a_LC"}, "to": {"cell": "b_LC"}}
        return {"from": begins, "to": ends, "path": [step]}

    paths = [path("<async>", "posedge clk", 9), path("posedge clk", "posedge clk", 5.5)]
    found = critical_path({"critical_paths": paths})
    assert (found["ns"], found["begins"], found["ends"]) == (5.5, "a", "b")


def packed(monkeypatch, used):
    def run(*words, folder, log):
        (folder / "packed.json").write_text(json.dumps({"utilization": used}))

    monkeypatch.setattr(flow, "run", run)


def test_what_does_not_fit_says_of_what_and_how_much(monkeypatch, tmp_path):
    packed(
        monkeypatch,
        {
            "SB_IO": {"used": 6, "available": 39},
            "ICESTORM_RAM": {"used": 31, "available": 30},
            "ICESTORM_LC": {"used": 6_000, "available": 5_280},
        },
    )
    with pytest.raises(flow.DoesNotFit) as caught:
        flows.of(BOARDS[NAME]).pack(tmp_path)
    assert str(caught.value) == (
        "ICESTORM_LC: 6000 needed, 5280 there, 720 too many; "
        "ICESTORM_RAM: 31 needed, 30 there, 1 too many"
    )


def test_what_carries_takes_the_place_of_a_lut_of_a_gowin(monkeypatch, tmp_path):
    used = {
        "LUT4": {"used": 8_000, "available": 8_640},
        "ALU": {"used": 700, "available": 6_480},
        "TBUF": {"used": 4, "available": 0},  # it is how an output is told, not a resource
        "DFF": {"used": 3_000, "available": 6_480},
    }
    packed(monkeypatch, used)
    tools = flows.of(BOARDS["tangnano9k"])
    with pytest.raises(flow.DoesNotFit, match=r"^LOGIC: 8700 needed, 8640 there, 60 too many$"):
        tools.pack(tmp_path)
    used["ALU"]["used"] = 640
    assert tools.pack(tmp_path) == {
        "LOGIC": {"used": 8_640, "available": 8_640},
        "DFF": used["DFF"],
    }


@pytest.mark.slow
def test_the_build_is_within_its_budget_and_has_a_bitstream(tmp_path):
    """The small board once, with one seed: what `make synth` does with several."""
    said = []
    found = synth.measure(BOARDS[NAME], tmp_path, (1,), (), said.append)
    synth.write(found, tmp_path)
    assert synth.problems(found, budget.of(NAME)) == []
    assert len(found["memories"]) == 8
    assert (tmp_path / found["bitstream"]).stat().st_size > 100_000
    assert json.loads((tmp_path / "report.json").read_text())["clock"] == found["clock"]
    assert (tmp_path / "floorplan.png").stat().st_size > 10_000
    placed = sum(one["logic_cells"] for one in found["units"].values())
    assert placed == found["used"]["ICESTORM_LC"]["used"]
    assert found["units"]["system.hcu.search"]["logic_cells"] > placed / 4
    assert found["critical_path"]["begins"].startswith("system.")
    assert said == [*found["seconds"]]


@pytest.mark.slow
def test_the_netlist_of_a_gowin_is_within_its_budget(tmp_path):
    """Without places and routes, which take minutes; `make synth` has them."""
    board = BOARDS["tangnano9k"]
    tools = flows.of(board)
    tools.write(tmp_path)
    cells = tools.synthesise(tmp_path)
    assert cells.pop("multipliers") == 0
    assert budget.exceeded(budget.of(board.name), cells) == []
    found = memories(tmp_path, tools)
    assert len(found) == 8
    assert all(one["block_rams"] for one in found)


@pytest.mark.parametrize("command", [synth, program])
@pytest.mark.parametrize("name", ["", "ulx3s_85f"])
def test_an_unknown_board_is_one_line(monkeypatch, capsys, command, name):
    monkeypatch.setenv("BOARD", name)
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
    known = "icebreaker, hx8k, tangnano9k"
    line = f"make {command.__name__}: BOARD must be one of {known}, not {name!r}\n"
    assert capsys.readouterr() == ("", line)


def run_synth(monkeypatch, tmp_path, outcome):
    """The command with a made-up measurement; its exit status."""

    def measure(*_):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setenv("BOARD", NAME)
    monkeypatch.setattr(synth, "BUILD", tmp_path)
    monkeypatch.setattr(synth, "measure", measure)
    monkeypatch.setattr(synth, "write", lambda report, folder: None)
    monkeypatch.setattr(budget, "of", lambda name: AGREED)
    try:
        synth.main()
    except SystemExit as left:
        return left.code
    return 0


def test_a_good_build_ends_well(monkeypatch, tmp_path, capsys, report):
    assert run_synth(monkeypatch, tmp_path, report) == 0
    assert "100 LUTs" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["timing", "tool"])
def test_a_bad_build_says_how_to_repeat_it(monkeypatch, tmp_path, capsys, report, what):
    report["clock"] = boards_build.Clock(40, {1: 30.0}).as_dict()
    outcome = report if what == "timing" else ToolFailed("nextpnr ended with status 1: see log")
    assert run_synth(monkeypatch, tmp_path, outcome) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "reproduce: make synth BOARD=icebreaker"
    assert lines[-2].startswith(
        "missed timing: 30.0 MHz" if what == "timing" else "failed nextpnr ended"
    )


def test_a_design_that_does_not_fit_is_one_line(monkeypatch, tmp_path, capsys):
    error = flow.DoesNotFit("ICESTORM_LC: 9 needed, 8 there, 1 too many")
    assert run_synth(monkeypatch, tmp_path, error) == 2
    line = "make synth: the design does not fit iCEBreaker (iCE40UP5K): ICESTORM_LC: 9 needed"
    assert capsys.readouterr().err.startswith(line)
