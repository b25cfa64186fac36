"""The ports that the default builds are to have, a file a unit in ``tb/export/ports``.

Run as a command it writes them anew, of what the units have now: for a change that is meant.
"""

from pathlib import Path

from dre.export import UNITS, Build, layout, page, ports

FOLDER = Path(__file__).parent / "ports"
COMMAND = "sh ci/environment.sh python tb/export/expected_ports.py"


def path_of(unit):
    """Where the ports of a unit are."""
    return FOLDER / f"{unit}.txt"


def lines(said):
    """A line a port of a port table: direction, bits, name; below it one a field without fields."""
    for port in ports.flat(said):
        yield f"{port['direction']} {port['bits']} {port['name']}"
        for path, field in layout.walk(port["layout"]):
            if "fields" not in field:
                yield f"  {path} {page.bits(field)} {page.what(field)}".rstrip()


def main():
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for unit in UNITS:
        path_of(unit).write_text("\n".join([*lines(ports.table(Build.of(unit))), ""]))


if __name__ == "__main__":
    main()
