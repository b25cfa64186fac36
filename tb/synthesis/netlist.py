"""What is in a placed netlist: whose cells they are, and what became of the memories."""

import json
import re
from collections import Counter

OTHERS = "the rest"

ADDED = re.compile(
    r"(_SB_(?:LUT4|DFF|CARRY|RAM40)|_(?:LUT[1-4]|MUX2_LUT[5-8]|DFF[A-Z]*|ALU)_|\$|_DFFLC$|_LC$|_RAM$).*"
)
"""What tools put behind the name of a wire of the design when they name a cell after it."""


def cells(path, flow):
    """Cells of the placed netlist.

    Yields
    ------
    str, str, tuple of int
        Name, type, and where: column and row.
    """
    placed = json.loads(path.read_text())["modules"]["top"]["cells"]
    for name, cell in placed.items():
        where = flow.place_of.match(cell["attributes"].get("NEXTPNR_BEL", ""))
        if where:
            yield name, cell["type"], (int(where[1]), int(where[2]))


def owner(name, units):
    """The unit that a cell is named after: the longest one that its name begins with."""
    found = [unit for unit in units if name == unit or name.startswith((unit + ".", unit + "_"))]
    return max(found, key=len, default=OTHERS)


def by_unit(path, units, flow):
    """Logic cells and block RAMs of each unit.

    Returns
    -------
    dict of str to dict of str to int
    """
    logic, blocks = Counter(), Counter()
    for name, kind, _ in cells(path, flow):
        if flow.logic_cells.fullmatch(kind):
            logic[owner(name, units)] += 1
        elif flow.block_rams.fullmatch(kind):
            blocks[owner(name, units)] += 1
    names = [*units, OTHERS]
    return {name: {"logic_cells": logic[name], "block_rams": blocks[name]} for name in names}


def memories(folder, flow):
    """Memories of the design, and the block RAMs that each has become.

    Returns
    -------
    list of dict
        ``name``, ``words``, ``bits`` a word, ``block_rams``.
    """
    design = json.loads((folder / "memories.json").read_text())["modules"]["top"]["cells"]
    netlist = json.loads((folder / "top.json").read_text())["modules"]["top"]["cells"]
    blocks = [name for name, cell in netlist.items() if flow.block_rams.fullmatch(cell["type"])]
    found = []
    for name, cell in design.items():
        if cell["type"] == "$mem_v2":
            words, bits = (int(cell["parameters"][what], 2) for what in ("SIZE", "WIDTH"))
            count = sum(block.startswith(name + ".") for block in blocks)
            found.append({"name": name, "words": words, "bits": bits, "block_rams": count})
    return sorted(found, key=lambda one: one["name"])


def critical_path(report):
    """The longest path of a report's clock.

    Returns
    -------
    dict
        ``ns``; ``begins``, ``ends``: registers, by the design's names; ``steps``: kind, ns, and
        the net of a wire.
    """
    (path,) = (
        one["path"]
        for one in report["critical_paths"]
        if one["from"].startswith("posedge") and one["from"] == one["to"]
    )
    steps = [(one["type"], round(one["delay"], 2), plain(one.get("net", ""))) for one in path]
    return {
        "ns": round(sum(one["delay"] for one in path), 2),
        "begins": plain(path[0]["from"]["cell"]),
        "ends": plain(path[-1]["to"]["cell"]),
        "steps": steps,
    }


def plain(name):
    """A name of the design, without what tools have added to it."""
    return ADDED.sub("", name)
