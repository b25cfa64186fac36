"""Streams of rows through the compiled WTU, held to the golden model; of a trace, or any others."""

from collections import Counter
from dataclasses import replace

import numpy as np

from dre.layouts import RowStatus
from dre.wtu.unit import EVENTS, STICKY
from replayed import FastReplay
from resv.replay import for_trace
from wtu import limits, saved, trace_rows
from wtu.play import folder_of, play
from wtu.replay_wtu import Run

LEAD = 2  # chunks before a wrong one that are saved with it


class Tally:
    """What a build made of a stream, summed over its pieces.

    Parameters
    ----------
    build : dre.WTUConfig
    folder : Path
        Where the first wrong chunk is saved.

    Attributes
    ----------
    rows, cycles, seconds, processor_seconds
    mismatches : int
        Rows with anything wrong in their packet, or without one; a chunk whose selection is wrong
        counts one more.
    difference : str or None
        What was wrong first: a packet, a counter, or a rule that the unit broke.
    first : int or None
        The chunk it was wrong in, if it was a packet.
    path : Path or None
        That chunk, with the two before it, as a file.
    worst_interval, worst_first : float
        The longest time between trailers of rows, and from the last scores of a row that found the
        unit idle to its first mask; each over its limit (spec D50). Only of pieces in which nothing
        stalls or is late.
    """

    def __init__(self, build, folder):
        self._build, self._folder = build, folder
        self.rows = self.cycles = self.mismatches = 0
        self.seconds = self.processor_seconds = self.worst_interval = self.worst_first = 0.0
        self.difference = self.first = self.path = None

    def add(self, piece):
        """Count a `Piece` of the build."""
        replayed = piece.replayed
        self.cycles += replayed.cycles
        self.seconds += replayed.seconds
        self.processor_seconds += replayed.processor_seconds
        for _, right, rows in replayed.answers:
            self.rows += len(rows)
            self.mismatches += len(rows) - int(rows["right"].sum()) + (not right)
        if not (piece.run.stalls or piece.run.latency):
            self._time(piece)
        if self.difference is None:
            self._differ(piece)

    def _time(self, piece):
        for job, (_, _, rows) in zip(piece.jobs, piece.replayed.answers, strict=True):
            what = (self._build, job.rows.shape[1], job.mode)
            if len(rows) > 1:
                longest = int(np.diff(rows["ended"].astype(np.int64)).max())
                self.worst_interval = max(self.worst_interval, longest / limits.interval(*what))
            if len(rows) and job.rows.shape[1] and piece.run.alone:
                first = int(rows["first_mask"][0]) - int(rows["sent"][0])
                self.worst_first = max(self.worst_first, first / limits.first_mask(*what))

    def _differ(self, piece):
        """Note what is wrong, if anything is, and save it."""
        replayed, index = piece.replayed, None
        if replayed.differences:
            found = replayed.differences[0]
            index, job = found.chunk, piece.jobs[found.chunk]
            what = "the selection" if found.row is None else f"row {found.row}"
            sizes = f"{job.mode.name}, TH {job.TH}, {job.sizes['clusters']} clusters"
            self.difference = f"{what} ({sizes}): {found.text}"
        elif replayed.fault:
            answered = [right for _, right, _ in replayed.answers]
            index = answered.index(False) if False in answered else None
        if replayed.fault:
            self.difference = "; ".join(filter(None, (self.difference, replayed.fault)))
        if index is not None:
            self.first, kept = piece.first + index, piece.jobs[max(0, index - LEAD) : index + 1]
            self.path = self._folder / f"first{saved.SUFFIX}"
            number = (piece.run.first_number - piece.first) % 2**16
            run = replace(piece.run, first_number=number)
            saved.save(self.path, saved.Saved(self._build, run, self.first, self.difference, kept))
        self.difference = self.difference or wrong_monitor(piece)


def wrong_monitor(piece):
    """What is wrong with counters or status bits after a piece; None if nothing is."""
    counts = events(piece.expected)
    seen = dict(zip(EVENTS, piece.replayed.counters, strict=True))
    for name in EVENTS:
        if seen[name] != counts[name] % 2**32:
            return f"counter {name} is {seen[name]}, not {counts[name]}"
    status = sum((counts[name] > 0) << n for n, name in enumerate(STICKY))
    if piece.replayed.status != status:
        return f"status is {piece.replayed.status:#x}, not {status:#x}"
    return None


def events(answers):
    """How often each event of spec D49 must have been counted, from golden answers."""
    counts = Counter()
    for answer in answers:
        bad = answer.status == RowStatus.BAD_CONFIG.value
        counts["bad_config" if bad else "chunks"] += 1
        counts["rows"] += len(answer.rows)
        counts["no_mass"] += answer.no_mass
        for name in ("entries", "saturated"):
            counts[name] += int(answer.rows[name].sum())
        for status in (RowStatus.NOT_FINITE, RowStatus.TOO_MANY_TOKENS):
            counts[status.name.lower()] += int((answer.rows["status"] == status.value).sum())
    return counts


def replay_stream(builds, jobs, runs, *, say=None, heed=None, **how):
    """Send chunks through builds; returns their `Tally` by name.

    ``say`` is told how far it is, ``heed`` is given every piece; the rest as for `play.play`.
    """
    folder = how.get("folder")
    tallies = {name: Tally(build, folder or folder_of(name)) for name, build in builds.items()}
    for piece in play(builds, jobs, runs, say=say, **how):
        tally = tallies[piece.name]
        tally.add(piece)
        if heed:
            heed(piece)
        if say:
            say(f"{piece.name}: {tally.rows:,} rows, {tally.mismatches} mismatches")
    return tallies


def replay_trace(trace, builds, seed, say, folder=None, nth=1):
    """All rows of a trace, or those of every ``nth`` chunk, through builds of several presets.

    Returns a `FastReplay` of each, its rows as ``bench_wtu_replay`` measures them. ``folder`` is as
    for `play.play`.
    """
    config = replace(for_trace(None, trace), wicsum="integer")
    places, rows = [], {name: [] for name in builds}
    wrong = []

    def jobs():
        for work in trace_rows.of_trace(trace, config, nth):
            nothing = np.zeros((0, len(work.selected)), np.uint16)  # scores would be too much
            places.append(replace(work, job=work.job.with_rows(nothing)))
            yield work.job

    def heed(piece):
        works = places[piece.first : piece.first + len(piece.jobs)]
        for work, answer, (_, _, found) in zip(
            works, piece.expected, piece.replayed.answers, strict=True
        ):
            if not np.array_equal(answer.selected.any(axis=0), work.selected):
                wrong.append(f"trace chunk {work.chunk}: ReSV selects other clusters")
            rows[piece.name] += measured(work, found)

    runs = [Run(seed=seed, alone=True)]
    tallies = replay_stream(builds, jobs(), runs, say=say, heed=heed, folder=folder)
    return [_fast_replay(rows[name], tally, wrong) for name, tally in tallies.items()]


def _fast_replay(rows, tally, wrong):
    return FastReplay(
        rows,
        tally.mismatches,
        tally.difference or next(iter(wrong), None),
        tally.first,
        tally.path,
        tally.cycles,
        tally.seconds,
        tally.processor_seconds,
    )


def measured(work, found):
    """One chunk's rows as ``bench_wtu_replay`` measures them."""
    for n, row in enumerate(found):
        some = n == 0 and len(work.selected) > 0
        yield {
            "chunk": work.chunk,
            "context": work.job.context,
            "row": n,
            "clusters": len(work.selected),
            **{name: int(row[name]) for name in ("entries", "mass", "total", "passes")},
            "decided": int(row["first_mask"]) - int(row["sent"]) if some else None,
            "cycles": int(row["ended"]) - int(found[n - 1]["ended"]) if n else None,
        }
