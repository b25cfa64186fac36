"""The ports of a unit as C++: where each field lies, and how the compiled model names the port."""

from amaranth.lib import data, stream

from dre.packing import width

KEYWORDS = ("void",)
"""Names of fields that are words of C++."""


def header(unit, name):
    """C++ header with a struct for each stream, each bus and each other port of a component.

    Parameters
    ----------
    unit : amaranth.lib.wiring.Component
        Its signature is read.
    name : str
        Top module; Verilator names the class after it.

    Returns
    -------
    str
        ``ports::<port>`` has ``BITS``, a type for each field, and access to the model's port: of a
        stream ``valid``, ``ready`` and ``payload``, of a bus each signal by its name, of another
        port ``value``. A field whose name C++ does not allow there has an underscore behind it.
    """
    lines = [
        f"// Ports of {name}, written by tb/replay/ports.py from its signature.",
        "#pragma once",
        f'#include "V{name}.h"',
        '#include "replay/bits.h"',
        "namespace ports {",
        f"using Model = V{name};",
    ]
    for port, member in unit.signature.members.items():
        lines.append(f"struct {port} {{")
        lines += _bus(port, member) if _is_bus(member) else _beats(port, member)
        lines.append("};")
    return "\n".join([*lines, "}  // namespace ports", ""])


def _is_bus(member):
    """Signals below one name that are no stream."""
    return member.is_signature and not isinstance(member.signature, stream.Signature)


def _bus(port, member):
    """Access to each signal by its name."""
    for name in member.signature.members:
        yield f"  static auto& {name}(Model& m) {{ return m.{_mangled(f'{port}__{name}')}; }}"


def _beats(port, member):
    """Access to a stream or a value, and a type for each field if there are any."""
    streamed = member.is_signature
    layout = member.signature.members["payload"].shape if streamed else member.shape
    yield f"  static constexpr unsigned BITS = {width(layout)};"
    yield f'  static constexpr char NAME[] = "{port}";'
    for part in ("valid", "ready", "payload") if streamed else ("value",):
        signal = _mangled(f"{port}__{part}" if streamed else port)
        yield f"  static auto& {part}(Model& m) {{ return m.{signal}; }}"
    if isinstance(layout, data.Layout):
        yield from _fields(layout, 0, port)


def constants(values):
    """C++ header with unsigned constants in namespace ``build``."""
    body = [f"constexpr unsigned {name.upper()} = {value};" for name, value in values.items()]
    return "\n".join(["#pragma once", "namespace build {", *body, "}  // namespace build", ""])


def _fields(layout, offset, inside, indent="  "):
    """A type for each field, arrays too; a struct of types for each nested layout."""
    for name, field in layout:
        at, called = offset + field.offset, _allowed(name, inside)
        if isinstance(field.shape, data.Layout) and not isinstance(field.shape, data.ArrayLayout):
            yield f"{indent}struct {called} {{"
            yield from _fields(field.shape, at, called, indent + "  ")
            yield f"{indent}}};"
        else:
            yield f"{indent}using {called} = replay::Field<{at}, {field.width}>;"


def _allowed(name, inside):
    """A name in C++, within a struct: not the struct's own, and no word of the language."""
    return f"{name}_" if name in (inside, *KEYWORDS) else name


def _mangled(signal):
    """Verilator's name in C++: two underscores in a row are its own."""
    return signal.replace("__", "___05F")
