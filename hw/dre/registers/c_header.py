"""A table of registers as a C header."""

from dre.registers.fields import WORD_BITS, WORD_BYTES


def c_header(table, about):
    """Text: addresses, masks and places of all fields, names of their values.

    ``about``: lines that say of what.
    """
    guard = f"{table.name.upper()}_REGISTERS_H"
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0",
        *(f" * {line}".rstrip() for line in about),
        " */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        *_block([(_name(table, "BYTES"), f"{2**table.address_bits:#x}u", "addresses of all")]),
    ]
    for register in table.registers:
        lines += ["", *_block(_of_register(table, register))]
    lines += ["", "/* Counts: the low word, the high one behind it. */"]
    lines += _block(
        (
            _name(table, "COUNT", count.name),
            f"{table.address_of(count.name):#05x}u",
            count.about,
        )
        for count in table.counts
    )
    high = (_name(table, "COUNT_HIGH"), f"{WORD_BYTES}u", "from a count's low word to its high one")
    return "\n".join([*lines, *_block([high]), "", f"#endif /* {guard} */", ""])


def _of_register(table, register):
    yield _name(table, register.name), f"{register.address:#05x}u", register.about
    for field in register.fields:
        parts = (register.name,) if field.bits == WORD_BITS else (register.name, field.name)
        if field.bits < WORD_BITS:
            yield _name(table, *parts, "SHIFT"), f"{field.low}u", ""
            yield _name(table, *parts, "MASK"), f"{field.mask:#010x}u", field.about
        if field.access == "constant":
            yield _name(table, *parts, "VALUE"), f"{field.value}u", ""
        for number, value in enumerate(field.names):
            yield _name(table, *parts, value), f"{number}u", ""


def _name(table, *parts):
    return "_".join((table.name, *parts)).upper()


def _block(entries):
    """Definitions, one below the other."""
    entries = list(entries)
    wide = max(len(name) for name, _, _ in entries)
    for name, value, about in entries:
        yield f"#define {name:<{wide}} {value}" + (f" /* {about} */" if about else "")
