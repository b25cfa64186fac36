# amaranth: UnusedElaboratable=no
"""A unit beside a changed copy of itself, as Verilog: ``bad`` is 1 where a user could tell.

Both get the same inputs. What is compared is what the specification promises: every output, but of
a stream's payload only what is there while ``valid`` is 1, and of a beat of a packet only the bits
of its kind (spec D26). Inputs keep the handshake's rules (spec D25): after a beat was withdrawn or
changed nothing counts any more.
"""

from amaranth.hdl import Shape
from amaranth.lib import data

import simulate

GOLD, GATE = "gold", "gate"
"""Names of the module and of its changed copy."""


def _ports(unit):
    """Name, direction and shape of all ports of a component."""
    for path, member, _ in unit.signature.flatten(unit):
        width = Shape.cast(member.shape).width
        yield "__".join(map(str, path)), member.flow.name, member.shape, width


def _mask(name, shape, width):
    """Verilog of the payload bits that mean something, given the payload of the unit."""
    kinds = None
    if isinstance(shape, data.StructLayout) and "data" in dict(shape.members):
        kinds = shape["data"].shape
    if not isinstance(kinds, data.UnionLayout):
        return f"{{{width}{{1'b1}}}}"
    offset, sizes = shape["data"].offset, {k: Shape.cast(f.shape).width for k, f in kinds}
    ends = (1 << offset) - 1  # first and last themselves

    def mask(kind):
        return f"{width}'d{ends | ((1 << sizes[kind]) - 1) << offset}"

    middle = next(kind for kind in sizes if kind not in ("header", "trailer"))
    last = mask("trailer") if "trailer" in sizes else mask(middle)
    payload = f"g_{name}"
    return f"({payload}[0] ? {mask('header')} : {payload}[1] ? {last} : {mask(middle)})"


def verilog(core, config):
    """Verilog of module ``miter``, which instantiates `GOLD` and `GATE`."""
    unit, _ = simulate.UNITS[core]
    ports = list(_ports(unit(config)))
    flows = {name: flow for name, flow, _, _ in ports}
    widths = {name: width for name, _, _, width in ports}
    head, wires, differences, faults = ["input clk", "input rst"], [], [], []
    for name, flow, shape, width in ports:
        if flow == "In":
            head.append(f"input [{width - 1}:0] {name}")
            continue
        wires.append(f"wire [{width - 1}:0] g_{name}, d_{name};")
        different = f"g_{name} ^ d_{name}"
        if name.endswith("__payload"):
            valid = f"g_{name.removesuffix('payload')}valid"
            differences.append(f"{valid} & |(({different}) & {_mask(name, shape, width)})")
        elif name.endswith("__ready"):  # matters while something waits for it
            differences.append(f"{name.removesuffix('ready')}valid & |({different})")
        else:
            differences.append(f"|({different})")
    before = []
    for name in [n.removesuffix("__valid") for n in flows if n.endswith("__valid")]:
        if flows[f"{name}__valid"] != "In":
            continue
        wide = widths[f"{name}__payload"]
        before += [
            f"reg waits_{name} = 0; reg [{wide - 1}:0] was_{name} = 0;",
            f"always @(posedge clk) waits_{name} <= !rst & {name}__valid & !g_{name}__ready;",
            f"always @(posedge clk) was_{name} <= {name}__payload;",
        ]
        faults.append(f"waits_{name} & (!{name}__valid | was_{name} != {name}__payload)")

    def joined(prefix):
        named = [f".{n}({n if flow == 'In' else prefix + n})" for n, flow in flows.items()]
        return ", ".join([".clk(clk), .rst(rst)", *named])

    return "\n".join(
        [
            f"module miter({', '.join(head)}, output bad);",
            *wires,
            f"{GOLD} {GOLD}_copy({joined('g_')});",
            f"{GATE} {GATE}_copy({joined('d_')});",
            *before,
            f"wire fault = {' | '.join(faults) or '0'};",
            "reg broken = 0; always @(posedge clk) broken <= broken | fault;",
            f"wire [{len(differences) - 1}:0] differs = {{{', '.join(differences)}}};",
            "assign bad = !broken & !fault & |differs;",
            "endmodule\n",
        ]
    )
