"""Files of chunks of rows for the WTU."""

import json

import numpy as np

from dre.layouts import ScoreMode
from wtu.chunks import Job

FIELDS = ("context", "TH", "K", "k", "header")


def write(path, jobs, **facts):
    """Write chunks, and what JSON can hold beside them."""
    own = [{"mode": job.mode.name} | {f: getattr(job, f) for f in FIELDS} for job in jobs]
    arrays = {"facts": np.array(json.dumps(facts | {"jobs": own}))}
    for n, job in enumerate(jobs):
        arrays |= {f"rows_{n}": job.rows, f"counts_{n}": job.token_count}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def read(path):
    """The chunks and the facts of `write`."""
    with np.load(path) as file:
        facts = json.loads(str(file["facts"]))
        jobs = [
            Job(
                rows=file[f"rows_{n}"],
                token_count=file[f"counts_{n}"],
                mode=ScoreMode[own["mode"]],
                **{field: own[field] for field in FIELDS},
            )
            for n, own in enumerate(facts.pop("jobs"))
        ]
    return jobs, facts
