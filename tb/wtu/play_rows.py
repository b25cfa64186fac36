"""Sends files of rows through a prepared simulation, for figures."""

import json

from simulate import BuildFailed, run
from wtu import row_files


def play(prepared, groups, seed, label):
    """What `wtu.bench_wtu_rows` found for groups of rows: a list of objects, one a group."""
    rows, output = (prepared.folder / f"{label}.{kind}" for kind in ("npz", "json"))
    output.unlink(missing_ok=True)
    row_files.save(rows, groups)
    settings = {"rows": str(rows), "output": str(output)}
    outcome = run(prepared, "wtu.bench_wtu_rows", seed=seed, settings=settings, label=label)
    if not output.exists():
        raise BuildFailed(f"the rows gave no figures, see {outcome.log}")
    return json.loads(output.read_text())
