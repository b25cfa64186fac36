"""A stream through the compiled HCU, held to the golden model chunk by chunk."""

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

import resv
from dre.hcu.search import EVENTS
from dre.hcu.unit import STICKY
from dre.layouts import ChunkStatus
from hcu import limits, replay_hcu, saved, stream_hcu
from hcu.expect_hcu import Expectations, difference, wrong_tokens
from hcu.replay_hcu import Run
from replayed import FastReplay

LEAD = 2  # chunks before a wrong one that are saved with it: the unit works on two at a time


@dataclass(frozen=True)
class Judged:
    """A replay and the golden model's word on it.

    Attributes
    ----------
    rows : list of dict
        Measurements of each chunk, as ``bench_hcu_replay`` has them. Its cycles count from the last
        word of its first group, or from the trailer before, if that came later.
    mismatches : int
        Tokens whose decision is wrong or missing; a chunk that is wrong otherwise counts one.
    first : int or None
        Number of the first chunk with a difference.
    difference : str or None
        What is wrong there, or with tables, counters or status bits at the end.
    replayed : replay_hcu.Replayed
    """

    rows: list
    mismatches: int
    first: int | None
    difference: str | None
    replayed: replay_hcu.Replayed


def golden(build, chunks):
    """The golden model's answers to a stream, and the tables it leads to.

    They depend on the build's ``hash_bits`` and ``max_chunk`` only: presets share them.
    """
    expectations = Expectations(build)
    return [expectations.expect(chunk) for chunk in chunks], expectations.tables


def judge(build, chunks, places, run, expected, replayed):
    """Compare a replay with what `golden` said; returns `Judged`."""
    answers, tables = expected
    rows, mismatches, first, what = [], 0, None, None
    work = zip_longest(chunks, places, answers, replayed.answers)
    for n, (chunk, place, golden_answer, answer) in enumerate(work):
        number = (run.first_number + n) % 2**16
        found = difference(chunk, number, golden_answer, answer)
        if found:
            wrong = wrong_tokens(chunk, golden_answer, answer)
            mismatches += max(1, int(np.count_nonzero(wrong)))
            if first is None:
                first, what = n, found
        if answer is not None:
            rows.append(_row(build, place, answer, rows[-1]["ended"] if rows else 0))
    if replayed.fault:
        what = f"{what or 'after the last chunk'}; {replayed.fault}"
    return Judged(rows, mismatches, first, what or _left_over(answers, tables, replayed), replayed)


def save_chunk(path, build, chunks, run, index, difference, lead=LEAD):
    """Save a chunk with some before it and the tables as they stood; returns the path."""
    start = max(0, index - lead)
    expectations = Expectations(build)
    for chunk in chunks[:start]:
        expectations.expect(chunk)
    kept = chunks[start : index + 1]
    tables = {
        context: (table.words, table.members)
        for context, table in expectations.tables.items()
        if context in {chunk.context for chunk in kept}
    }
    saved.save(path, saved.Saved(build, run, index, difference, tables, kept))
    return path


def replay_stream(build, chunks, places, expected, *, name, folder=None, **how):
    """Build, replay and judge; of a difference the chunk is saved.

    Files go to ``folder``, by default the program's, ``build/fast/<name>``. ``how`` goes to
    `replay_hcu.Run`: seed, stalls and so on.

    Returns
    -------
    Judged
    Path or None
        The saved chunk.
    """
    made, run = replay_hcu.build_program(build, name), Run(**how)
    folder = folder or made.parents[1]
    replayed = replay_hcu.replay(made, build, chunks, run, folder=folder)
    judged = judge(build, chunks, places, run, expected, replayed)
    if judged.first is None:
        return judged, None
    path = folder / f"first{saved.SUFFIX}"
    save_chunk(path, build, chunks, run, judged.first, judged.difference)
    return judged, path


def replay_trace(trace, builds, seed, say):
    """Every chunk of a trace through builds that share all but their preset.

    Returns a `FastReplay` of each; ``say`` is told what happens.
    """
    chunks, places = stream_hcu.of_trace(trace, resv.Config())
    expected = golden(next(iter(builds.values())), chunks)
    found = []
    for name, build in builds.items():
        say(f"{name}: building, about 15 s the first time, then replaying")
        judged, path = replay_stream(build, chunks, places, expected, name=name, seed=seed)
        found.append(
            FastReplay(
                judged.rows,
                judged.mismatches,
                judged.difference,
                judged.first,
                path,
                judged.replayed.cycles,
                judged.replayed.seconds,
                judged.replayed.processor_seconds,
            )
        )
    return found


def _left_over(answers, tables, replayed):
    """What is wrong at the end, though every chunk was right; None if nothing is."""
    for context, table in tables.items():
        words, members = replayed.tables.get(context, (table.words[:0], table.members[:0]))
        if not (np.array_equal(words, table.words) and np.array_equal(members, table.members)):
            return f"the table of context {context} differs at the end"
    refused = sum(answer.status == ChunkStatus.REFUSED for answer in answers)
    status = sum((name == "refused" and refused > 0) << n for n, name in enumerate(STICKY))
    if replayed.status != status:
        return f"status is {replayed.status:#x}, not {status:#x}"
    decided = [answer.assignments for answer in answers if answer.assignments is not None]
    counts = {"chunks": len(decided), "refused": refused}
    if not refused:  # a refused chunk may have answered tokens before, which are void but counted
        counts["tokens"] = sum(len(chunk) for chunk in decided)
        counts["founded"] = sum(int(chunk.founded.sum()) for chunk in decided)
        counts["full"] = sum(int(chunk.full.sum()) for chunk in decided)
    seen = dict(zip(EVENTS, replayed.counters, strict=True))
    for name, count in counts.items():
        if seen[name] != count % 2**32:
            return f"counter {name} is {seen[name]}, not {count}"
    return None


def _row(build, place, answer, before):
    """One chunk's measurements; ``before`` is the cycle of the trailer before its own."""
    tokens = len(answer.tokens)
    return {
        "chunk": place.chunk,
        "kind": int(place.kind),
        "context": place.context,
        "tokens": tokens,
        "clusters": answer.clusters,
        "founded": int(answer.tokens["founded"].sum()),
        "full": int(answer.tokens["full"].sum()),
        "cycles": answer.ended - max(answer.loaded, before) if tokens else 0,
        "bound": limits.bound(build, tokens, answer.clusters) if tokens else 0,
        "ended": answer.ended,
    }
