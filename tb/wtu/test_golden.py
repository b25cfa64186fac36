"""The judge of the WTU's answers, without hardware: right answers pass, and no other ones."""

import copy
import dataclasses
import random
import re

import numpy as np
import pytest

from dre import WTUConfig
from dre.layouts import RowStatus, ScoreMode
from wtu import coverage
from wtu.chunks import Answer, Job, RowAnswer
from wtu.golden import Golden, golden_rows, masks
from wtu.workload import ROWS, bf16_bits, random_job, row_size, score_row, split, token_counts

BUILD = WTUConfig(lanes=4, max_clusters=30, max_rows=9)


def answered(job, lost=(), given=None):
    """The right answer, one part a beat that adds something."""
    answer = Answer(job, 77, len(job.rows), status=RowStatus.OK, entries=0)
    whose = {"context": job.context, "chunk": 77, "clusters": job.rows.shape[1]}
    answer.header, joined = whose, np.zeros(job.rows.shape[1], bool)
    for n, row in enumerate(golden_rows(BUILD, job, lost, given)):
        shown = masks(row.selected, BUILD.lanes)
        answer.rows.append(RowAnswer(whose | {"row": n}, shown, dict(row.trailer), 5, 9))
        news = masks(row.selected & ~joined, BUILD.lanes)
        answer.parts += [(beat, mask) for beat, mask in enumerate(news) if mask]
        joined |= row.selected
        answer.status = max(answer.status, RowStatus(row.trailer["status"]), key=lambda s: s.value)
    answer.entries = int(joined.sum())
    return answer


def example():
    """Two rows of five clusters; the second adds one that the first has not."""
    rows = bf16_bits([[3, -400, -400, 3, -400], [3, -400, -400, -400, 3]])
    return Job(5, rows, np.array([1, 1, 0, 1, 1]), TH=65_535)


def refused(answer, message, **what):
    with pytest.raises(AssertionError, match=re.escape(message)):
        Golden(BUILD).judge(answer, **what)


def test_the_example_is_what_it_says():
    answer = answered(example())
    assert [row.masks for row in answer.rows] == [[0b1001, 0], [0b0001, 1]]
    assert answer.parts == [(0, 0b1001), (1, 1)]
    assert answer.entries == 3
    Golden(BUILD).judge(answer)


def test_parts_of_a_row_may_come_in_any_order_and_in_pieces():
    answer = answered(example())
    answer.parts = [(0, 0b1000), (0, 0b0001), (1, 1)]
    Golden(BUILD).judge(answer)
    answer = answered(Job(5, example().rows[:, ::-1].copy(), np.ones(5, np.int64), TH=None))
    assert [beat for beat, _ in answer.parts] == [0, 1]
    answer.parts.reverse()
    Golden(BUILD).judge(answer)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([(0, 0b1001), (1, 1), (1, 1)], "parts that no row adds: [(1, 1)]"),
        ([(0, 0b1001), (0, 1), (1, 1)], "part 0, 0x1, but what it adds is {1: 1}"),
        ([(0, 0b1001)], "row 1 adds {1: 1} to the selection, which never came"),
        ([(1, 1), (0, 0b1001)], "row 0: part 1, 0x1, but what it adds is {0: 9}"),
        ([(0, 0b1011), (1, 1)], "part 0, 0xb, but what it adds is {0: 9}"),
        ([(0, 0b1001), (1, 0), (1, 1)], "row 1 adds {1: 1}"),
    ],
)
def test_a_wrong_selection_is_refused(parts, message):
    answer = answered(example())
    answer.parts = parts
    refused(answer, message)


FIELDS = ("entries", "mass", "total", "saturated", "passes", "early_exit", "status")


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_trailer_is_judged(field):
    answer = answered(example())
    answer.rows[1].trailer[field] ^= 1
    refused(answer, "row 1: trailer")


def test_the_rest_of_an_answer_is_judged():
    good = answered(example())
    for path, value, message in (
        (("header", "context"), 4, "header"),
        (("header", "chunk"), 78, "header"),
        (("header", "clusters"), 6, "header"),
        (("entries",), 4, "4 entries"),
        (("status",), RowStatus.NOT_FINITE, "NOT_FINITE"),
    ):
        answer = copy.deepcopy(good)
        if len(path) == 2:
            answer.header[path[1]] = value
        else:
            setattr(answer, path[0], value)
        refused(answer, message)
    for change, message in (
        (lambda rows: rows.pop(), "1 rows"),
        (lambda rows: rows[0].masks.pop(), "row 0: 9, not 9 0"),
        (lambda rows: rows[0].header.update(row=1), "row 0: header"),
        (lambda rows: rows[1].masks.__setitem__(1, 0b10), "row 1: 1 2, not 1 1"),
    ):
        answer = copy.deepcopy(good)
        change(answer.rows)
        refused(answer, message)


@pytest.mark.parametrize(
    ("build", "mode", "chosen", "passes", "early_exit"),
    [
        ({}, ScoreMode.EXP, [0], 3, 0),
        ({"variant": "bucket", "buckets": 2}, ScoreMode.EXP, [0, 1], 2, 1),
        ({"variant": "bucket", "buckets": 1}, ScoreMode.EXP, [0, 1, 2, 3], 2, 0),
        ({"variant": "bucket", "buckets": 2, "axis": "logit"}, ScoreMode.EXP, [0, 1, 2], 2, 1),
        ({}, ScoreMode.WEIGHT, [3], 3, 0),
        ({"variant": "bucket", "buckets": 2, "axis": "logit"}, ScoreMode.WEIGHT, [1, 2, 3], 2, 1),
    ],
)
def test_each_variant_has_its_golden_model(build, mode, chosen, passes, early_exit):
    """Octaves 0, 0.5, 7 and 9 below the largest; the same bits as weights."""
    build = dataclasses.replace(BUILD, **build)
    row = bf16_bits([0, -4, -56, -72])
    job = Job(0, row[None], np.ones(4, np.int64), TH=0, mode=mode, K=2**15, k=18)
    (golden,) = golden_rows(build, job)
    assert np.flatnonzero(golden.selected).tolist() == chosen
    assert (golden.trailer["passes"], golden.trailer["early_exit"]) == (passes, early_exit)


def test_a_lost_row_is_everything():
    answer = answered(example(), lost={1})
    assert answer.rows[1].masks == [0b1111, 1]
    Golden(BUILD).judge(answer, lost={1})
    refused(answer, "row 1")
    refused(answered(example()), "row 1", lost={1})


def test_a_refused_chunk_is_header_and_trailer():
    job = example()
    job.K = 2**15 - 1
    answer = Answer(job, 77, 0, entries=0, status=RowStatus.BAD_CONFIG)
    answer.header = {"context": 5, "chunk": 77, "clusters": 5}
    assert Golden(BUILD).judge(answer) == []
    answer.parts = [(0, 1)]
    refused(answer, "a selection of a chunk that is refused")


def test_work_reaches_every_situation_and_is_judged_right(seed):
    """The random chunks of the benches, answered by the golden model."""
    rng, golden = random.Random(seed), Golden(BUILD)
    coverage.seen.clear()
    for _ in range(1_500):
        job = random_job(rng, BUILD)
        coverage.observe(job, golden.judge(answered(job)), BUILD)
    beyond_chance = {"status NOT_FINITE"}  # only benches of errors make these
    beyond_chance |= {"as many tokens as allowed", "tie cut after several beats"}
    assert set(coverage.missing(BUILD)) <= beyond_chance


def test_token_counts_are_in_range_and_split_exactly(seed):
    rng = random.Random(seed)
    for _ in range(300):
        size = row_size(rng, BUILD)
        counts = token_counts(rng, size)
        assert counts.dtype == np.int64
        assert counts.shape == (size,)
        assert not size or (0 <= counts.min() and counts.max() <= 65_535)
    for total, size in ((2**20, 17), (2**20 + 1, 30), (65_535 * 30, 30), (0, 3), (5, 1)):
        counts = split(rng, total, size)
        assert (counts.sum(), len(counts)) == (total, size)
        assert 0 <= counts.min() <= counts.max() <= 65_535


@pytest.mark.parametrize("kind", ROWS)
def test_rows_are_numbers(kind, seed):
    rng = random.Random(seed)
    for K, k in ((33_428, 18), (2**15, 31), (2**16 - 1, 0)):
        for size in (1, 7):
            row = score_row(rng, kind, size, K, k)
            assert row.dtype == np.uint16
            assert ((row & 0x7F80) != 0x7F80).all()
