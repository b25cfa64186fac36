"""Calls the synthesis programs of the environment."""

import os
import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Fragment, Module, Signal, Value
from amaranth.lib.wiring import Out

BIN = Path(sys.executable).parent


class ToolFailed(RuntimeError):
    """A program ended badly; the message says which, and where its log is."""


def run(program, *words, folder, log):
    """Run a program in a folder, its output in a file there.

    Raises
    ------
    ToolFailed
        If it is missing or its exit status is not 0.
    """
    path = folder / log
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    with path.open("w") as output:
        try:
            status = subprocess.run(
                [program, *map(str, words)],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                check=False,
            ).returncode
        except FileNotFoundError:
            raise ToolFailed(f"{program} is not in the environment: run `make env`") from None
    if status:
        raise ToolFailed(f"{program} ended with status {status}: see {path}")


class RegisteredPorts(Elaboratable):
    """A unit with a register at each port, so that a clock period covers every path of it.

    Attributes
    ----------
    ports : list of Signal
        Of the harness; filled when it is elaborated.
    """

    def __init__(self, unit):
        self._unit = unit
        self.ports = []

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self._unit
        for path, member, port in unit.signature.flatten(unit):
            port, name = Value.cast(port), "_".join(map(str, path))
            outside = Signal(len(port), name=f"port_{name}")
            register = Signal(len(port), name=f"register_{name}", reset_less=True)
            self.ports.append(outside)
            if member.flow is Out:
                m.d.sync += register.eq(port)
                m.d.comb += outside.eq(register)
            else:
                m.d.sync += register.eq(outside)
                m.d.comb += port.eq(register)
        return m

    @property
    def bits(self):
        """Flip-flops that the harness adds."""
        return sum(len(port) for port in self.ports)


def write_rtlil(unit, path, platform=None):
    """A component, or a `RegisteredPorts` around one, as module ``top``, for a platform."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(unit, RegisteredPorts):
        fragment = Fragment.get(unit, platform)
        path.write_text(rtlil.convert(fragment, name="top", ports=unit.ports))
    else:
        path.write_text(rtlil.convert(unit, name="top", platform=platform))
