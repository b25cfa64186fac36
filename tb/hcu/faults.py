"""What the benches of faults share: broken packets, and chunks around a faulty one."""

from engine import Job
from hcu.scene import BUILD, ON_CHIP
from hcu.workload import random_words
from streams import Stalls

STALLS = {name: Stalls(valid=0.7, ready=0.7) for name in ("hash_bits", "passes", "table")}
A, B, C = (1, 1, 1) if ON_CHIP else (1, 2, 3)
LIMITS = {"max_clusters": BUILD.max_clusters}

SIZE = min(BUILD.max_chunk, 2 * BUILD.lanes + 2)  # three groups, if the build can
LAST_GROUP = (SIZE - 1) // BUILD.lanes


def chunk(scene, size=SIZE):
    """Words of a chunk."""
    return random_words(scene.rng, size, BUILD.hash_bits)


async def surrounded(scene, job, status):
    """Play chunks before, with and after a faulty one; everything else must be right.

    Returns the answer to the faulty one.
    """
    before = [Job(A, chunk(scene, 1), **LIMITS), Job(job.context, chunk(scene), **LIMITS)]
    await scene.play(*before)
    scene.engine.offer(job, Job(C, chunk(scene), **LIMITS), Job(A, chunk(scene), **LIMITS))
    answers = await scene.engine.finish()
    assert answers[0].job is job, "answers come in order"
    scene.judge(answers[:1], status)
    scene.judge(answers[1:])
    await scene.play(Job(job.context, chunk(scene), **LIMITS))
    return answers[0]


def without(beats, n):
    """A packet that lacks its n-th beat, and says ``last`` where it now ends."""
    beats = beats[:n] + beats[n + 1 :]
    beats[-1]["last"] = 1
    return beats


def longer(beats):
    """A packet with two beats more than announced."""
    return [*beats[:-1], {**beats[-1], "last": 0}, {**beats[-1], "last": 0}, beats[-1]]


def cut(beats):
    """A packet that breaks off without ``last``; the next one's header follows."""
    return [{**beat, "last": 0} for beat in beats[: max(1, len(beats) // 2)]]


def endless(beats):
    """A packet of the right length that does not say where it ends."""
    return [*beats[:-1], {**beats[-1], "last": 0}]


def ended_twice(beats):
    """A packet that also says in the middle that it ends."""
    return [beats[0], {**beats[1], "last": 1}, *beats[2:]]


def stray(beats):
    """Beats without header before the packet."""
    return [{**beats[-1], "first": 0, "last": 0}] * 3 + beats


def header_only(beats):
    """A header that says it is the last beat, though it announces more."""
    return [{**beats[0], "last": 1}]


ENDING = {  # broken packets that say where they end
    "less": lambda beats: without(beats, 1),
    "more": longer,
    "header only": header_only,
}


def change_header(**changes):
    """A pass whose header differs from what was asked for."""

    def fault(beats):
        header = {**beats[0]["data"]["header"]}
        for name, change in changes.items():
            header[name] = change(header[name])
        return [{**beats[0], "data": {"header": header}}, *beats[1:]]

    return fault
