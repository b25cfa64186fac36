"""Mode ours: what is measured, the laws that go on from it, and how far they are from the paper."""

import json
from dataclasses import replace

import pytest

import resv
from model.lab_traces import made
from resv import system
from resv.kvmu import ContextConfig, KVConfig
from resv.kvmu.experiment import pages_used, play, record
from resv.system import laws, measure
from resv.system.figures.rates import AIMED, DESIGNS, TARGETS

CASE = ("made", 0.3)


@pytest.fixture(scope="module")
def trace():
    """400 frames of 4 tokens: enough for pages to leave."""
    return made(0, frames=400, layers=1, kv_heads=2, d=128)


@pytest.fixture(scope="module")
def rows(trace):
    return measure.measure([CASE], {"made": trace}, areas=(0.0, 0.05, 1.0))


@pytest.fixture(scope="module")
def contexts(trace):
    config = resv.Config(wicsum="integer", Th_r=0.3)
    steps = list(resv.replay(trace, config, "fast"))
    return steps, record(steps)


@pytest.mark.parametrize("tokens", [1_000, 10_000, 200_000])
def test_clusters_are_as_large_as_the_law_says(tokens):
    law = laws.law_of("T3@0.3")
    frame = system.frame(tokens=tokens, mode="ours", options=system.Options(case=law.name))
    means = 2 * 10 * 32 * 128 * tokens / law.cluster_tokens(tokens)
    assert frame.work.layers[0].before[-1].flops == pytest.approx(2 * 10 * 8 * 128 * 32 + means)


def test_selections_are_those_of_the_golden_model(rows, contexts):
    steps, _ = contexts
    frames = [step for step in steps if step.kind == resv.Kind.FRAME and step.far_tokens]
    for area in {row.area_pages for row in rows}:
        own = [row for row in rows if row.area_pages == area and row.kind == "frames"]
        assert sum(row.far for row in own) == sum(step.far_tokens for step in frames)
        assert sum(row.selected for row in own) == sum(step.selected_tokens for step in frames)
        assert sum(row.chunks for row in own) == 2 * len(frames)
        text = [row for row in rows if row.area_pages == area and row.kind == "text"]
        assert sum(row.chunks for row in text) == 2 * 3  # a question and two tokens, two heads


def test_pages_are_those_of_the_kvmu(rows, contexts):
    _, recorded = contexts
    tokens = sum(len(chunk.cluster_of) for chunk in recorded[0])
    context = ContextConfig(held_back=measure.HELD_BACK, frames=1)
    config = KVConfig(far_pages=tokens, extents=tokens)
    for area in {row.area_pages for row in rows}:
        own = [row for row in rows if row.area_pages == area]
        used = sum(len(pages) for one in recorded for pages in pages_used(one, config, context))
        assert sum(row.pages_used for row in own) == used > 0
        if area:
            whole = replace(config, frames=area)
            counters = [
                play(one, whole, replace(context, frames=area)).counters(0) for one in recorded
            ]
            assert sum(row.pages_read for row in own) == sum(one.pages_read for one in counters)
            assert sum(row.reads for row in own) == sum(one.reads for one in counters)
        else:
            assert sum(row.pages_read for row in own) == used


def test_a_chunk_that_begins_at_an_edge_is_behind_it(trace, monkeypatch):
    monkeypatch.setattr(measure, "EDGES", (0, 402, 50_000))
    found = measure.measure([CASE], {"made": trace}, areas=(0.0,))
    frames = {row.low: row.chunks for row in found if row.kind == "frames"}
    assert frames == {0: 2 * (100 - 54), 402: 2 * 300}  # sinks and recent tokens take 54 frames


def test_rows_lie_where_their_tokens_were(rows):
    for row in rows:
        assert row.low * row.chunks <= row.tokens < row.high * row.chunks
        assert (row.low, row.high) in zip(measure.EDGES, measure.EDGES[1:], strict=False)


def test_what_is_written_is_read(rows, trace, tmp_path):
    measure.write(tmp_path / "m.json", rows, {"made": trace})
    assert laws.read_rows(tmp_path / "m.json") == rows
    about = json.loads((tmp_path / "m.json").read_text())
    assert about["traces"]["made"]["weights"] == "random"
    assert list(laws.laws_of(rows)) == ["made@0.3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "must be JSON"), ("{}", "format must be resv-system-measured/1"), ("[]", "format must")],
)
def test_other_files_are_refused(tmp_path, text, message):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        laws.read_rows(tmp_path / "m.json")


def test_a_law_meets_what_was_measured():
    for law in laws.committed().values():
        frames = [row for row in law.rows if row.kind == "frames"]
        for row in frames:
            tokens = row.tokens / row.chunks
            assert law.share("frames", tokens) == pytest.approx(row.selected / row.far)
            assert law.ring("frames", tokens) == pytest.approx(row.ring / row.chunks)
            assert law.cluster_tokens(tokens) == pytest.approx(row.tokens / row.clusters)
        longest = max(row.high for row in frames)
        for row in frames:
            if row.high == longest:
                area = row.area_pages * row.chunks / row.pages_used
                share = row.pages_read / row.pages_used
                assert law.read_share("frames", area) == pytest.approx(share)


def test_beyond_the_longest_shares_stay():
    for law in laws.committed().values():
        longest = law.longest_tokens
        for name in ("share", "ring"):
            of = getattr(law, name)
            assert of("frames", longest) == of("frames", 10 * longest)


def test_a_larger_area_never_reads_more():
    for law in laws.committed().values():
        for kind in ("frames", "text"):
            shares = [share for _, share in law.residency(kind)]
            assert shares[0] == 1.0  # nothing stays
            assert shares == sorted(shares, reverse=True)


def test_what_a_frame_brings_is_the_law():
    law, tokens, area = laws.law_of("T2@0.3"), 40_000, 1.0
    result = system.frame(tokens=tokens, mode="ours", options=system.Options(area=area))
    used = law.share("frames", tokens) * (tokens - 216) - law.ring("frames", tokens)
    assert law.spread("frames", tokens) == pytest.approx(1, abs=1e-3)  # pages of wanted tokens
    assert laws.law_of("T3@0.08").spread("frames", tokens) > 1.5
    expected = used * law.spread("frames", tokens) * law.read_share("frames", area) * 131_072
    assert result.work.fetched_bytes == pytest.approx(expected)


def test_the_area_is_what_near_memory_has_left(edge):
    """At 200,000 tokens an area of twice the selection is more than there is."""
    options = [system.Options(area=area) for area in (2.0, 100.0, None)]
    moved = [
        system.frame(tokens=200_000, mode="ours", options=one).work.fetched_bytes for one in options
    ]
    assert moved[0] == moved[1] == moved[2]
    roomy = replace(edge, dram_gb=96.0)
    more = system.frame(roomy, tokens=200_000, mode="ours", options=options[0])
    assert more.work.fetched_bytes < moved[0]


def test_fewer_bits_are_fewer_bytes():
    whole, half = (
        system.frame(tokens=40_000, mode="ours", options=system.Options(area=1.0, kv_bits=bits))
        for bits in (16, 8)
    )
    assert half.work.fetched_bytes == pytest.approx(whole.work.fetched_bytes / 2)
    assert half.work.flops == whole.work.flops


def test_streams_that_share_have_less_each():
    alone, many = (
        system.frame(tokens=40_000, mode="ours", options=system.Options(sharing=n)) for n in (1, 16)
    )
    assert many.work.fetched_bytes > 2 * alone.work.fetched_bytes


@pytest.mark.parametrize(("tokens", "aim"), TARGETS.items())
def test_aims_with_8_bits(tokens, aim):
    options = DESIGNS[AIMED]
    assert system.frame(tokens=tokens, mode="ours", options=options).fps >= aim


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share": 0.0}, "share must be above 0 and at most 1, not 0.0"),
        ({"area": -1.0}, "area must be 0 or more, not -1.0"),
        ({"ahead": 9}, "ahead must be between 0 and 4, not 9"),
        ({"kv_bits": 17}, "kv_bits must be between 1 and 16, not 17"),
        ({"sharing": 0}, "sharing must be at least 1, not 0"),
        ({"case": "T9"}, "case must be one of T2@0.3, .* not 'T9'"),
    ],
)
def test_bad_options(values, message):
    with pytest.raises(ValueError, match=message):
        system.frame(tokens=1_000, mode="ours", options=system.Options(**values))
