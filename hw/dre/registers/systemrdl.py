"""A table of registers as SystemRDL 2.0."""

from dre.registers.fields import WORD_BYTES

KINDS = {
    "constant": ("sw = r;", "hw = na;"),
    "shown": ("sw = r;", "hw = w;"),
    "held": ("sw = rw;", "hw = r;"),
    "cleared": ("sw = rw;", "hw = rw;", "onwrite = woclr;"),
    "done": ("sw = w;", "hw = r;"),
}
"""Properties of each kind of field."""


def systemrdl(table, about):
    """Text: one ``addrmap``; ``about``: lines that say of what."""
    lines = [*(f"// {line}".rstrip() for line in about), ""]
    enums = {}
    for register in table.registers:
        for field in register.fields:
            if field.names:
                enums[field.names] = f"{register.name}_{field.name}_e"
    for names, enum in enums.items():
        values = " ".join(f"{name} = {number};" for number, name in enumerate(names))
        lines.append(f"enum {enum} {{ {values} }};")
    lines += [
        "",
        f"addrmap {table.name} {{",
        "    default regwidth = 32;",
        "    default accesswidth = 32;",
        "    littleendian;",
        "    lsb0;",
    ]
    for register in table.registers:
        lines += ["", *_register(register, enums)]
    lines += ["", *_count_words(table), "};", ""]
    return "\n".join(lines)


def _register(register, enums):
    yield "    reg {"
    yield f'        desc = "{register.about}.";'
    for field in register.fields:
        properties = [*KINDS[field.access]]
        if field.names:
            properties.append(f"encode = {enums[field.names]};")
        properties.append(f'desc = "{field.about}.";')
        if field.access == "done" and field.bits == 1:
            properties.append("singlepulse;")
        reset = "" if field.access == "shown" else f" = {field.bits}'h{field.value:x}"
        place = f"[{field.high}:{field.low}]"
        yield f"        field {{ {' '.join(properties)} }} {_safe(field.name)}{place}{reset};"
    yield f"    }} {_safe(register.name)} @ {register.address:#05x};"


def _count_words(table):
    """Each count is a register of two words, which are read one after the other."""
    for count in table.counts:
        yield (
            f"    reg {{ regwidth = {16 * WORD_BYTES}; field {{ sw = r; hw = w; }} "
            f'value[63:0]; desc = "{count.about}."; }} '
            f"count_{count.name} @ {table.address_of(count.name):#05x};"
        )


def _safe(name):
    """A name that is no word of the language."""
    return f"\\{name}" if name in WORDS else name


WORDS = {"all", "field", "mem", "reg", "signal", "enum", "default", "number", "ref", "type", "this"}
