"""Files of rows for the WTU: groups that share token counts and settings."""

import json

import numpy as np

from dre.layouts import ScoreMode
from wtu.chunks import Job

FIELDS = ("TH", "K", "k")


def save(path, groups):
    """Write (name, `Job`) pairs; faults are not kept."""
    facts = [
        {"name": name, "mode": job.mode.name, **{field: getattr(job, field) for field in FIELDS}}
        for name, job in groups
    ]
    arrays = {"facts": np.array(json.dumps(facts))}
    for n, (_, job) in enumerate(groups):
        arrays |= {f"rows_{n}": job.rows, f"counts_{n}": job.token_count}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def load(path):
    """The pairs of `save`."""
    with np.load(path) as file:
        return [
            (
                fact["name"],
                Job(
                    context=n % 3,
                    rows=file[f"rows_{n}"],
                    token_count=file[f"counts_{n}"],
                    mode=ScoreMode[fact["mode"]],
                    **{field: fact[field] for field in FIELDS},
                ),
            )
            for n, fact in enumerate(json.loads(str(file["facts"])))
        ]
