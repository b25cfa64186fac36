"""Builds a board's bitstream and measures it; `make synth` prints what this finds."""

import statistics
from dataclasses import dataclass

from dre.hcu.search import HashSearch
from synthesis import ice40
from synthesis.netlist_ice40 import by_unit, critical_path, memories

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


def counts(cells):
    """LUTs, flip-flops, block RAMs and multipliers of a netlist."""
    return {
        "luts": cells.get("SB_LUT4", 0),
        "flip_flops": sum(n for name, n in cells.items() if name.startswith("SB_DFF")),
        "block_rams": cells.get("SB_RAM40_4K", 0),
        "multipliers": cells.get("SB_MAC16", 0),
    }


def synthesise(board, folder, steps):
    """Netlist of a board, and what it takes of the device.

    Returns
    -------
    dict
        ``cells``, ``used``, ``memories``.

    Raises
    ------
    synthesis.ice40.DoesNotFit
    synthesis.tools.ToolFailed
    """
    with steps.step("design"):
        ice40.write_board(board, folder)
    with steps.step("synthesis"):
        cells = counts(ice40.synthesise(folder, board.family))
    with steps.step("packing"):
        used = ice40.pack(folder, board.device)
    wanted = ("ICESTORM_LC", "ICESTORM_RAM", "ICESTORM_DSP", "ICESTORM_PLL", "SB_GB", "SB_IO")
    return {
        "cells": cells | {"logic_cells": used["ICESTORM_LC"]["used"]},
        "used": {name: used[name] for name in wanted if name in used},
        "memories": memories(folder),
    }


def build(board, folder, seeds, steps):
    """Place and route with each seed; the fastest build becomes the bitstream.

    Returns
    -------
    dict
        ``clock``, ``critical_path``, ``units``, ``bitstream``: what is in a report.

    Raises
    ------
    synthesis.tools.ToolFailed
    """
    target, reports = board.config.clock_hz / 1e6, {}
    for seed in seeds:
        with steps.step(f"place and route, seed {seed}"):
            reports[seed] = ice40.place(folder, board.device, seed)
    clock = Clock(target, {seed: _mhz(report) for seed, report in reports.items()})
    with steps.step("bitstream"):
        path = folder / f"{board.name}.bin"
        ice40.bitstream(folder, clock.best, path)
    return {
        "clock": clock.as_dict(),
        "critical_path": critical_path(reports[clock.best]),
        "units": by_unit(folder / f"placed_{clock.best}.json", UNITS),
        "bitstream": path.name,
    }


def alone(board, folder, seeds, steps):
    """The search of the board's HCU by itself, between registers, one-hot.

    Raises
    ------
    synthesis.tools.ToolFailed
    """
    folder, must = folder / "hcu", board.search_mhz
    with steps.step("the HCU's search alone, synthesis"):
        ice40.write_alone(HashSearch(board.config.hcu), folder)
        ice40.synthesise(folder, board.family, one_hot=True)
    mhz = {}
    for seed in seeds:
        with steps.step(f"the HCU's search alone, seed {seed}"):
            mhz[seed] = _mhz(ice40.place(folder, board.device, seed, "--freq", str(must)))
    return Clock(must, mhz).as_dict()


def _mhz(report):
    (clock,) = report["fmax"].values()
    return clock["achieved"]
