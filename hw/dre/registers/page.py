"""A table of registers as a page of documentation."""

WORDS = {
    "constant": "constant",
    "shown": "read",
    "held": "read, write",
    "cleared": "read; a 1 clears",
    "done": "write",
}


def page(table):
    """Tables in Markdown: registers with their fields, then counts."""
    lines = [
        "| address | register | bits | field | access | after reset | what it is |",
        "|---|---|---|---|---|---|---|",
    ]
    for register in table.registers:
        address = f"`{register.address:#05x}` | `{register.name}`"
        for field in register.fields:
            lines.append(f"| {address} | {_of_field(field)} |")
            address = " | "
    lines += ["", "| address | count | what it is |", "|---|---|---|"]
    lines += [
        f"| `{table.address_of(count.name):#05x}` | `{count.name}` | {count.about} |"
        for count in table.counts
    ]
    return "\n".join([*lines, ""])


def _of_field(field):
    bits = f"{field.high}:{field.low}" if field.bits > 1 else f"{field.low}"
    names = ", ".join(f"{number} {name}" for number, name in enumerate(field.names))
    about = field.about + (f": {names}" if names else "")
    after = "" if field.access in ("shown", "done") else f"{field.value}"
    return f"{bits} | `{field.name}` | {WORDS[field.access]} | {after} | {about}"
