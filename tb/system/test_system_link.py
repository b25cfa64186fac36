"""Link, DRE and near memory of the system model: pages, packets, reads, spills, what fits."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core import figures_core
from figures import Figure, write
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
    assert one(10, 40, 1_250).cycles == 8_446
    assert one(10, 40, (625 + 1_250) / 2).cycles == pytest.approx((5_512 + 8_446) / 2)
    assert one(10, 40, 1).cycles == one.cycles[0]
    slope = (37_545 - 30_880) / 1_250
    assert one(10, 40, 7_250).cycles == pytest.approx(37_545 + 1_000 * slope)
    assert one(1, 4, 1_250).cycles == pytest.approx(844.6)


def test_what_our_units_read_of_near_memory():
    """Entries of 8 bytes for ten tokens at once, counts of 2; long rows: counts twice, scores."""
    one = cycles.measured()
    assert one(10, 40, 1_000).spilled_bytes == 1_000 * (8 + 2)
    assert one(11, 44, 1_000).spilled_bytes == 1_000 * (2 * 8 + 2)
    assert one(10, 40, 4_096).spilled_bytes == 4_096 * 10
    assert one(10, 40, 5_000).spilled_bytes == 5_000 * (8 + 40 * 6)
    frame = system.frame(tokens=200_000, mode="ours", options=system.Options(case="T3@0.3"))
    clusters = 200_000 / frame.assumed.cluster_tokens(200_000)
    assert clusters > 4_096
    spilled = sum(use.bytes for use in frame.log if use.what == "spilled")
    assert spilled == pytest.approx(32 * 8 * clusters * (8 + 40 * 6))


OTHER = Figure("what the engine waits for", "excerpt", 1.0, "cycles")
FIGURES = [
    figures_core._figure(1_000, 32, 32, (94, 3_400), (94, 9_999)),
    OTHER,
    figures_core._figure(20_000, 8, 2_500, (12_562, 12_000), (9_999, 99_999)),
]
"""As the bench itself makes them."""

BENCH = json.dumps([asdict(figure) for figure in FIGURES])


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


def test_the_bench_writes_what_is_read_here(project):
    """`make bench` from its figures to its file; two of as many clusters have a mean."""
    more = figures_core._figure(80_000, 32, 2_500, (1, 12_662), (1, 1))
    write(project / "build/bench/dre.json", [*FIGURES, more])
    one = cycles.measured(project)
    assert (one.clusters, one.cycles) == ((32.0, 2_500.0), (3_400.0, 12_612.0))


def test_results_older_than_the_design_are_told(project):
    os.utime(project / "build/bench/dre.json", (0, 0))
    with pytest.warns(UserWarning, match="build/bench/dre.json is older than the design"):
        one = cycles.measured(project)
    assert one.source.startswith("data/cycles.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "results must have two figures of prediction, not 0"),
        ("[", "must be figures of `make bench CORE=dre`: JSONDecodeError"),
        ("[1]", "must be figures of `make bench CORE=dre`: TypeError"),
        ('[{"figure": "prediction"}]', "must be figures of `make bench CORE=dre`: KeyError"),
    ],
)
def test_damaged_results(project, text, message):
    path = project / "build/bench/dre.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"{path}: {message}"):
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
