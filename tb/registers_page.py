"""``make registers``: writes the tables of registers into docs/registers.md and docs/boards.md."""

import simulate
from boards import BOARDS
from dre.bringup.register_map import register_map as system_map
from dre.core import DREConfig
from dre.core.register_map import register_map
from dre.registers.page import page

DOCS = simulate.ROOT / "docs"


def tables():
    """Page, last heading of it, and what follows that.

    Yields
    ------
    Path, str, str
    """
    yield DOCS / "registers.md", "## The table\n\n", page(register_map(DREConfig()))
    small = next(iter(BOARDS.values()))
    registers = page(system_map(small.config)).partition("\n\n| address | count ")[0] + "\n"
    yield DOCS / "boards.md", "## Registers\n\n", registers


def main():
    """All that comes behind the pages' last headings."""
    for path, heading, text in tables():
        before = path.read_text().partition(heading)[0]
        path.write_text(before + heading + text)


if __name__ == "__main__":
    main()
