"""The WTU against the golden model: every row, bit for bit, under every mix of stalls."""

import cocotb
import numpy as np

from dre.layouts import ScoreMode
from streams import Stalls
from wtu import coverage
from wtu.chunks import Job
from wtu.scene import BUILD, begin
from wtu.workload import ROWS, THRESHOLDS, bf16_bits, random_job, score_row, split

STREAMS = ("chunks", "counts", "scores", "reads", "rows", "selected")
MIXES = {
    "ready": {},
    "slow sources": {"counts": Stalls(valid=0.2), "scores": Stalls(valid=0.4)},
    "slow chunks": {"chunks": Stalls(valid=0.02)},
    "slow sinks": {"rows": Stalls(ready=0.2), "selected": Stalls(ready=0.3)},
    "slow reads": {"reads": Stalls(ready=0.03)},
    "rows wait": {"rows": Stalls(ready=0.05)},
    "selection waits": {"selected": Stalls(ready=0.05)},
    "all": {name: Stalls(valid=0.6, ready=0.5) for name in STREAMS},
    "lazy": {name: Stalls(valid=0.8, ready=0.8, lazy=True) for name in STREAMS},
}
WORK = 8_000 // (BUILD.beats + 20)  # rows in a case: as much work, whatever the build
MOST = BUILD.max_clusters


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(mix=list(MIXES), latency=[0, 60, None])
async def random_chunks(dut, mix, latency):
    """Chunks of any size and settings; latency None: rows are sent without being asked for."""
    scene = await begin(dut, MIXES[mix], latency or 0, in_order=latency is None)
    for _ in range(3):
        rows = 0
        while rows < WORK // 27:
            job = random_job(scene.rng, BUILD)
            rows += len(job.rows) + 1
            scene.engine.offer(job)
        await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(ROWS))
async def rows_of_a_kind(dut, kind):
    """All rows of a chunk of one kind, for every kind of threshold."""
    scene = await begin(dut)
    size = min(MOST, 3 * BUILD.lanes + 1)
    for TH in THRESHOLDS:
        fixed = {"mode": ScoreMode.EXP, "TH": TH, "K": 33_428, "k": 18}
        job = random_job(scene.rng, BUILD, clusters=size, count=min(3, BUILD.max_rows), **fixed)
        for row in job.rows:
            row[:] = score_row(scene.rng, kind, size, job.K, job.k)
        scene.engine.offer(job)
    await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(mode=list(ScoreMode))
async def ties_are_cut_anywhere(dut, mode):
    """Equal keys, equal counts: the first so and so many, for every place in the first beats."""
    scene = await begin(dut)
    clusters = min(MOST, 2 * BUILD.lanes + 1)
    ends = {1, 2, BUILD.lanes - 1, BUILD.lanes, BUILD.lanes + 1, 2 * BUILD.lanes, clusters}
    ends |= set(range(1, clusters + 1, max(1, clusters // 12)))
    value = {ScoreMode.EXP: bf16_bits([-3.0])[0], ScoreMode.WEIGHT: np.uint16(40_000)}[mode]
    for end in sorted(end for end in ends if 1 <= end <= clusters):
        for count in (1, 65_535 * 16 // clusters):
            row = np.full((1, clusters), value, np.uint16)
            counts = np.full(clusters, min(count, 65_535), np.int64)
            TH = min(65_535, 2**16 * (end - 1) // clusters)
            (answer,) = await scene.play(Job(7, row, counts, TH=TH, mode=mode))
            exact = 2**16 * (end - 1) % clusters == 0
            cuts = (end,) if exact else (end, end - 1)
            assert answer.entries in (cuts if BUILD.variant == "exact" else (clusters,))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def a_tie_below_others_is_cut(dut):
    """A few larger keys here and there, then equal ones, of which some have no count."""
    scene = await begin(dut)
    for _ in range(max(12, WORK // 20)):
        clusters = min(MOST, scene.rng.randint(1, 4 * BUILD.lanes + 2))
        scores = np.full((1, clusters), -2.0)
        larger = scene.rng.sample(range(clusters), scene.rng.randint(0, min(3, clusters - 1)))
        scores[0, larger] = 1
        counts = np.array([scene.rng.choice([0, 1, 1, 2]) for _ in range(clusters)], np.int64)
        TH = scene.rng.randint(20_000, 65_535)
        scene.engine.offer(Job(7, bf16_bits(scores), counts, TH=TH))
    await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def keys_close_to_the_threshold(dut):
    """One octave, fractions all over it: the threshold falls between any two of 256 keys."""
    scene = await begin(dut)
    size = min(MOST, 3 * BUILD.lanes)
    for _ in range(max(6, WORK // 40)):
        fractions = np.array([scene.rng.randrange(256) for _ in range(size)])
        row = bf16_bits(1 + fractions[None] / 256)  # rounded to 7 bits: pairs become equal
        counts = np.array([scene.rng.randint(1, 9) for _ in range(size)], np.int64)
        job = Job(1, row, counts, TH=scene.rng.randint(1, 65_535), K=2**15, k=15)
        scene.engine.offer(job)
        weights = np.array([[2**15 + f for f in fractions]], np.uint16)
        scene.engine.offer(Job(2, weights, counts, TH=job.TH, mode=ScoreMode.WEIGHT))
    await scene.play()
    await scene.end()


def listed_row(rng, clusters, mode):
    """A row with as many candidates in a lane as its list holds, one more or less, or only these.

    Some of them tie; what is no candidate has the same fractions, and weighs little.
    """
    lane, fractions = rng.randrange(min(BUILD.lanes, clusters)), rng.choice([1, 2, 30])
    chance = rng.choice([0, 0.2])
    chosen = np.array([rng.random() < chance for _ in range(clusters)])
    places = range(lane, clusters, BUILD.lanes)
    length = min(rng.choice([BUILD.candidates + n for n in (-1, 0, 1, BUILD.beats)]), len(places))
    chosen[lane :: BUILD.lanes] = False
    chosen[rng.sample(places, max(length, 1))] = True
    keys = np.array([rng.randrange(fractions) for _ in range(clusters)])
    if mode == ScoreMode.WEIGHT:
        return (np.where(chosen, 40_960, 2_048) + 7 * keys).astype(np.uint16)
    return bf16_bits(np.where(chosen, 1, -6) + 8 * keys / 256)


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=BUILD.variant != "exact")
@cocotb.parametrize(mix=["ready", "slow sources", "slow sinks", "selection waits", "lazy"])
async def lists_that_are_just_full_and_more(dut, mix):
    """Row after row and chunk after chunk, each with token counts of its own."""
    scene = await begin(dut, MIXES[mix])
    for _ in range(2):
        for _ in range(max(4, WORK // 60)):
            clusters = scene.rng.choice([MOST, min(MOST, BUILD.on_chip_clusters)])
            clusters = max(1, clusters - scene.rng.choice([0, 0, scene.rng.randrange(BUILD.lanes)]))
            mode = scene.rng.choice(list(ScoreMode))
            most = min(65_535, 2**20 // clusters, scene.rng.choice([1, 40, 65_535]))
            counts = np.array([scene.rng.randint(1, most) for _ in range(clusters)], np.int64)
            count = scene.rng.randint(1, min(3, BUILD.max_rows))
            rows = np.array([listed_row(scene.rng, clusters, mode) for _ in range(count)])
            TH = scene.rng.randint(0, 65_535)
            scene.engine.offer(Job(4, rows, counts, TH=TH, mode=mode, K=2**15, k=15))
        await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=BUILD.variant != "bucket" or MOST < 3)
@cocotb.parametrize(mode=list(ScoreMode))
async def a_row_ends_in_any_bucket(dut, mode):
    """The largest and the smallest value have a token each, one between them nearly all."""
    scene = await begin(dut)
    for bucket in range(BUILD.buckets):
        part = (bucket + 0.5) / BUILD.buckets
        if mode == ScoreMode.WEIGHT:
            row = np.array([[60_000, 60_000 - part * 59_400, 600]]).astype(np.uint16)
        elif BUILD.axis == "logit":
            row = bf16_bits(np.array([[0, -16 * part, -16]]))
        else:
            row = bf16_bits(np.array([[0, np.log2(1 - part), -10]]))
        counts = np.array([1, 65_535, 1], np.int64)
        (answer,) = await scene.play(Job(5, row, counts, TH=30_000, mode=mode, K=2**15, k=15))
        assert answer.entries in (2, 3)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def octaves_where_weights_end(dut):
    """Below the largest key: the last octave that weighs, the first that does not, and on."""
    scene = await begin(dut)
    size = min(MOST, 2 * BUILD.lanes + 3)
    for below in (23, 24, 25, 31, 32, 33, 63, 64):
        for TH in (40_000, 65_535):
            row = np.full((1, size), -float(below))
            row[0, scene.rng.randrange(size)] = 0
            counts = np.array([scene.rng.randint(1, 65_535 // size) for _ in range(size)], np.int64)
            scene.engine.offer(Job(3, bf16_bits(row), counts, TH=TH, K=2**15, k=15))
    await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def sums_at_the_limit_of_the_format(dut):
    """The most tokens, all at the largest weight, in both modes; one token more where possible."""
    scene = await begin(dut)
    size = min(MOST, 20)
    totals = [min(2**20, size * 65_535)] + ([2**20 + 1] if size * 65_535 > 2**20 else [])
    for total in totals:
        for counts in (split(scene.rng, total, size), split(scene.rng, total, size)):
            for TH in (0, 1, 40_000, 65_535, None):
                row = np.full((1, size), bf16_bits([255 / 256])[0])
                scene.engine.offer(Job(1, row, counts, TH=TH, K=2**15, k=15))
                row = np.full((1, size), 65_535, np.uint16)
                scene.engine.offer(Job(1, row, counts, TH=TH, mode=ScoreMode.WEIGHT))
    await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def errors_of_single_entries(dut):
    """NaN and infinity at either end of a row and anywhere, with a count and without."""
    scene = await begin(dut, MIXES["all"])
    kinds = [0x7F80, 0xFF80, 0x7F81, 0x7FC0, 0xFFFF, 0xFFC0]
    for size in sorted({1, min(MOST, BUILD.lanes), min(MOST, 2 * BUILD.lanes + 1)}):
        for place in {0, size // 2, size - 1}:
            for bits in scene.rng.sample(kinds, 2):
                fixed = {"clusters": size, "count": min(2, BUILD.max_rows)}
                job = random_job(scene.rng, BUILD, mode=ScoreMode.EXP, **fixed)
                job.rows[scene.rng.randrange(len(job.rows)), place] = bits
                job.token_count[place] = scene.rng.choice([0, 1])
                scene.engine.offer(job, random_job(scene.rng, BUILD))
    await scene.play()
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def many_rows(dut):
    """A chunk of many short rows, one of a full row, one of no row, one of no cluster."""
    scene = await begin(dut)
    many = min(BUILD.max_rows, 270)
    jobs = [
        random_job(scene.rng, BUILD, clusters=min(MOST, 2), count=many),
        random_job(scene.rng, BUILD, clusters=MOST, count=1),
        random_job(scene.rng, BUILD, clusters=MOST, count=0),
        random_job(scene.rng, BUILD, clusters=0, count=0),
        random_job(scene.rng, BUILD, clusters=0, count=min(BUILD.max_rows, 9)),
        random_job(scene.rng, BUILD, clusters=0, count=1, TH=None),
        random_job(scene.rng, BUILD, clusters=MOST, count=min(BUILD.max_rows, 4)),
    ]
    await scene.play(*jobs)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(in_order=[False, True])
async def chunk_numbers_wrap(dut, in_order):
    """Chunks where the numbers begin again, and where the highest bit changes."""
    scene = await begin(dut, in_order=in_order)
    for start in (2**16 - 4, 2**15 - 4):
        await scene.restart()
        scene.engine.number = start
        sizes = {"clusters": min(MOST, BUILD.lanes + 1), "count": 1}
        await scene.play(*[random_job(scene.rng, BUILD, **sizes) for _ in range(8)])
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def reset_in_mid_operation(dut):
    """Reset at any moment; then nothing comes out of itself, and the next chunks are right."""
    scene = await begin(dut, MIXES["all"])
    for turn in range(12):
        scene.engine.in_order = turn % 3 == 2
        scene.engine.offer(*(random_job(scene.rng, BUILD) for _ in range(3)))
        await scene.engine.idle(scene.rng.randint(1, 8 * BUILD.beats + 60))
        await scene.restart()
        for _ in range(5):
            await scene.engine.idle(1)
            for name in ("reads", "rows", "selected"):
                assert not getattr(dut, f"{name}__valid").value, f"{name}: of a forgotten chunk"
        await scene.play(random_job(scene.rng, BUILD), random_job(scene.rng, BUILD))
        await scene.end()


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    assert not coverage.missing(BUILD), f"never seen: {', '.join(coverage.missing(BUILD))}"
