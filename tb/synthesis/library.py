"""Cell libraries that gates are counted with: ours, or any liberty file that a user has."""

from dataclasses import dataclass
from pathlib import Path

from synthesis import liberty
from synthesis.functions import Function
from synthesis.liberty_groups import parse

OURS = Path(__file__).parents[2] / "constraints" / "gates.lib"

MOST_INPUTS = 6
"""That ABC maps to."""

NAND2 = (True, True, True, False)
INVERTER = (True, False)


@dataclass(frozen=True)
class Library:
    """Cells, and what the smallest NAND2 of them takes.

    Attributes
    ----------
    name : str
    text : str
        The cells that are used, as a small liberty file in the form of ours.
    gate : float
        Area of a NAND2 gate, in the unit of the file: 1 in ours, else mostly µm².
    flip_flop : str
        The cell that flip-flops become.
    """

    name: str
    text: str
    gate: float
    flip_flop: str


def ours():
    """``constraints/gates.lib``."""
    return Library(OURS.name, OURS.read_text(encoding="utf-8"), 1.0, "DFF")


def load(path):
    """A user's liberty file.

    Of it are used: gates of one output and up to six inputs, the smallest of each function; the
    smallest flip-flop of rising edge without set, reset, enable or scan. Cells marked ``dont_use``
    are left out.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no liberty file, or has no inverter, no NAND2 or no such flip-flop.
    """
    path = Path(path)
    try:
        found = parse(path.read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if found.name != "library":
        raise ValueError(f"{path}: must be a library, not {found.name!r}")
    cells = [cell for cell in found.all("cell") if cell.attributes.get("dont_use") != "true"]
    gates, flops = {}, []
    for cell in cells:
        area = _area(path, cell)
        if not area:
            continue  # what only fills
        if _is_flip_flop(cell):
            flops.append((area, cell.arguments[0]))
        elif function := _function(path, cell):
            table = function.table()
            if table not in gates or area < gates[table][0]:
                gates[table] = (area, cell.arguments[0], function)
    for table, what in ((INVERTER, "an inverter"), (NAND2, "a NAND2 gate")):
        if table not in gates:
            raise ValueError(f"{path}: must have {what}")
    if not flops:
        raise ValueError(f"{path}: must have a flip-flop without set, reset, enable or scan")
    area, flop = min(flops)
    lines = [_gate(*one) for one in gates.values()] + [_flip_flop(area, flop)]
    text = "\n".join(["library (used) {", *lines, "}"]) + "\n"
    liberty.cells(text)
    return Library(path.stem, text, gates[NAND2][0], flop)


def _area(path, cell):
    text = cell.attributes.get("area", "0")
    try:
        area = float(text)
    except ValueError:
        area = -1.0
    if not 0 <= area < float("inf"):
        raise ValueError(
            f"{path}: area of cell {cell.arguments[0]} must be 0 or more, not {text!r}"
        )
    return area


def _is_flip_flop(cell):
    """State that takes one pin at the rising edge of another, and nothing else."""
    if len(states := cell.all("ff")) != 1:
        return False
    given = states[0].attributes
    inputs = {pin.arguments[0] for pin in _pins(cell, "input")}
    own = {given.get("clocked_on"), given.get("next_state")}
    shown = [pin.attributes.get("function") for pin in _pins(cell, "output")]
    more = {"clear", "preset", "clocked_on_also"} & set(given)
    return not more and inputs == own and len(own) == 2 and states[0].arguments[0] in shown


def _function(path, cell):
    """Of a gate of one output; None if the cell is no such gate."""
    states = [group for group in cell.groups if group.name in ("ff", "latch", "statetable")]
    banks = [group for group in cell.groups if group.name.endswith(("_bank", "bus", "bundle"))]
    outputs = _pins(cell, "output")
    if states or banks or len(outputs) != 1 or _pins(cell, "inout"):
        return None
    text = outputs[0].attributes.get("function")
    if text is None or "three_state" in outputs[0].attributes:
        return None
    try:
        found = Function(text)
    except ValueError as error:
        raise ValueError(f"{path}: cell {cell.arguments[0]}: {error}") from None
    inputs = {pin.arguments[0] for pin in _pins(cell, "input")}
    if inputs != set(found.inputs) or not 1 <= len(inputs) <= MOST_INPUTS:
        return None
    return found


def _pins(cell, way):
    return [pin for pin in cell.all("pin") if pin.attributes.get("direction") == way]


def _gate(area, name, function):
    inputs = {pin: f"i{number}" for number, pin in enumerate(function.inputs)}
    pins = "".join(f"    pin ({pin}) {{ direction : input; }}\n" for pin in inputs.values())
    return (
        f"  cell ({name}) {{\n    area : {area:.9g};\n{pins}"
        f'    pin (Y) {{ direction : output; function : "{function.text(inputs)}"; }}\n  }}'
    )


def _flip_flop(area, name):
    return (
        f"  cell ({name}) {{\n    area : {area:.9g};\n"
        '    ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; }\n'
        "    pin (CK) { direction : input; clock : true; }\n"
        "    pin (D) { direction : input; }\n"
        '    pin (Q) { direction : output; function : "IQ"; }\n  }'
    )
