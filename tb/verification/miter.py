# amaranth: UnusedElaboratable=no
"""A unit beside a changed copy of itself, as Verilog: ``bad`` is 1 where a user could tell.

Both get the same inputs. What is compared is what the specification promises: every output, but of
a stream's payload only what is there while ``valid`` is 1, and of a beat of a packet only the bits
of its kind (spec D26). Inputs keep the handshake's rules (spec D25): after a beat was withdrawn or
changed nothing counts any more.

Memories and multipliers may have been cut out of both (`verification.cut`). Then memories are
compared by what is written, and what such a cell gives is free: the same in both where both have
asked for the same. That claims more than a user could tell, so what is shown of it holds.
"""

from amaranth.hdl import Shape
from amaranth.lib import data

import simulate
from verification.cut import MEMORY

GOLD, GATE = "gold", "gate"
"""Names of the module and of its changed copy."""


def ports_of(core, config):
    """Name, direction, shape and width of all ports of a unit, without clock and reset."""
    unit = simulate.device(core)(config)
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


def _box(box):
    """Of a cell that has been cut out: inputs, wires and registers, and differences."""
    name, gives = box.prefix, f"{box.prefix}_gives"
    wires = [f"wire [{bits - 1}:0] g_{name}_{own}, d_{name}_{own};" for own, bits in box.given]
    differ = {own: f"(g_{name}_{own} ^ d_{name}_{own})" for own, _ in box.given}
    same, differences = f"!({' | '.join(f'(|{d})' for d in differ.values())})", []
    if box.kind == MEMORY:  # the same has been asked for, when something last was
        one, other = (f"{copy}_{name}_read_en" for copy in "gd")
        agreed = f"{one} & {other} & !{differ['read_address']}"
        wires += [
            f"reg same_{name} = 1;",
            f"always @(posedge clk) if ({one} | {other}) same_{name} <= {agreed};",
        ]
        same, write = f"same_{name}", f"g_{name}_write_en"
        differences = [
            f"|{differ['write_en']}",
            f"|{write} & |{differ['write_address']}",
            f"|({write} & {differ['write_data']})",
        ]
    last = f"[{box.gives - 1}:0]"
    wires.append(f"wire {last} g_{gives} = {gives}, d_{gives} = {same} ? {gives} : {name}_other;")
    return [f"input {last} {gives}", f"input {last} {name}_other"], wires, differences


def verilog(core, config, boxes=()):
    """Verilog of module ``miter``, which instantiates `GOLD` and `GATE`.

    ``boxes`` are what has been cut out of both.
    """
    ports = list(ports_of(core, config))
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
    copied = {name: (name if flow == "In" else None) for name, flow in flows.items()}
    for box in boxes:
        ins, more, found = _box(box)
        head, wires, differences = head + ins, wires + more, differences + found
        copied |= {f"{box.prefix}_{own}": None for own, _ in (*box.given, ("gives", box.gives))}
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
        named = [f".{name}({same or prefix + name})" for name, same in copied.items()]
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
