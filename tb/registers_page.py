"""``make registers``: writes the table of registers into docs/registers.md."""

import simulate
from dre.core import DREConfig
from dre.core.register_map import register_map
from dre.registers.page import page

PAGE = simulate.ROOT / "docs" / "registers.md"
HEADING = "## The table\n\n"


def main():
    """All that comes behind the page's last heading."""
    before = PAGE.read_text().partition(HEADING)[0]
    PAGE.write_text(before + HEADING + page(register_map(DREConfig())))


if __name__ == "__main__":
    main()
