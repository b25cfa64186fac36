"""Builds a board's bitstream and measures it; `make synth` prints what this finds."""

import statistics
from dataclasses import dataclass

from dre.hcu.search import HashSearch
from synthesis import flows
from synthesis.netlist import by_unit, critical_path, memories

SYSTEM = "system"
UNITS = tuple(f"{SYSTEM}.{unit}" for unit in ("hcu.search", "hcu.table", "link", "bank"))
"""Whose shares are told, by their place in the design; counters go with the registers (`bank`)."""


@dataclass(frozen=True)
class Clock:
    """Highest clock, seed by seed, beside what is wanted."""

    target_mhz: float
    mhz: dict[int, float]

    @property
    def best(self):
        """The seed whose build is used."""
        return max(self.mhz, key=self.mhz.get)

    def as_dict(self):
        """For a report."""
        values = self.mhz.values()
        slack = 1_000 / self.target_mhz - 1_000 / max(values)
        return {
            "target_mhz": round(self.target_mhz, 3),
            "mhz": {str(seed): round(value, 2) for seed, value in self.mhz.items()},
            "min_mhz": round(min(values), 2),
            "median_mhz": round(statistics.median(values), 2),
            "max_mhz": round(max(values), 2),
            "best_seed": self.best,
            "slack_ns": round(slack, 2),
            "worst_slack_ns": round(1_000 / self.target_mhz - 1_000 / min(values), 2),
        }


def build(board, folder, seeds, steps):
    """Synthesise, place and route with each seed; the fastest build becomes the bitstream.

    Returns
    -------
    dict
        ``cells``, ``used``, ``memories``, ``clock``, ``critical_path``, ``units``, ``bitstream``:
        what is in a report.

    Raises
    ------
    synthesis.flow.DoesNotFit
    synthesis.tools.ToolFailed
    """
    flow, target = flows.of(board), board.config.clock_hz / 1e6
    with steps.step("design"):
        flow.write(folder)
    with steps.step("synthesis"):
        cells = flow.synthesise(folder)
    with steps.step("packing"):
        flow.pack(folder)
    reports = {}
    for seed in seeds:
        with steps.step(f"place and route, seed {seed}"):
            reports[seed] = flow.place(folder, seed, target)
    clock = Clock(target, {seed: _mhz(report) for seed, report in reports.items()})
    with steps.step("bitstream"):
        path = folder / f"{board.name}.{flow.suffix}"
        flow.bitstream(folder, clock.best, path)
    used = flow.utilization(reports[clock.best]["utilization"])
    return {
        "cells": cells | {"logic_cells": sum(used[name]["used"] for name in flow.logic)},
        "used": used,
        "memories": memories(folder, flow),
        "clock": clock.as_dict(),
        "critical_path": critical_path(reports[clock.best]),
        "units": by_unit(folder / f"placed_{clock.best}.json", UNITS, flow),
        "bitstream": path.name,
    }


def alone(board, folder, seeds, steps):
    """The search of the board's HCU by itself, between registers, one-hot.

    Raises
    ------
    synthesis.tools.ToolFailed
    """
    flow, folder, must = flows.of(board), folder / "hcu", board.search_mhz
    with steps.step("the HCU's search alone, synthesis"):
        flow.write_alone(HashSearch(board.config.hcu), folder)
        flow.synthesise(folder, one_hot=True)
    mhz = {}
    for seed in seeds:
        with steps.step(f"the HCU's search alone, seed {seed}"):
            mhz[seed] = _mhz(flow.place(folder, seed, must))
    return Clock(must, mhz).as_dict()


def _mhz(report):
    (clock,) = report["fmax"].values()
    return clock["achieved"]
