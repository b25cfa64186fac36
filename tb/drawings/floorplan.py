"""Where the units of a design lie on the chip."""

from collections import Counter

import matplotlib
from matplotlib.patches import Patch

from drawings import style
from synthesis.netlist import OTHERS, cells, owner


def draw(placed, flow, units, title, path):
    """A tile is as dark as it is full, in the colour of the unit that has most of it.

    Parameters
    ----------
    placed : Path
        Netlist, as nextpnr writes it.
    flow : synthesis.flow.Flow
    units : sequence of str
    title : str
    path : Path
        Of the picture.
    """
    tiles, blocks = {}, {}
    for name, kind, where in cells(placed, flow):
        if flow.logic_cells.fullmatch(kind):
            tiles.setdefault(where, Counter())[owner(name, units)] += 1
        elif flow.block_rams.fullmatch(kind):
            blocks[where] = owner(name, units)
    names = [*units, OTHERS]
    colours = dict(zip(names, matplotlib.colormaps["tab10"].colors, strict=False))
    colours[OTHERS] = style.GREY
    figure, axes = style.panels(1, 6.5)
    for (x, y), owners in tiles.items():
        (unit, _), full = owners.most_common(1)[0], sum(owners.values()) / flow.tile
        axes.add_patch(
            style.pyplot.Rectangle((x, y), 0.92, 0.92, color=colours[unit], alpha=0.2 + 0.8 * full)
        )
    size = [length - 0.08 for length in flow.block_size]
    for where, unit in blocks.items():
        look = {"facecolor": colours[unit], "edgecolor": "black", "linewidth": 1}
        axes.add_patch(style.pyplot.Rectangle(where, *size, **look))
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set(xlabel="column", ylabel="row", title=title)
    handles = [Patch(color=colours[name], label=name) for name in names]
    handles.append(Patch(facecolor="white", edgecolor="black", label="block RAM"))
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return style.finish(figure, [axes], "a tile is as dark as it is full", path)
