"""The sample of ``make verify TOOL=powerup``, and builds that must fail: a reset is missing."""

import re

import pytest

import simulate
from dre import HCUConfig
from hcu import powerup_hcu
from verification import powerup
from verification.netlist import strip_initial_values

SMALL = HCUConfig(hash_bits=16, lanes=2, max_clusters=8, max_chunk=4)
needs_icarus = pytest.mark.skipif(
    not simulate.has_icarus(), reason="needs iverilog, and there is none on PATH that runs"
)


@pytest.mark.slow
def test_powerup_of_the_sample(seed):
    section = powerup.run("hcu", full=False, seed=seed, say=print)
    assert not section.missed, section.notes
    assert (powerup.NO_ICARUS in section.notes) == (not simulate.has_icarus())


def without_reset(module, register):
    """An edit of the Verilog: this register of this module keeps its value in reset."""

    def edit(text):
        start = text.index(f"\nmodule \\{module} (")
        end = text.index("\nendmodule", start)
        body = text[start:end]
        (kept,) = re.findall(rf"\n    {re.escape(register)} <= (\S+) ;", body)
        reset = rf"\n    if \(rst\) begin\n      {re.escape(kept)}  = \S+;\n    end"
        body, count = re.subn(reset, "", body)
        assert count == 1
        return text[:start] + body + text[end:]

    return edit


REGISTERS = [
    ("hcu.search.sequencer", "fsm_state"),
    ("hcu.search.loader", "_held"),
    ("hcu.monitor", "counters"),
    ("hcu.monitor", "status"),
]


@needs_icarus
@pytest.mark.slow
@pytest.mark.parametrize(("module", "register"), REGISTERS)
def test_a_missing_reset_is_seen_as_x(module, register, seed):
    edit = without_reset(module, register)
    name = f"control-{register}"
    prepared, ports = powerup.prepare("hcu", SMALL, "icarus", name, edit)
    outcome = powerup.play(prepared, powerup.BENCH, ports, seed)
    assert outcome.failures == ("one_cycle_of_reset_is_enough",)
    assert re.search(r"cycle \d+ after reset: .* unknown", outcome.log.read_text())


@pytest.mark.slow
def test_a_missing_reset_is_seen_from_random_states(seed):
    edit = without_reset("hcu.search.sequencer", "fsm_state")
    prepared, ports = powerup.prepare("hcu", SMALL, "verilator", "control", edit)
    failures = [
        powerup.play(prepared, "hcu.bench_hcu", ports, seed + n, cases="chains").failures
        for n in range(4)
    ]
    assert any(failures)


@pytest.mark.slow
def test_a_counter_that_is_not_reset_is_seen_from_random_states(seed):
    edit = without_reset("hcu.monitor", "counters")
    prepared, ports = powerup.prepare("hcu", SMALL, "verilator", "control-zero", edit)
    outcome = powerup.play(prepared, powerup.BENCH, ports, seed, zero=("counters",))
    assert outcome.failures
    assert "not reset" in outcome.log.read_text()


@pytest.mark.parametrize("icarus", [False, True])
def test_without_icarus_a_gap_is_stated(icarus, monkeypatch):
    monkeypatch.setattr(powerup.simulate, "has_icarus", lambda: icarus)
    monkeypatch.setattr(
        powerup, "prepare", lambda core, config, simulator, *_, **__: (simulator, {})
    )
    played = []

    def play(prepared, bench, ports, start, zero, cases):
        played.append((prepared, bench, start))
        failures = ("goes_wrong",) if prepared == "icarus" and bench == powerup.BENCH else ()
        return simulate.Outcome(3, failures, None, None)

    monkeypatch.setattr(powerup, "play", play)
    section = powerup.run("hcu", full=True, seed=4, say=print)
    assert (powerup.NO_ICARUS in section.notes) != icarus
    builds = len(powerup_hcu.BUILDS)
    starts = powerup.VERILATOR_SEEDS + icarus
    assert len(played) == builds * starts * (1 + len(powerup_hcu.BENCHES))
    assert {start for simulator, _, start in played if simulator == "verilator"} == {4, 5, 6, 7}
    assert len(section.missed) == builds * icarus
    assert ("**Failed** on `odd-asic`, icarus: goes_wrong, state 4." in section.notes) == icarus


def test_all_ports_are_known(tmp_path):
    source = simulate.write_verilog("hcu", SMALL, tmp_path / "hcu.v")
    ports = powerup._ports("hcu", source.read_text())
    streams = {"hash_bits": "inputs", "table": "inputs", "passes": "outputs"}
    for name, kind in streams.items():
        assert {f"{name}__payload", f"{name}__valid"} <= set(ports[kind])
    assert {"settings", "clear", "passes__ready"} <= set(ports["inputs"])
    assert {"status", "counters", "table__ready"} <= set(ports["outputs"])
    assert sum(map(len, ports.values())) == 4 * 3 + 4


def test_no_initial_value_is_left(tmp_path):
    source = simulate.write_verilog("hcu", SMALL, tmp_path / "hcu.v")
    assert "initial begin" in source.read_text()
    assert re.search(r"reg \S.* = ", source.read_text())
    stripped = strip_initial_values(source).read_text()
    assert "initial" not in stripped
    assert not re.search(r"\n  reg [^;]*=", stripped)
    assert "posedge clk" in stripped


def test_what_yosys_refuses_is_explained(tmp_path):
    (tmp_path / "bad.v").write_text("module bad(; endmodule")
    with pytest.raises(simulate.BuildFailed, match=r"^yosys: .*: see .*strip\.log$"):
        strip_initial_values(tmp_path / "bad.v")
    assert "syntax error" in (tmp_path / "strip.log").read_text()
