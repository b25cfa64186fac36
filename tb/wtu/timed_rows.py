"""Given rows through a compiled build: how long each takes, and whether it is right."""

from dataclasses import replace

import numpy as np

from wtu.fast_wtu import replay_stream
from wtu.replay_wtu import Run


def play(name, build, groups, say=None, folder=None):
    """Each row of a group alone, then all of them back to back.

    Parameters
    ----------
    name : str
        Of the program's folder.
    build : dre.WTUConfig
    groups : dict of any to list of (str, Job)
        Groups of rows by what they belong to.
    say, folder
        As for `fast_wtu.replay_stream`.

    Returns
    -------
    dict of any to list of dict
        Of each group ``name``, ``rows``, ``clusters``; ``decided``, cycles from the last scores of
        each row to its first mask; ``interval``, cycles between trailers; ``entries`` that each
        row selects; ``wrong``, chunks of it with anything wrong.
    """
    every = [group for own in groups.values() for group in own]
    answers = []

    def heed(piece):
        answers.extend(piece.replayed.answers)

    jobs = (job for _, group in every for job in chunks_of(group))
    replay_stream({name: build}, jobs, [Run(alone=True)], say=say, heed=heed, folder=folder)
    found, left = {}, iter(answers)
    for key, own in groups.items():
        found[key] = [_found(*group, [next(left) for _ in chunks_of(group[1])]) for group in own]
    return found


def chunks_of(job):
    """A chunk of each row, then one of all."""
    rows = [job.with_rows(job.rows[n : n + 1]) for n in range(len(job.rows))]
    return [replace(part, context=n % 3) for n, part in enumerate([*rows, job])]


def _found(name, job, answers):
    *alone, (_, _, together) = answers
    right = [selected and bool(rows["right"].all()) for _, selected, rows in answers]
    return {
        "name": name,
        "rows": len(job.rows),
        "clusters": job.rows.shape[1],
        "decided": [int(rows["first_mask"][0]) - int(rows["sent"][0]) for _, _, rows in alone],
        "interval": np.diff(together["ended"].astype(np.int64)).tolist(),
        "entries": together["entries"].tolist(),
        "wrong": len(right) - sum(right),
    }
