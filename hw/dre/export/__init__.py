"""Units as files for a Verilog project: source, port table, file list, FuseSoC core.

`write` writes them all; ``make verilog`` is a thin command around it.
"""

from dre.export.build import Build
from dre.export.files import write
from dre.export.units import UNITS

__all__ = ["UNITS", "Build", "write"]
