"""Reads our liberty file, and gives its gates in the format that ABC takes."""

import re

CELL = re.compile(r"^  cell \((\w+)\) \{(.*?)^  \}", re.DOTALL | re.MULTILINE)
AREA = re.compile(r"\barea : ([\d.]+);")
FUNCTION = re.compile(r'\bfunction : "([^"]+)";')


def cells(text):
    """Area and function of each cell; the function of a flip-flop is its state.

    Returns
    -------
    dict of str to tuple of float, str
        In NAND2 equivalents; an expression of ``!``, ``&`` and ``|``.

    Raises
    ------
    ValueError
        If a cell lacks one of them, or there is no cell.
    """
    found = {}
    for name, body in CELL.findall(text):
        area, function = AREA.search(body), FUNCTION.search(body)
        if not area or not function:
            raise ValueError(f"cell {name} must have an area and a function")
        found[name] = float(area[1]), function[1]
    if not found:
        raise ValueError("a liberty file must have cells")
    return found


def genlib(text):
    """The combinational cells as a genlib file.

    Yosys 0.70 as WebAssembly has ABC read a liberty file in a run of its own, and that ends the
    whole program without a message. Genlib it reads in the run that maps.
    """
    lines = []
    for name, (area, function) in cells(text).items():
        if function == "IQ":
            continue
        function = function.replace("&", "*").replace("|", "+")
        lines.append(f"GATE {name} {area} Y={function}; PIN * UNKNOWN 1 999 1 0 1 0")
    return "\n".join([*lines, "GATE ZERO 0 Y=CONST0;", "GATE ONE 0 Y=CONST1;"]) + "\n"
