"""Memories that fail, answer late or never: nothing is written that was not read, nothing hangs."""

import cocotb

from axi.memory import Habits, habits_of
from kvmu import coverage_mover
from kvmu.expected_mover import LINK_DOWN, OK, READ_ERROR, TIMEOUT, UNACKNOWLEDGED, WRITE_ERROR
from kvmu.scene_mover import BUILD, begin, sizes_of

QUICK = Habits(latency=(0, 20), order="interleaved")


def sometimes(*fates, often=0.15):
    """A burst's fate: one of these now and then."""
    return lambda burst, rng: rng.choice(fates) if rng.random() < often else "ok"


def once(fate, count=1):
    """The first bursts have this fate, all later ones none."""
    left = [count]

    def choose(burst, rng):
        left[0] -= 1
        return fate if left[0] >= 0 else "ok"

    return choose


def bursts_of(rng):
    """Beats of a job of a few bursts."""
    return rng.randint(1, min(3 * BUILD.burst_beats, BUILD.job_beats))


def whole_bursts_of(rng):
    """The same, a whole one at least."""
    return rng.randint(BUILD.burst_beats, min(3 * BUILD.burst_beats, BUILD.job_beats))


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def errors_on_every_channel(dut):
    """SLVERR, DECERR, bursts that end early or late; mixed with those that are well."""
    scene = await begin(dut)
    for _ in range(3):
        source = habits_of(scene.rng)
        reads = sometimes("slverr", "decerr", "short", "long")
        writes = sometimes("slverr", "decerr")
        scene.habits(
            Habits(**{**vars(source), "fate": reads}), Habits(latency=(0, 30), fate=writes)
        )
        await scene.play(scene.ranges(12, sizes_of))
        assert scene.state["drained"]
    scene.habits(QUICK, QUICK)  # and after all of it everything is as before
    played = await scene.play(scene.ranges(10, sizes_of))
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(fate=["slverr", "decerr", "short", "long"])
async def one_failed_read(dut, fate):
    """Its job fails, and only its bytes are missing; ordered again, the job succeeds."""
    scene = await begin(dut, (Habits(fate=once(fate)), QUICK))
    # What has one beat cannot be too short: the first burst is a whole one.
    jobs = scene.ranges(3, whole_bursts_of, odd=fate != "short")
    played = await scene.play(jobs)
    assert sorted(played.status.values()) == [OK] * (len(jobs) - 1) + [READ_ERROR]
    played = await scene.play(jobs)
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def one_failed_write(dut):
    scene = await begin(dut, (QUICK, Habits(fate=once("slverr"))))
    jobs = scene.ranges(3, bursts_of)
    played = await scene.play(jobs)
    assert sorted(played.status.values()) == [OK] * (len(jobs) - 1) + [WRITE_ERROR]
    played = await scene.play(jobs)
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms", skip=BUILD.most_dead < 2)
async def late_reads_are_dropped(dut):
    """The job ends in time, its retry uses other IDs, and the late answer is written nowhere."""
    scene = await begin(dut, (QUICK, QUICK))
    for _ in range(2):
        count = BUILD.most_dead - 1
        scene.habits(Habits(latency=(0, 9), order="interleaved", fate=once("late", count)))
        jobs = scene.ranges(min(6, BUILD.jobs), bursts_of)  # no tag twice, so none waits
        start = scene.cycles.now
        played = await scene.play(jobs)
        assert TIMEOUT in played.status.values()
        assert BUILD.timeout <= scene.cycles.now - start <= 2 * BUILD.timeout + 500
        assert not scene.state["drained"]
        assert not scene.state["down"]
        late = [burst for burst in played.source.bursts if burst.fate == "late"]
        assert len(late) == count
        played = await scene.play(jobs)  # the retry, while the late ones are still to come
        assert set(played.status.values()) == {OK}
        assert not {burst.id for burst in late} & {burst.id for burst in played.source.bursts}
        before, written = bytes(scene.target.space.content), len(scene.target.bursts)
        await scene.quiet()
        assert len(scene.target.bursts) == written, "a late answer was written"
        assert scene.events["late_beats"] == sum(burst.beats for burst in late)
        assert scene.target.space.content == before


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def a_link_that_does_not_answer_is_down(dut):
    """Jobs fail instead of hanging, quickly from then on; late answers bring the link up."""
    scene = await begin(dut, (Habits(fate=lambda burst, rng: "late"), QUICK))
    jobs = scene.ranges(12, bursts_of)
    played = await scene.play(jobs)
    assert set(played.status.values()) <= {TIMEOUT, LINK_DOWN}
    assert scene.state["down"]
    start = scene.cycles.now
    played = await scene.play(jobs)
    assert set(played.status.values()) == {LINK_DOWN}
    assert not played.source.bursts
    assert scene.cycles.now - start < 30 * len(jobs)
    await scene.quiet()
    assert not scene.state["down"]
    scene.habits(QUICK)
    played = await scene.play(jobs)
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def reads_that_never_answer(dut):
    """They cost their IDs until reset, and no more."""
    count = max(1, BUILD.most_dead - 1)
    scene = await begin(dut, (Habits(fate=once("never", count)), QUICK))
    played = await scene.play(scene.ranges(8, bursts_of))
    assert TIMEOUT in played.status.values()
    if BUILD.most_dead > 1:
        played = await scene.play(scene.ranges(8, bursts_of))
        assert set(played.status.values()) == {OK}
    assert not scene.state["drained"]
    await scene.restart()
    played = await scene.play(scene.ranges(8, bursts_of))
    assert set(played.status.values()) == {OK}
    assert scene.state["drained"]


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(fate=["late", "never"])
async def writes_without_an_answer(dut, fate):
    """What cannot be known is said: the bytes may have been written. Nothing else is moved."""
    scene = await begin(dut, (QUICK, Habits(fate=once(fate))))
    jobs = scene.ranges(3, bursts_of)
    played = await scene.play(jobs)
    statuses = sorted(played.status.values())
    assert statuses.pop() == UNACKNOWLEDGED
    assert set(statuses) <= {OK, LINK_DOWN}  # as soon as that is known, nothing else is begun
    assert scene.state["down"]
    played = await scene.play(jobs)
    assert set(played.status.values()) == {LINK_DOWN}
    if fate == "late":
        await scene.quiet()
        assert scene.events["late_writes"] == 1
    else:
        await scene.restart()
    played = await scene.play(jobs)
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(channel=["AR", "AW", "W"])
async def a_channel_that_stands_still(dut, channel):
    """No request, or no word, is taken for long: every job ends, and nothing is withdrawn."""
    still = Habits(address=0.0 if channel != "W" else 1.0, data=0.0)
    habits = (still, QUICK) if channel == "AR" else (QUICK, still)
    scene = await begin(dut, habits)
    jobs = scene.ranges(6, bursts_of)
    scene.offer(jobs)
    for _ in range(12 * BUILD.timeout):
        await scene.cycles.step()
        if scene.over:
            break
    assert scene.over, "a job hangs"
    assert scene.state["down"]
    statuses = set(scene.statuses)
    assert statuses <= {LINK_DOWN, TIMEOUT, UNACKNOWLEDGED}
    assert statuses & {TIMEOUT, UNACKNOWLEDGED}
    scene.habits(QUICK, QUICK)  # it moves again: what was offered is taken, and then all is well
    await scene.quiet()
    scene.forget()
    played = await scene.play(jobs)
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def answers_that_nobody_asked_for(dut):
    """Beats and acknowledgements of IDs without a burst are counted and change nothing."""
    scene = await begin(dut)
    await scene.play(scene.ranges(4, sizes_of))
    scene.events.clear()
    before = bytes(scene.target.space.content)
    for identity in range(BUILD.outstanding):
        scene.source.answer_nobody(identity)
        scene.target.answer_nobody(identity)
        await scene.cycles.step()
    scene.source.stray = scene.target.stray = False
    await scene.cycles.step(20)
    assert scene.events["stray_beats"] == scene.events["stray_writes"] == BUILD.outstanding
    assert scene.target.space.content == before
    played = await scene.play(scene.ranges(12, sizes_of))
    assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def reset_in_mid_operation(dut):
    """From any moment on: VALIDs are 0 at once, nothing is left over, and all goes on."""
    scene = await begin(dut)
    for _ in range(4):
        scene.habits(habits_of(scene.rng), habits_of(scene.rng))
        scene.offer(scene.ranges(10, sizes_of))
        await scene.cycles.step(scene.rng.randint(1, 400))
        await scene.restart()
        await scene.cycles.step()
        for name in ("source__arvalid", "target__awvalid", "target__wvalid", "done__valid"):
            assert not bool(getattr(dut, name).value), f"{name} after reset"
        played = await scene.play(scene.ranges(5, sizes_of))
        assert set(played.status.values()) == {OK}
        assert scene.state["drained"]


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage_mover.missing(BUILD, faults=True)
    assert not missing, f"never seen: {', '.join(missing)}"
