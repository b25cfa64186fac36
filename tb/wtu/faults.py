"""What the benches of faults share: broken packets, and chunks around a faulty one."""

from streams import Stalls
from wtu.scene import BUILD
from wtu.workload import random_job

STALLS = {name: Stalls(valid=0.7, ready=0.8) for name in ("chunks", "counts", "scores", "rows")}
CLUSTERS = min(BUILD.max_clusters, 2 * BUILD.lanes + max(1, BUILD.lanes // 2))
BEATS = -(-CLUSTERS // BUILD.lanes)
ROWS = min(BUILD.max_rows, 4)


def work(scene, **fixed):
    """A chunk with something to do in every row."""
    return random_job(scene.rng, BUILD, **{"clusters": CLUSTERS, "count": ROWS} | fixed)


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


def without(beats, n=1):
    """A packet that lacks its n-th beat, and says ``last`` where it now ends."""
    beats = beats[:n] + beats[n + 1 :]
    beats[-1] = {**beats[-1], "last": 1}
    return beats


def longer(beats):
    """A packet with two beats more than announced."""
    return [*beats[:-1], {**beats[-1], "last": 0}, {**beats[-1], "last": 0}, beats[-1]]


def cut(beats):
    """A packet that breaks off without ``last``; the next one's header follows."""
    return [{**beat, "last": 0} for beat in beats[: max(1, len(beats) // 2)]]


def after_header(beats):
    """A header, then nothing; the next one's header follows."""
    return [{**beats[0], "last": 0}]


def endless(beats):
    """A packet of the right length that does not say where it ends."""
    return [*beats[:-1], {**beats[-1], "last": 0}]


def ended_twice(beats):
    """A packet that also says in the middle that it ends."""
    return [beats[0], {**beats[1], "last": 1}, *beats[2:]]


def stray(beats):
    """Beats without header before the packet."""
    return [{**beats[-1], "first": 0, "last": 0}] * 3 + beats


def stray_ends(beats):
    """Last beats of nothing before the packet."""
    return [{**beats[-1], "first": 0, "last": 1}] * 2 + beats


def header_only(beats):
    """A header that says it is the last beat, though it announces more."""
    return [{**beats[0], "last": 1}]


def missing(beats):
    """No packet."""
    return []


def twice(beats):
    """The packet, and again."""
    return [*beats, *beats]


def begun_twice(beats):
    """A header, and the packet: the first one is of a packet that ends at once."""
    return [{**beats[0], "last": 0}, *beats]


def change_header(**changes):
    """A packet whose header differs from what was asked for."""

    def fault(beats):
        header = {**beats[0]["data"]["header"]}
        for name, change in changes.items():
            header[name] = change(header[name])
        return [{**beats[0], "data": {"header": header}}, *beats[1:]]

    return fault


def before(fault):
    """What ``fault`` makes of the packet comes before the packet."""
    return lambda beats: [*fault(beats), *beats]


old = change_header(chunk=lambda number: (number - 3) % 2**16)
"""The packet under the number of a chunk long gone."""


def old_empty(beats):
    """A packet of a chunk long gone that had no clusters: one beat."""
    return header_only(change_header(clusters=lambda n: 0)(old(beats)))


def old_and_stray(beats):
    """A packet of a chunk long gone, then beats of no packet, before the right one."""
    return [*old(beats), *stray(beats)]
