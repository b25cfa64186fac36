"""Header, description and page of a DRE's registers, as files."""

from dataclasses import asdict

from dre.core.config import DREConfig
from dre.core.register_map import VERSION, register_map
from dre.registers.c_header import c_header
from dre.registers.page import page
from dre.registers.systemrdl import systemrdl


def texts(config):
    """By file name: ``dre.h``, ``dre.rdl`` and ``dre.registers.md`` of a build.

    Parameters
    ----------
    config : DREConfig
    """
    if not isinstance(config, DREConfig):
        raise TypeError(f"config must be a DREConfig, not {config!r}")
    table = register_map(config)
    build = ", ".join(f"{name} {value}" for name, value in asdict(config).items())
    about = [
        f"Registers of the DRE of V-Rex, open implementation, {'.'.join(map(str, VERSION))}.",
        f"Build: {build}.",
    ]
    return {
        "dre.h": c_header(table, about),
        "dre.rdl": systemrdl(table, about),
        "dre.registers.md": page(table),
    }
