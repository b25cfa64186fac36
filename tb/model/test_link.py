"""link: bytes over the link, against the golden model of the KVMU and by hand."""

import math
from dataclasses import replace

import numpy as np

import resv
from model.lab_traces import SMALL, made
from resv import policies
from resv.kvmu import ContextConfig, KVConfig
from resv.kvmu.experiment import play, record
from resv.laboratory import Settings, link


def test_resv_reads_what_the_golden_model_of_the_kvmu_reads():
    trace = made(3, frames=60, d=64)
    found = resv.compare(trace, ["resv"], [0.4], config=SMALL, held_back=20, area_pages=3)
    figures = found.figures()["trace 0", "frames", "ratio", "resv", 0.4]
    config = replace(SMALL, Th_r=figures.knob, scale=trace.scale)
    total = 0
    steps = list(resv.replay(trace, config, engine="fast"))
    for chunks in record(steps):
        for n, step in enumerate(steps):
            if step.kind != resv.Kind.FRAME:  # text selects nothing here
                chunks[n] = replace(chunks[n], selected=np.zeros(0, int))
        context = ContextConfig(sink_tokens=3, recent_tokens=8, held_back=20, frames=3)
        memory = play(chunks, KVConfig(d=64, frames=3), context)
        total += memory.counters(0).pages_read * 4_096
    rows_of = [r for r in found.rows if (r.policy, r.table, r.kind) == ("resv", "ratio", "frames")]
    assert sum(r.link_bytes for r in rows_of) == total > 0
    assert all(math.isnan(r.link_bytes) for r in found.rows if r.kind == "text")


def test_tokens_are_read_by_pages_of_neighbours():
    """With nothing held back but a page and no room, every page of a wanted token is read."""
    settings = Settings(config=replace(SMALL, recent_tokens=0), held_back=7, area_pages=1)
    labels = np.arange(80)
    clusters = link.layout(policies.make("topk_token"), labels, 83, 3, 8)
    assert clusters.tolist() == [-1] * 3 + [n // 8 for n in range(80)]
    asked = [(n, 1, np.array([3, 4, 20]) if n in (60, 61, 62) else None) for n in range(83)]
    read = link.bytes_read(asked, clusters, 128, settings)
    # Two pages, one place: what was read last is here the next time.
    assert [n // 4_096 for n in read if n] == [2, 1, 1]
    settings = replace(settings, area_pages=2)
    assert sum(link.bytes_read(asked, clusters, 128, settings)) == 2 * 4_096


def test_groups_are_laid_out_by_their_numbers_as_they_come():
    labels = np.array([-1, -1, 5, 5, 2, 9, 2])
    clusters = link.layout(policies.make("cell"), labels, 9, 2, 8)
    assert clusters.tolist() == [-1, -1, 0, 0, 1, 2, 1, 3, 3]
