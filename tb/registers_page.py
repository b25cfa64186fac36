"""``make registers``: writes the tables of registers into pages of docs."""

import simulate
from boards import BOARDS
from dre.bringup.dre_map import register_map as dre_map
from dre.bringup.hcu_map import register_map as hcu_map
from dre.core import DREConfig
from dre.core.register_map import register_map
from dre.registers.page import page
from onboard import dre_system

DOCS = simulate.ROOT / "docs"
HCU_BOARD = "icebreaker"


def tables():
    """Page, last heading of it, and what follows that.

    Yields
    ------
    Path, str, str
    """
    yield DOCS / "registers.md", "## The table\n\n", page(register_map(DREConfig()))
    for name, system_map, config in (
        ("boards", hcu_map, BOARDS[HCU_BOARD].config),
        ("dre-board", dre_map, dre_system.CONFIG),
    ):
        table = page(system_map(config)).partition("\n\n| address | count ")[0]
        yield DOCS / f"{name}.md", "## Registers\n\n", table + "\n"


def main():
    """All that comes behind the pages' last headings."""
    for path, heading, text in tables():
        before = path.read_text().partition(heading)[0]
        path.write_text(before + heading + text)


if __name__ == "__main__":
    main()
