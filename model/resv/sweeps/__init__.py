"""Sweeps: many policies, parameters, traces and heads, on several processes or a cluster.

    sweep = sweeps.read("sweep.toml")
    found = sweeps.run(sweep, "out", workers=4)   # out/sweep.csv, and a resv.laboratory.Comparison

``resv sweep`` on the command line; docs/laboratory.md explains. Everything is measured as
``resv.compare`` does it. Processes are dask's (extra ``sweep``), which is loaded only by `run`.
"""

from resv.sweeps.declaration import FITS, Sweep, grid, read
from resv.sweeps.parquet import to_parquet
from resv.sweeps.running import Plan, execute, plan, run
from resv.sweeps.table import TidyTable
from resv.sweeps.units import Unit

__all__ = [
    "FITS",
    "Plan",
    "Sweep",
    "TidyTable",
    "Unit",
    "execute",
    "grid",
    "plan",
    "read",
    "run",
    "to_parquet",
]
