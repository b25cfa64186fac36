"""What the user sets: CORE, SIM, WAVES, SEED, TESTCASE, TRACE, as environment variables of make."""

import os
import random
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import resv
from resv import named_traces
from simulate import SIMULATORS, UNITS

MOST_DIGITS = 18

FOLDERS = {"dre": "core"}
"""Below ``tb``, where it is not the name: ``dre`` is the hardware's package."""


class Usage(Exception):
    """A setting that cannot be used; the message is the one line for the user."""


@dataclass(frozen=True)
class Settings:
    """The settings, checked.

    Attributes
    ----------
    core : str
        Empty: all units, where a command can do that.
    simulator : str
    waves : bool
    seed : int
        The user's, or a new one.
    testcase : str or None
        Regular expression on names of test cases.
    trace : Path
        The committed excerpt unless the user gives another file, or the name of a trace.
    """

    core: str
    simulator: str
    waves: bool
    seed: int
    testcase: str | None
    trace: Path

    def command(self, target):
        """The command that repeats this run."""
        words = [f"make {target}"]
        words += [f"CORE={self.core}"] if self.core else []
        words += [f"SIM={self.simulator} SEED={self.seed}"]
        words += [f"TESTCASE={quoted(self.testcase)}"] if self.testcase else []
        words += [f"TRACE={quoted(self.trace)}"] if self.trace != resv.excerpt_path() else []
        words += ["WAVES=1"] if self.waves else []
        return " ".join(words)


def read(environment=os.environ, simulators=SIMULATORS, cores=tuple(UNITS), core="hcu"):
    """Settings from environment variables; an empty one counts as not given.

    ``simulators`` and ``cores`` are those that the command can use, ``core`` is what it takes when
    none is given.

    Raises
    ------
    Usage
        If one has a value that is not allowed, or names what is not there.
    """
    given = {name: environment.get(name, "").strip() for name in ("CORE", "SIM", "WAVES", "SEED")}
    core, simulator = given["CORE"] or core, given["SIM"] or "verilator"
    if core:
        _one_of("CORE", core, sorted(cores))
    _one_of("SIM", simulator, simulators)
    _one_of("WAVES", given["WAVES"] or "0", ("0", "1"))
    if simulator == "icarus" and not shutil.which("iverilog"):
        raise Usage("SIM=icarus needs the program iverilog on PATH; there is none")
    seed = given["SEED"] or str(random.SystemRandom().getrandbits(31))
    if not (seed.isascii() and seed.isdigit()):
        raise Usage(f"SEED must be a whole number, 0 or more, not {seed!r}")
    if len(seed) > MOST_DIGITS:
        raise Usage(f"SEED must have at most {MOST_DIGITS} digits, not {len(seed)}")
    testcase = environment.get("TESTCASE") or None
    if testcase:
        try:
            re.compile(testcase)
        except re.error as error:
            raise Usage(
                f"TESTCASE must be a regular expression, not {testcase!r}: {error}"
            ) from None
    trace = _trace(environment.get("TRACE"))
    return Settings(core, simulator, given["WAVES"] == "1", int(seed), testcase, trace)


def _trace(text):
    """The trace that TRACE names: a file, or a named one that has been made."""
    if not text:
        return resv.excerpt_path()
    try:
        trace = named_traces.resolve(text)
    except FileNotFoundError as error:
        raise Usage(str(error)) from None
    except ValueError:
        trace = Path(text)
    if not trace.is_file():
        known = ", ".join(named_traces.TRACES)
        raise Usage(f"TRACE must be a file or one of {known}, not {text!r}")
    return trace


def board(boards, environment=os.environ):
    """The board that BOARD names.

    Raises
    ------
    Usage
        If it names none, or an unknown one.
    """
    name = environment.get("BOARD") or ""
    if name not in boards:
        raise Usage(f"BOARD must be one of {', '.join(boards)}, not {name!r}")
    return boards[name]


def brought(core, what):
    """Name of the module that a unit or part brings for a command."""
    folder = FOLDERS.get(core, core)
    return f"{folder}.{what}_{folder}"


def needs(core, what):
    """Refuse a unit that does not bring what a command needs (`brought`).

    Raises
    ------
    Usage
    """
    if not brings(core, what):
        path = brought(core, what).replace(".", "/")
        raise Usage(f"CORE={core} needs tb/{path}.py; there is none")


def brings(core, what):
    """Whether that module is there."""
    try:
        return find_spec(brought(core, what)) is not None
    except ModuleNotFoundError:  # not even the folder
        return False


def quoted(value):
    """For a shell, and for make, which reads ``$$`` as ``$``."""
    return shlex.quote(str(value).replace("$", "$$"))


def _one_of(name, value, allowed):
    if value not in allowed:
        raise Usage(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def fail(line):
    """One line for the user, and the exit status for wrong use."""
    print(line, file=sys.stderr)
    sys.exit(2)
