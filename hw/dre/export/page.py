"""The port table as a page for people, in Markdown."""

from dre.export import layout
from dre.export.parameters import text

SIDES = {
    "input": "input",
    "output": "output",
    "master": "the unit is the master",
    "slave": "the unit is the slave",
    "": "signals both ways",
}
ELEMENT = "{count} elements of {bits} bits, the first in the lowest bits"
KINDS = {"value": "", "stream": "stream, ", "axi4": "AXI4, ", "axi4-lite": "AXI4-Lite, "}


def markdown(said):
    """A page for a port table (`dre.export.ports.table`)."""
    lines = [
        f"# Ports of `{said['module']}`",
        "",
        f"Version {said['version']} of {said['project']}. Made by `{said['command']}`; change "
        "nothing here, make it again.",
        "",
        "A stream's beat passes in a cycle in which `valid` and `ready` are both 1. A beat once "
        "offered stays, unchanged, until it has passed; `valid` never waits for `ready`. Bits of a "
        "payload are counted from 0. Of *one of* several only what the beat is has a meaning.",
        "",
        *_table(
            ("build parameter", "value"),
            ((name, text(value)) for name, value in said["parameters"].items()),
        ),
    ]
    for interface in said["interfaces"]:
        lines += ["", *_interface(interface)]
    return "\n".join([*lines, "", *_instance(said), ""])


def _interface(interface):
    """Heading, what it is, ports, and the fields of those that have some."""
    yield f"## `{interface['name']}`: {_kind(interface)}"
    yield ""
    if interface["about"]:
        yield interface["about"]
        yield ""
    yield from _table(
        ("port", "direction", "bits"),
        ((f"`{port['name']}`", port["direction"], port["bits"]) for port in interface["ports"]),
    )
    for port in interface["ports"]:
        if rows := [_row(path, field) for path, field in layout.walk(port["layout"])]:
            yield ""
            yield from _table((f"field of `{port['name']}`", "bits", "width", "what"), rows)
        elif said_of := what(port["layout"]):
            yield ""
            yield f"`{port['name']}` is {said_of}."


def _kind(interface):
    side = SIDES[interface["side"]]
    return f"{KINDS.get(interface['kind'], interface['kind'] + ', ')}{side}"


def _row(path, field):
    return f"`{path}`", bits(field), field["bits"], what(field)


def bits(field):
    """The place of a field, as Verilog writes it; empty if it has no bits."""
    low, high = field["offset"], field["offset"] + field["bits"] - 1
    if high < low:
        return ""
    return f"[{low}]" if low == high else f"[{high}:{low}]"


def what(field):
    """What a field's number may be."""
    kind = field["kind"]
    if kind == "enum":
        return ", ".join(f"{value} {name}" for name, value in field["values"].items())
    if kind == "union":
        return "one of " + ", ".join(f"`{part['name']}`" for part in field["fields"])
    if kind == "array" and field["elements"]:
        first = field["elements"][0]
        return ELEMENT.format(count=len(field["elements"]), bits=first["bits"])
    if "most" in field:
        return f"{field['least']} to {field['most']}"
    return "signed" if kind == "signed" else ""


def _table(head, rows):
    """Lines of a table."""
    yield _line(head)
    yield _line("---" for _ in head)
    for row in rows:
        yield _line(row)


def _line(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def _instance(said):
    """An instance to be copied."""
    names = [port["name"] for each in said["interfaces"] for port in each["ports"]]
    width = max(map(len, names))
    yield "## An instance"
    yield ""
    yield "```verilog"
    yield f"{said['module']} u_{said['module']} ("
    yield ",\n".join(f"  .{name:{width}} ({name})" for name in names)
    yield ");"
    yield "```"
