"""Header, description and page of a DRE's registers, as files."""

from dataclasses import asdict, replace

from dre.core.config import DREConfig
from dre.core.register_map import VERSION, register_map
from dre.registers.c_header import c_header
from dre.registers.page import page
from dre.registers.systemrdl import systemrdl


def texts(config, name="dre"):
    """By ending: ``h``, ``rdl`` and ``registers.md`` of a build.

    Parameters
    ----------
    config : DREConfig
    name : str
        What macros and the address map begin with.

    Raises
    ------
    TypeError
        If ``config`` is not a `DREConfig`.
    """
    if not isinstance(config, DREConfig):
        raise TypeError(f"config must be a DREConfig, not {config!r}")
    table = replace(register_map(config), name=name)
    build = ", ".join(f"{name} {value}" for name, value in asdict(config).items())
    about = [
        f"Registers of the DRE of V-Rex, open implementation, {'.'.join(map(str, VERSION))}.",
        f"Build: {build}.",
    ]
    return {
        "h": c_header(table, about),
        "rdl": systemrdl(table, about),
        "registers.md": page(table),
    }
