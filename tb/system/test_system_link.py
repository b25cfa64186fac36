"""Link, DRE and near memory of the system model: pages, packets, reads, spills, what fits."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from resv import system
from resv.system import cycles, memory
from resv.system.policy import policy_of


def test_a_page_is_read_whole(edge):
    """512 bytes of a page of 4,096: eight times the bytes."""
    small = system.transfer(edge, 512_000, 512, packets=False, reads_s=0)
    whole = system.transfer(edge, 512_000, 4_096, packets=False, reads_s=0)
    odd = system.transfer(edge, 5_000, 5_000, packets=False, reads_s=0)
    assert (small.reads, small.read_bytes) == (1_000, 4_096_000)
    assert (whole.reads, whole.read_bytes) == (125, 512_000)
    assert odd.read_bytes == 8_192
    assert small.seconds == pytest.approx(8 * whole.seconds) == 4_096_000 / 4e9


def test_packets_cost_what_they_carry_with_them(edge):
    one = system.transfer(edge, 4_096, 4_096, reads_s=0)
    assert one.wire_bytes == 4_096 + 16 * 24
    free = replace(edge, far_page_bytes=0)
    assert system.transfer(free, 100, 100, reads_s=0).wire_bytes == 124
    assert system.transfer(free, 257, 257, reads_s=0).wire_bytes == 257 + 48


def test_reads_a_second(edge):
    one = system.transfer(edge, 4_096 * 1_000, 4_096, packets=False)
    assert one.seconds == 1_000 / 850_000  # not 4,096,000 / 4e9
    assert system.transfer(edge, 16_384e3, 16_384, packets=False).seconds == 16_384e3 / 4e9
    assert system.transfer(edge, 4_096e3, 4_096, reads_s=1e4).seconds == 0.1
    half = system.transfer(edge, 4_096e3, 4_096, packets=False, reads_s=0, efficiency=0.5)
    assert half.seconds == pytest.approx(4_096e3 / 2e9)


def test_cluster_wise_mapping_is_an_outcome(edge):
    """Token by token of a head, of all heads, clusters: what the link takes for the same tokens."""
    times = [
        system.transfer(edge, 1e9, size, packets=False).seconds for size in (512, 4_096, 16_384)
    ]
    assert times[1] / times[2] == pytest.approx(1e9 / 4_096 / 850_000 / 0.25)
    assert times[0] / times[2] == pytest.approx(512 * 8 / 512 * times[1] / times[2])


def test_cycles_as_drawn():
    """10 tokens, 40 rows, 1,250 clusters: the HCU compares 16 bits a cycle, the WTU 16 scores."""
    one = cycles.drawn(10, 40, 1_250)
    assert one.cycles == max(10 * 1_250 * 2, 40 * 1_250 / 16 * 12)
    assert one.spilled_bytes == 10 * (1_250 - 1_024) * 4


@pytest.mark.parametrize(
    ("clusters", "spilled"),
    [
        (1_024, 0),
        (1_025, 10 * 4),
        (4_096, 10 * 3_072 * 4),
        (4_097, 10 * 3_073 * 4 + 40 * 4 * 11),
    ],
)
def test_what_does_not_fit_is_read_again(clusters, spilled):
    assert cycles.drawn(10, 40, clusters).spilled_bytes == spilled


def test_spills_use_near_memory(edge):
    few, many = (system.frame(edge, "kvmu", tokens=n, mode="stated") for n in (30_000, 200_000))
    for result, expected in ((few, 0), (many, 32 * 8 * 10 * (6_250 - 1_024) * 4)):
        spilled = sum(use.bytes for use in result.log if use.what == "spilled")
        assert spilled >= expected
        assert (spilled > 0) == (expected > 0)


def test_measured_cycles_lie_on_lines():
    one = cycles.measured()
    assert one(10, 40, 1_250).cycles == 9_090
    assert one(10, 40, (625 + 1_250) / 2).cycles == pytest.approx((5_538 + 9_090) / 2)
    assert one(10, 40, 1).cycles == one.cycles[0]
    slope = (38_191 - 31_212) / 1_250
    assert one(10, 40, 7_250).cycles == pytest.approx(38_191 + 1_000 * slope)
    assert one(1, 4, 1_250).cycles == pytest.approx(909)


BENCH = """[
 {"figure": "prediction, 32 tokens a cluster", "trace": " 1,000 tokens,    32 clusters",
  "baseline": "HCU 94, WTU 3,400 cycles; one by one 0.119 %"},
 {"figure": "what the engine waits for", "trace": "excerpt", "baseline": null},
 {"figure": "prediction, 8 tokens a cluster", "trace": " 20,000 tokens, 2,500 clusters",
  "baseline": "HCU 12,562, WTU 12,000 cycles; one by one"}
]"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with results of the bench, and a design."""
    monkeypatch.setattr(cycles, "BENCH", Path("build/bench/dre.json"))
    for name, text in (("build/bench/dre.json", BENCH), ("hw/dre/top.py", "")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    os.utime(tmp_path / "hw/dre/top.py", (1, 1))
    return tmp_path


def test_results_of_the_bench_are_taken(project):
    one = cycles.measured(project)
    assert (one.clusters, one.cycles) == ((32.0, 2_500.0), (3_400.0, 12_562.0))
    assert one.source == "build/bench/dre.json"


def test_results_older_than_the_design_are_told(project):
    os.utime(project / "build/bench/dre.json", (0, 0))
    with pytest.warns(UserWarning, match="build/bench/dre.json is older than the design"):
        one = cycles.measured(project)
    assert one.source.startswith("data/cycles.toml")


def test_results_without_figures(project):
    (project / "build/bench/dre.json").write_text("[]")
    with pytest.raises(ValueError, match="must have two figures of prediction, not 0"):
        cycles.measured(project)


def test_what_near_memory_holds(edge):
    model = system.load_model("llama3-8b-siglip")
    free = 31e9 - model.resident_bytes
    assert memory.free_bytes(edge, model) == free
    tokens = int(free / model.kv_bytes_all)
    local = policy_of("local")
    assert memory.missing_bytes(edge, model, local, tokens, 1) == 0
    assert memory.missing_bytes(edge, model, local, tokens + 1, 1) > 0
    four = memory.missing_bytes(edge, model, policy_of("oaken"), 16 * 40_000, 1)
    assert four == pytest.approx(640_000 * 131_072 * 4.5 / 16 - free)


def test_a_context_that_does_not_fit_says_how_much_is_missing(edge):
    with pytest.raises(
        ValueError,
        match=r"16 x 40,000 cached tokens must fit into near memory of V-Rex8 with policy oaken: "
        r"9\.30 GB are missing",
    ):
        system.frame(edge, "oaken", tokens=40_000, batch=16, mode="stated")
    small = replace(edge, dram_gb=16.0)
    with pytest.raises(ValueError, match=r"weights must fit .* 1\.7\d GB are missing"):
        system.frame(small, "kvmu", tokens=1_000, mode="stated")
    with pytest.raises(ValueError, match=r"the ring must fit .* GB are missing"):
        system.frame(edge, tokens=1_000, batch=100, mode="ours")
