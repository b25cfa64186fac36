"""What has been cut out of a netlist, as Verilog beside it, so that it can be simulated."""

from verification.cut import MEMORY
from verification.miter import ports_of

SIGNS = {"$mul": "*", "$add": "+", "$sub": "-"}


def verilog(core, config, inner, boxes):
    """Verilog of module ``core``: ``inner`` is the netlist, ``boxes`` are from `cut.cut`."""
    head, lines, named = ["input clk", "input rst"], [], ["clk", "rst"]
    for name, flow, _, width in ports_of(core, config):
        head.append(f"{'input' if flow == 'In' else 'output'} [{width - 1}:0] {name}")
        named.append(name)
    for box in boxes:
        lines += [*_wires(box), *(_memory(box) if box.kind == MEMORY else _number(box))]
        named += [f"{box.prefix}_{own}" for own, _ in (*box.given, ("gives", box.gives))]
    ports = ", ".join(f".{name}({name})" for name in named)
    return "\n".join(
        [f"module {core}({', '.join(head)});", *lines, f"{inner} cells({ports});", "endmodule\n"]
    )


def _wires(box):
    for own, bits in (*box.given, ("gives", box.gives)):
        yield f"wire [{bits - 1}:0] {box.prefix}_{own};"


def _number(box):
    name = box.prefix
    return [f"assign {name}_gives = {name}_a {SIGNS[box.kind]} {name}_b;"]


def _memory(box):
    """As `dre.memory`: a read does not see what is written in the same cycle."""
    name, (address,) = box.prefix, [bits for own, bits in box.given if own == "read_address"]
    word, place, mask = f"{name}_words", f"{name}_write_address", f"{name}_write_en"
    last = f"[{box.gives - 1}:0]"
    return [
        f"reg {last} {word} [0:{2**address - 1}]; reg {last} {name}_read;",
        f"assign {name}_gives = {name}_read;",
        "always @(posedge clk) begin",
        f"if ({name}_read_en) {name}_read <= {word}[{name}_read_address];",
        f"if (|{mask}) {word}[{place}] <= {word}[{place}] & ~{mask} | {name}_write_data & {mask};",
        "end",
    ]
