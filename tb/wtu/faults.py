"""What the benches of faults share: old packets, and chunks around a faulty one."""

from broken_packets import change_header, header_only, stray
from streams import Stalls
from wtu.scene import BUILD
from wtu.workload import random_job

STALLS = {name: Stalls(valid=0.7, ready=0.8) for name in ("chunks", "counts", "scores", "rows")}
CLUSTERS = min(BUILD.max_clusters, 2 * BUILD.lanes + max(1, BUILD.lanes // 2))
BEATS = -(-CLUSTERS // BUILD.lanes)
ROWS = min(BUILD.max_rows, 4)


def work(scene, **fixed):
    """A chunk with something to do in every row; faults come in either reading."""
    job = random_job(scene.rng, BUILD, **{"clusters": CLUSTERS, "count": ROWS} | fixed)
    if "faulty" not in fixed:
        job.faulty = scene.rng.randrange(job.readings(BUILD))
    return job


def rows_without_counts(job):
    """Rows that are lost with row 0's counts (spec D49)."""
    return range(len(job.rows)) if job.readings(BUILD) == 1 else {0}


async def surrounded(scene, job, lost=(), given=None):
    """Play chunks before, with and after a faulty one; everything else must be right.

    ``lost`` and ``given`` are the rows of the faulty one, as in `wtu.golden.golden_rows`. Returns
    the answer to it.
    """
    others = [work(scene, count=1), work(scene, count=2), random_job(scene.rng, BUILD, count=1)]
    scene.engine.offer(others[0], job, *others[1:])
    answers = await scene.engine.finish()
    assert [answer.job for answer in answers] == [others[0], job, *others[1:]]
    scene.judge(answers[:1])
    scene.judge(answers[1:2], lost, given)
    scene.judge(answers[2:])
    await scene.play(work(scene, count=1))
    return answers[1]


old = change_header(chunk=lambda number: (number - 3) % 2**16)
"""The packet under the number of a chunk long gone."""


def old_empty(beats):
    """A packet of a chunk long gone that had no clusters: one beat."""
    return header_only(change_header(clusters=lambda n: 0)(old(beats)))


def old_and_stray(beats):
    """A packet of a chunk long gone, then beats of no packet, before the right one."""
    return [*old(beats), *stray(beats)]


def old_empty_and_stray(beats):
    """The same of a chunk that had no clusters: its packet has ended when the beats come."""
    return [*old_empty(beats), *stray(beats)]
