"""Tables I and III: what follows from the parts; ours from gate equivalents."""

from collections.abc import Callable, Sequence

from resv.system import fields, paper
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value
from resv.system.platform import load_platform

LANES, VECTOR = 64 * 64, 64
"""Multipliers of a core: dot-product engine and vector engine."""

PART_PERCENT = {"hcu": 0.28, "wtu": 1.23, "kvmu": 0.53}
"""Of a core's area: Table III, which has more digits there than in its mm²."""

GATE_UM2 = 0.15
"""A NAND2 at 14 nm as the paper's areas imply it, for all three units alike (docs/area.md)."""

PAPER_MEMORY_KB = 20.125
"""Of its DRE: 128 B, 4 KB, 8 KB and 8 KB."""


def table_1(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Machines: what Table I says, from Table III's parts."""
    say("Table I")
    area, power = paper.core()["total"]
    values = []
    for name in ("v-rex8", "v-rex48"):
        one = load_platform(name)
        peak = 2 * one.cores * (LANES + VECTOR) * one.clock_mhz * 1e-6
        rest = one.power_w - one.cores * power / 1e3 - one.link_w
        memories = one.dram_gb_s * 8 * one.dram_pj_bit * 1e-3 + one.far_w
        values += [
            Value(f"{one.name} peak", "TFLOPS", {"stated": peak}, known=one.peak_tflops),
            Value(f"{one.name} area", "mm²", {"stated": one.cores * area}, known=one.area_mm2),
            Value(f"{one.name} memories", "W", {"stated": memories}, known=rest),
        ]
    return Figure("table-1", "Table I from its parts", tuple(values), texts.notes("table-1"))


def table_3(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Area and power of the DRE, ours beside the paper's."""
    say("Table III")
    gates = fields.parse(fields.DATA / "gates.toml")
    core = paper.core()
    total = core["total"][0]
    values, theirs = [], 0.0
    for name, percent in PART_PERCENT.items():
        area, power = total * percent / 100, core[name][1]
        ours = _area_mm2(gates[name][0])
        theirs += area
        title = name.upper()
        values.append(Value(f"{title} area", "mm²", {"ours": ours}, known=area))
        values.append(Value(f"{title} power", "mW", {"ours": power * ours / area}, known=power))
    whole = _area_mm2(gates["dre"][0])
    memory = (gates["hcu"][1] + gates["wtu"][1]) / 8_192
    share = 100 * whole / (total - theirs + whole)
    why = texts.why("table-3", "whole")
    values += [
        Value("DRE area", "mm²", {"ours": whole}, why=why, known=theirs),
        Value("DRE of a core", "%", {"ours": share}, why=why, known=100 * theirs / total),
        Value(
            "memory of HCU and WTU", "KB", {"ours": memory},
            why=texts.why("table-3", "memory"), known=PAPER_MEMORY_KB,
        ),
    ]  # fmt: skip
    title = "Table III: area and power of the DRE at 14 nm, memories apart"
    return Figure("table-3", title, tuple(values), texts.notes("table-3"))


def _area_mm2(kilo_gates: float) -> float:
    return kilo_gates * 1e3 * GATE_UM2 * 1e-6
