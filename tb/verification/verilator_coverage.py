"""Verilator's coverage data: read, merge, and say what each point is.

A data file has a line a point, ``C '<key><value>...' count``, with 0x01 before each key and 0x02
before each value. The wheel brings no program that reads it.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

TRIGGER = re.compile(r"if \(\\\$auto\$verilog_backend\S* \) begin end")
"""What the Verilog writer puts into every ``always @*`` so that it runs at time 0; no hardware."""

SOURCE = re.compile(r'\(\* src = "(.*?)" \*\)')
"""Where in the Python an expression or a signal comes from."""

UNNAMED = re.compile(r"\$|port\$\d+\$\d+$")
"""Signals that have no name in the Python: parts of expressions, and ports made for them."""


@dataclass(frozen=True)
class Point:
    """One thing that a simulation can reach.

    Attributes
    ----------
    kind : str
        ``line`` of the Verilog, ``branch`` (a way out of an if or ``?:``) or ``toggle`` (a
        bit in one direction).
    scope : str
        Instance, from the top: ``hcu.search.loader``.
    signal : str
        Whose toggle it is; for lines and branches the signal that is assigned there.
    detail : str
        ``[3] 0->1`` of a toggle; of a branch which way out of which condition; of a line its text.
    bit : int
        Of a toggle; 0 elsewhere.
    place : str
        Of a line or branch: line and column of the Verilog, and of the Python if it is known.
    """

    kind: str
    scope: str
    signal: str
    detail: str
    bit: int = 0
    place: str = ""

    def __str__(self):
        return f"{self.scope}: {self.signal}: {self.detail} {self.place}".rstrip()


def read(paths):
    """Counts of raw points, added over data files of one build; a Counter by Verilator's key."""
    total = Counter()
    for path in paths:
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("C '"):
                key, _, count = line[3:].rpartition("' ")
                total[key] += int(count)
    return total


def points(raw, source):
    """Hits of every `Point` of a build.

    Parameters
    ----------
    raw : Counter
        From `read`.
    source : str
        The Verilog text that was simulated.

    Returns
    -------
    dict of Point to int
        A line counts as often as the most frequent point on it. Left out are what the Verilog
        writer adds (`TRIGGER`, `UNNAMED` signals), and a structure's whole where
        its fields are counted.
    """
    verilog = Verilog(source)
    hits, lines, toggles = Counter(), Counter(), {}
    for key, count in raw.items():
        fields = dict(part.split("\2", 1) for part in key.split("\1") if part)
        kind, scope = fields["page"].partition("/")[0], fields["h"]
        if kind == "v_toggle":
            name, _, direction = _decoded(fields["o"]).rpartition(":")
            toggles[scope, name, direction] = count
        elif not verilog.is_trigger(int(fields["l"])):
            for number in _numbers(fields.get("S", "")):
                lines[scope, number] = max(lines[scope, number], count)
            if kind == "v_branch":
                hits[verilog.branch(scope, fields)] += count
    for (scope, number), count in lines.items():
        hits[verilog.line(scope, number)] = count
    return dict(hits) | _named_toggles(toggles)


def _named_toggles(toggles):
    """Toggles of signals with a name in Python, a structure by its fields."""
    wholes = defaultdict(set)
    for scope, name, _ in toggles:
        base = name.partition("[")[0]
        while "." in base:
            base = base.rpartition(".")[0]
            wholes[scope].add(base)
    named = {}
    for (scope, name, direction), count in toggles.items():
        base, bracket, bits = name.partition("[")
        if UNNAMED.match(base) or base in wholes[scope]:
            continue
        bit = int(bits.rpartition("[")[2].rstrip("]") or 0)  # the last index: of a memory's word
        detail = f"{bracket}{bits} {direction}".strip()
        named[Point("toggle", scope, base, detail, bit)] = count
    return named


class Verilog:
    """Generated Verilog, as far as it says what a line is for."""

    def __init__(self, text):
        self._lines = text.splitlines()
        self._assigned, self._kept = {}, {}  # by the module's first line: expressions, registers
        self._module, self._block, self._blocks = {}, {}, {}  # by line: where it belongs
        module = block = 0
        for number, line in enumerate(self._lines, 1):
            words = re.sub(SOURCE, "", line).strip()
            if words.startswith("module "):
                module = number
                self._assigned[module], self._kept[module] = {}, {}
            if words.startswith("always"):
                block = number
            self._module[number] = module
            if block:
                self._block[number] = block
            if match := re.fullmatch(r"assign (\S+) += (.*);", line.strip()):
                self._assigned[module][match[1]] = match[2]
            elif match := re.fullmatch(r"(?:.* )?(\S+) +(?:\[\S+\] +)?<= (\S+) ?;", words):
                self._kept[module][match[2]] = match[1]
            elif block and (match := re.match(r"(\S+) +(?:\[\S+\] +)?= ", words)):
                self._blocks.setdefault(block, match[1])
            if line.startswith("  end") or (block == number and not words.endswith("begin")):
                block = 0

    def is_trigger(self, number):
        """Whether a line is what the Verilog writer adds."""
        return bool(TRIGGER.search(self._lines[number - 1]))

    def line(self, scope, number):
        """A line as a `Point`."""
        text, _ = self._resolved(number, self._lines[number - 1].strip())
        return Point("line", scope, self._signal(number), text, place=f"(Verilog {number})")

    def branch(self, scope, fields):
        """A branch as a `Point`."""
        number = int(fields["l"])
        text = self._lines[number - 1].strip()
        condition = re.search(r"if \((.*?) ?\)(?: begin|$)", text)
        condition, python = self._resolved(number, condition[1] if condition else text)
        place = ", ".join([f"Verilog {number}:{fields['n']}", *python])
        detail = f"{self._case(number)}{fields['o']} of {condition}"
        return Point("branch", scope, self._signal(number), detail, place=f"({place})")

    def _case(self, number):
        """The item of a case that a line is in, as ``2'h1: ``: the state of a state machine."""
        depth = len(self._lines[number - 1])
        for line in reversed(self._lines[self._block.get(number, number) : number]):
            indent = len(line) - len(line.lstrip())
            if indent < depth:
                depth = indent
                if match := re.fullmatch(r" *(\d+'[hb]\w+:)", line):
                    return f"{match[1]} "
        return ""

    def _signal(self, number):
        """What the block assigns: a register rather than the wire of its next value."""
        target = self._blocks.get(self._block.get(number, 0), "")
        kept = self._kept[self._module[number]].get(target, target)
        return kept.removeprefix("\\")

    def _resolved(self, number, text, depth=3):
        """A condition in names from Python, as far as ``depth`` steps lead there; Python lines."""
        assigned = self._assigned[self._module[number]]

        def replace(match):
            expression = assigned.get(match[0])
            return match[0] if expression is None else f"({expression})"

        for _ in range(depth):
            text = re.sub(r"\\\$(?:\d+|signal(?:\$\d+)?)(?![\w$])", replace, text)
        python = [source for source in re.findall(SOURCE, text) if "site-packages" not in source]
        text = re.sub(r" +", " ", re.sub(SOURCE, "", text)).replace(" )", ")").replace("( ", "(")
        return text.strip(), [source.rpartition("/hw/")[2] for source in dict.fromkeys(python)]


def _decoded(name):
    """A name as the Verilog has it: Verilator writes a character as ``__0`` and two digits."""
    return re.sub(r"__0([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), name)


def _numbers(ranges):
    """Line numbers of ``3,5-7``."""
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
