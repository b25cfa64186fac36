"""The mover between memories that answer as they like: every byte, whatever the stalls."""

import cocotb

from axi.memory import Habits, habits_of
from kvmu import coverage_mover
from kvmu.expected_mover import OK, REFUSED, refused
from kvmu.scene_mover import BUILD, PAGE_BYTES, PAGES, PORTS, begin, sizes_of
from streams import Stalls

MIXES = {
    "ready": {},
    "slow": {"jobs": Stalls(valid=0.1), "done": Stalls(ready=0.1)},
    "lazy": {"jobs": Stalls(valid=0.7), "done": Stalls(ready=0.7, lazy=True)},
}


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(mix=list(MIXES))
async def random_jobs(dut, mix):
    """Jobs of any size and place, memories of any habit."""
    scene = await begin(dut, stalls=MIXES[mix])
    for _ in range(2):
        scene.habits(habits_of(scene.rng), habits_of(scene.rng))
        played = await scene.play(scene.ranges(12, sizes_of))
        assert all(status == OK for status in played.status.values())
        assert scene.state["drained"]


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(order=["in order", "reordered", "interleaved"])
async def pages(dut, order):
    """Whole pages, as the KVMU moves them, and single bursts, with answers in every order."""
    habits = Habits(latency=(5, 60), order=order)
    scene = await begin(dut, (habits, habits))
    size = min(PAGE_BYTES, BUILD.job_bytes) // BUILD.beat_bytes
    for beats in (size, BUILD.burst_beats):
        await scene.play(scene.ranges(PAGES, lambda rng, beats=beats: beats, odd=False))
        assert scene.state["drained"]


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.outstanding * BUILD.burst_beats < 40)
async def a_beat_a_cycle(dut):
    """Memories that take and give everything: words follow each other without gaps (D81)."""
    scene = await begin(dut)
    size = min(PAGE_BYTES, BUILD.job_bytes) // BUILD.beat_bytes
    await scene.play(scene.ranges(PAGES, lambda rng: size, odd=False))
    cycles = scene.target.last_word - scene.target.first_word + 1
    assert scene.target.words == size * PAGES
    assert cycles <= 1.02 * scene.target.words, f"{scene.target.words} words in {cycles} cycles"
    assert not scene.source.refused_beats, "a beat had to wait"


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def ends_of_pages(dut):
    """Jobs that cross the end of a page on both sides, at places of their own."""
    scene = await begin(dut)
    page = PAGE_BYTES // BUILD.beat_bytes
    most = min(2 * BUILD.burst_beats + 1, BUILD.job_beats, page // 2)
    for _ in range(4):
        targets = scene.rng.sample(range(1, PAGES), PAGES - 1)
        jobs = []
        for tag, ends in enumerate(zip(range(1, PAGES), targets, strict=True)):
            size = scene.rng.randint(2, most)
            places = [end * page - scene.rng.randint(1, size - 1) for end in ends]
            source, target = (
                base + place * BUILD.beat_bytes
                for base, place in zip(scene.bases, places, strict=True)
            )
            size *= BUILD.beat_bytes
            tag %= BUILD.jobs
            jobs.append({"source": source, "target": target, "bytes": size, "tag": tag})
        await scene.play(jobs)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def anywhere(dut):
    """Memories at a dozen other places: every bit of an address is 0 and 1, and is carried into."""
    scene = await begin(dut)
    for _ in range(12):
        scene.move()
        await scene.cycles.step()
        await scene.play(scene.ranges(3, sizes_of))


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def the_longest_job(dut):
    """As long as a job may be, from and to anywhere."""
    scene = await begin(dut)
    for odd in (False, True):
        size = min(BUILD.job_bytes, PAGES * PAGE_BYTES - 2 * PAGE_BYTES) // BUILD.beat_bytes
        jobs = scene.ranges(1, lambda rng, size=size: size, odd=odd)
        assert jobs
        await scene.play(jobs)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def a_tag_in_use_waits(dut):
    """Jobs with one tag go one after the other."""
    scene = await begin(dut, (Habits(latency=(0, 40)), Habits(latency=(0, 40))))
    for tag in range(BUILD.jobs):
        jobs = scene.ranges(4, lambda rng: rng.randint(1, BUILD.burst_beats))
        for job in jobs:
            job["tag"] = tag
        played = await scene.play(jobs)
        assert played.order == sorted(played.order)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def what_lies_outside_is_refused(dut):
    """Around both ends of both regions, and what is no whole beat; the others go on."""
    scene = await begin(dut)
    beat, end = BUILD.beat_bytes, PAGES * PAGE_BYTES
    top = 2**BUILD.address_bits
    for _ in range(8):
        scene.move()
        await scene.cycles.step()
        jobs = scene.ranges(6, lambda rng: rng.randint(1, BUILD.burst_beats))
        good = len(jobs)
        for side, base in zip(("source", "target"), scene.bases, strict=True):
            for place, size in (
                (base - beat, beat),
                (base - beat, 2 * beat),
                (base + end, beat),
                (base + end - beat, 2 * beat),
                (base + 1, beat),
                (base, 0),
                (base, beat + scene.rng.randint(1, beat - 1)),
                (base, BUILD.job_bytes + beat),
                (scene.rng.randrange(0, top, beat), beat),
                (top - beat, 2 * beat),
            ):
                job = {"source": scene.bases[0], "target": scene.bases[1]}
                job |= {side: place % top, "bytes": min(size, 2 * BUILD.job_bytes - 1)}
                job["tag"] = scene.rng.randrange(BUILD.jobs)
                if refused(BUILD, (scene.source, scene.target), job):
                    jobs.append(job)
        assert len(jobs) >= good + 16
        scene.rng.shuffle(jobs)
        played = await scene.play(jobs)
        assert list(played.status.values()).count(OK) == good


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def the_end_of_addresses(dut):
    """What reaches beyond the last address is refused, also if a region's limit would allow it."""
    scene, end = await begin(dut), 2**BUILD.address_bits
    scene.move([end - PAGES * PAGE_BYTES] * 2)
    base = scene.bases[0] // PAGE_BYTES
    most = 2 ** PORTS["regions"].shape["source"].shape["limit"].width - 1
    scene.allow({side: {"base": base, "limit": most} for side in ("source", "target")})
    await scene.cycles.step()
    for side in ("source", "target"):
        job = {"source": scene.bases[0], "target": scene.bases[1], "bytes": 2 * BUILD.beat_bytes}
        inside = {**job, "tag": 0, side: end - 2 * BUILD.beat_bytes}
        beyond = {**job, "tag": 1, side: end - BUILD.beat_bytes}
        played = await scene.play([inside, beyond])
        assert list(played.status.values()) in ([OK, REFUSED], [REFUSED, OK])


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def quiesce_drains(dut):
    """What has begun ends; nothing more is taken until it is released."""
    habits = Habits(latency=(10, 80), order="reordered")
    scene = await begin(dut, (habits, habits))
    for wait in (1, 30, 150):
        scene.offer(scene.ranges(8, sizes_of))
        await scene.cycles.step(wait)
        dut.quiesce.value = 1
        before = len(scene.jobs.sent)
        await scene.quiet()
        taken = len(scene.jobs.sent)
        assert taken <= before + 1, "more is taken than the job that is looked at"
        await scene.cycles.step(100)
        assert len(scene.jobs.sent) == taken, "a job was taken while quiet"
        assert not scene.source.waiting + scene.target.waiting
        dut.quiesce.value = 0
        await scene.finish()


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage_mover.missing(BUILD, faults=False)
    assert not missing, f"never seen: {', '.join(missing)}"
