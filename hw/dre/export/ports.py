"""The port table of an export, as plain data; all of it from the component's signature."""

from amaranth.hdl import Shape
from amaranth.lib import stream
from amaranth.lib.wiring import In

from dre.export import layout, members
from dre.export.build import PROJECT

FORMAT = "vrex-ports/1"
ADDRESS_CHANNELS = ("aw", "ar")


def table(build):
    """The ports of a `Build`.

    Returns
    -------
    dict
        ``interfaces``: ``name``, ``kind`` ("clock", "reset", "value", "stream", "axi4", "axi4-lite"
        or "bus"), ``side`` ("input" or "output"; of AXI "master" or "slave"; empty for another
        bus), ``about``, and ``ports``: ``name``, ``signal`` (its name within the interface),
        ``direction``, ``bits``, and ``layout``, see `dre.export.layout.describe`.
    """
    component = build.component
    inside = {name: [] for name in component.signature.members}
    for path, member, _ in component.signature.flatten(component):
        inside[path[0]].append(_port(path, member))
    told = members.about(type(component), list(inside))
    return {
        "format": FORMAT,
        "project": PROJECT,
        "version": build.version,
        "unit": build.unit.name,
        "module": build.name,
        "command": build.command,
        "parameters": build.parameters,
        "interfaces": [
            _wire("clk", "clock", "Everything happens at its rising edge."),
            _wire("rst", "reset", "Synchronous, active high."),
            *(
                {
                    "name": name,
                    **_kind(component.signature.members[name], found),
                    "about": told.get(name, ""),
                    "ports": [port for port in found if port["bits"]],
                }
                for name, found in inside.items()
            ),
        ],
    }


def flat(said):
    """All ports of a port table, in order."""
    return [port for interface in said["interfaces"] for port in interface["ports"]]


def _wire(name, kind, text):
    return {
        "name": name,
        "kind": kind,
        "side": "input",
        "about": text,
        "ports": [_described(name, name, "input", 1)],
    }


def _port(path, member):
    """A port by its path in the signature; Amaranth joins it the same way."""
    names = [str(part) for part in path]
    direction = "input" if member.flow is In else "output"
    return _described("__".join(names), "__".join(names[1:]) or names[0], direction, member.shape)


def _described(name, signal, direction, shape):
    return {
        "name": name,
        "signal": signal,
        "direction": direction,
        "bits": Shape.cast(shape).width,
        "layout": layout.describe(shape),
    }


def _kind(member, found):
    """What an interface is, and which side of it the unit has."""
    flow = "input" if member.flow is In else "output"
    if member.is_port:
        return {"kind": "value", "side": flow}
    if isinstance(_unflipped(member.signature), stream.Signature):
        return {"kind": "stream", "side": flow}
    directions = {port["signal"]: port["direction"] for port in found}
    for channel in ADDRESS_CHANNELS:
        asks = directions.get(f"{channel}valid")
        if asks:
            kind = "axi4" if f"{channel}len" in directions else "axi4-lite"
            return {"kind": kind, "side": "master" if asks == "output" else "slave"}
    return {"kind": "bus", "side": ""}


def _unflipped(signature):
    """The signature as it was written; an input has it the other way round."""
    return signature if isinstance(signature, stream.Signature) else signature.flip()
