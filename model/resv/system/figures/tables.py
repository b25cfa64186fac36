"""Tables I and III: what follows from the parts; ours from gate equivalents."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resv.system import fields, paper
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value
from resv.system.platform import Platform, load_platform

LANES, VECTOR = 64 * 64, 64
"""Multipliers of a core: dot-product engine and vector engine."""

PART_PERCENT = {"hcu": 0.28, "wtu": 1.23, "kvmu": 0.53}
"""Of a core's area: Table III, which has more digits there than in its mm²."""

GATE_UM2 = 0.15
"""A NAND2 at 14 nm as the paper's areas imply it, for all three units alike (docs/area.md)."""

PAPER_MEMORY_KB = 20.125
"""Of its DRE: 128 B, 4 KB, 8 KB and 8 KB."""


@dataclass(frozen=True)
class Part:
    """Area (mm²) and power (mW) of something, the paper's or ours."""

    area: float
    power: float

    def __add__(self, other: "Part") -> "Part":
        return Part(self.area + other.area, self.power + other.power)

    def __sub__(self, other: "Part") -> "Part":
        return Part(self.area - other.area, self.power - other.power)


def paper_units() -> dict[str, Part]:
    """HCU, WTU and KVMU of Table III."""
    core = paper.core()
    total = core["total"][0]
    return {
        name: Part(total * percent / 100, core[name][1]) for name, percent in PART_PERCENT.items()
    }


def our_units() -> dict[str, Part]:
    """Ours: area by gates, power by area from the paper's; ``rest`` is what the paper has not got.

    The rest (table unit, arbiter, registers) takes the power of all three a mm².
    """
    gates, theirs = _gates(), paper_units()
    found = {}
    for name, one in theirs.items():
        area = _area_mm2(gates[name][0])
        found[name] = Part(area, one.power * area / one.area)
    rest = _area_mm2(gates["dre"][0]) - sum(one.area for one in found.values())
    whole = _sum(theirs.values())
    return found | {"rest": Part(rest, whole.power * rest / whole.area)}


def our_core() -> Part:
    """The paper's core with our DRE in the place of its own."""
    return Part(*paper.core()["total"]) - _sum(paper_units().values()) + _sum(our_units().values())


def table_1(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Machines: what Table I says, from Table III's parts, and with our DRE."""
    say("Table I")
    area, power = paper.core()["total"]
    ours = our_core()
    values = []
    for name in ("v-rex8", "v-rex48"):
        one = load_platform(name)
        peak = 2 * one.cores * (LANES + VECTOR) * one.clock_mhz * 1e-6
        rest = one.power_w - one.cores * power / 1e3 - one.link_w
        memories = one.dram_gb_s * 8 * one.dram_pj_bit * 1e-3 + one.far_w

        def whole(core_mw: float, rest: float, one: Platform = one) -> float:
            return one.cores * core_mw / 1e3 + one.link_w + rest

        areas = {"stated": one.cores * area, "ours": one.cores * ours.area}
        powers = {"stated": whole(power, memories), "ours": whole(ours.power, memories)}
        why = texts.why("table-1", "power")
        values += [
            Value(f"{one.name} peak", "TFLOPS", {"stated": peak}, known=one.peak_tflops),
            Value(f"{one.name} area", "mm²", areas, known=one.area_mm2),
            Value(
                f"{one.name} memories", "W", {"stated": memories},
                why=texts.why("table-1", "memories"), known=rest,
            ),
            Value(f"{one.name} power", "W", powers, why=why, known=one.power_w),
            Value(
                f"{one.name} power, memories as left", "W",
                {"ours": whole(ours.power, rest)}, why=texts.why("table-1", "left"),
                known=one.power_w,
            ),
        ]  # fmt: skip
    return Figure(
        "table-1", "Table I from its parts", _asked(values, modes), texts.notes("table-1")
    )


def table_3(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Area and power of the DRE and of a core, ours beside the paper's."""
    say("Table III")
    theirs, ours = paper_units(), our_units()
    values = []
    for name in theirs:
        values += _both(name.upper(), ours[name], theirs[name])
    rest = texts.why("table-3", "rest")
    values += [
        Value("others' area", "mm²", {"ours": ours["rest"].area}, why=rest),
        Value("others' power", "mW", {"ours": ours["rest"].power}, why=rest),
    ]
    whole, core = _sum(ours.values()), our_core()
    total = Part(*paper.core()["total"])
    values += _both("DRE", whole, _sum(theirs.values()), texts.why("table-3", "whole"))
    values += _both("core with DRE", core, total)
    of_core = 100 * _sum(theirs.values()).area / total.area
    values.append(
        Value("DRE of a core", "%", {"ours": 100 * whole.area / core.area}, known=of_core)
    )
    memory = (_gates()["hcu"][1] + _gates()["wtu"][1]) / 8_192
    values.append(
        Value(
            "memory of HCU and WTU", "KB", {"ours": memory},
            why=texts.why("table-3", "memory"), known=PAPER_MEMORY_KB,
        )
    )  # fmt: skip
    title = "Table III: area and power of the DRE at 14 nm, memories apart"
    return Figure("table-3", title, tuple(values), texts.notes("table-3"), log=True)


def _asked(values: Sequence[Value], modes: Sequence[str]) -> tuple[Value, ...]:
    """Only the modes asked for."""
    kept = [
        replace(one, ours={mode: own for mode, own in one.ours.items() if mode in modes})
        for one in values
    ]
    return tuple(one for one in kept if one.ours)


def _both(name: str, ours: Part, theirs: Part, why: str = "") -> list[Value]:
    return [
        Value(f"{name} area", "mm²", {"ours": ours.area}, why=why, known=theirs.area),
        Value(f"{name} power", "mW", {"ours": ours.power}, why=why, known=theirs.power),
    ]


def _sum(parts: Iterable[Part]) -> Part:
    return sum(parts, Part(0.0, 0.0))


def _gates() -> dict[str, Any]:
    return fields.parse(fields.DATA / "gates.toml")


def _area_mm2(kilo_gates: float) -> float:
    return kilo_gates * 1e3 * GATE_UM2 * 1e-6
