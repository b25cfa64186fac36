"""What the benches of faults share: sizes, and chunks around a faulty one."""

from broken_packets import header_only, longer, without
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


ENDING = {  # broken packets that say where they end
    "less": lambda beats: without(beats, 1),
    "more": longer,
    "header only": header_only,
}
