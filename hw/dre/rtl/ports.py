"""Access to the ports of a compiled DRE as C++: see ``streams.h`` and ``memory.h``."""

from amaranth.lib import stream

from dre.packing import width

MEMORIES = ("near", "far")
REGISTERS = "control"


def header(unit, name):
    """C++ header for a component whose Verilog module has this name."""
    members = unit.signature.members
    lines = [
        "// Written by dre/rtl/ports.py from the signature.",
        "#pragma once",
        f'#include "V{name}.h"',
        '#include "streams.h"',
        "namespace ports {",
        f"using Model = V{name};",
    ]
    for port in (*MEMORIES, REGISTERS):
        lines += _bus(port, members[port].signature)
    lines.append("static const rtl::Stream<Model> STREAMS[] = {")
    for port, member in members.items():
        if member.is_signature and isinstance(member.signature, stream.Signature):
            lines += _stream(port, member)
    return "\n".join([*lines, "};", "}  // namespace ports", ""])


def streams(unit):
    """Names and layouts of all streams."""
    for port, member in unit.signature.members.items():
        if member.is_signature and isinstance(member.signature, stream.Signature):
            yield port, member.signature.members["payload"].shape


def _bus(port, signature):
    yield f"struct {port} {{"
    yield f'  static constexpr const char* NAME = "{port}";'
    for name, member in signature.members.items():
        yield f"  static auto& {name}(Model& m) {{ return m.{_mangled(port, name)}; }}"
        if name == "rdata":
            yield f"  static constexpr unsigned DATA_BYTES = {width(member.shape) // 8};"
    yield "};"


def _stream(port, member):
    inward = member.flow.name == "In"
    words = -(-width(member.signature.members["payload"].shape) // 32)
    valid, ready, payload = (_mangled(port, name) for name in ("valid", "ready", "payload"))
    driven = valid if inward else ready
    put = f"rtl::put_words(m.{payload}, w, {words});" if inward else ""
    get = "" if inward else f"rtl::get_words(m.{payload}, w, {words});"
    yield f'  {{"{port}", {words}, {"true" if inward else "false"},'
    yield f"   [](const Model& m) -> bool {{ return m.{valid}; }},"
    yield f"   [](const Model& m) -> bool {{ return m.{ready}; }},"
    yield f"   [](Model& m, bool on) {{ m.{driven} = on; }},"
    yield f"   []([[maybe_unused]] Model& m, [[maybe_unused]] const uint32_t* w) {{ {put} }},"
    yield f"   []([[maybe_unused]] const Model& m, [[maybe_unused]] uint32_t* w) {{ {get} }}}},"


def _mangled(port, name):
    """Verilator's name in C++: two underscores in a row are its own."""
    return f"{port}___05F{name}"
