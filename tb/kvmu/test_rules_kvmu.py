"""The memories of the fast replay see every rule that a master may break."""

import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("rules_kvmu.cpp")

SAID = {
    "well": "nothing",
    "narrow": "far: a narrow burst at 0x10000",
    "wrapping": "far: a burst that does not increment at 0x10000",
    "within a beat": "far: an address within a beat at 0x10004",
    "long": "far: a burst of 40 bytes at 0x10000",
    "page": "far: a page is crossed at 0x10ff0",
    "large ID": "far: ID 2 at 0x10000",
    "ID twice": "far: ID 0 has a burst already at 0x10040",
    "outside": "outside of the memory: 0x12000, 32 bytes",
    "before": "outside of the memory: 0xffe0, 32 bytes",
    "withdrawn": "far ar: VALID was withdrawn",
    "changed": "far aw: what is offered changed",
    "word withdrawn": "far w: VALID was withdrawn",
    "word changed": "far w: what is offered changed",
    "pause": "far: a pause within a burst",
    "early word": "far: a word before its address",
    "part of a beat": "far: part of a beat",
    "early last": "far: WLAST at the wrong word",
    "no last": "far: WLAST at the wrong word",
    "not apart": "far: 0x10018 is written, but 0x10000 may still land",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    made = tmp_path_factory.mktemp("rules") / "rules"
    command = ["c++", "-std=c++17", "-Wall", "-Wextra", f"-I{SOURCE.parents[1]}"]
    subprocess.run([*command, str(SOURCE), "-o", str(made)], check=True)
    return made


@pytest.mark.slow
def test_every_rule_is_looked_at(program):
    said = {
        name: subprocess.run([program, name], capture_output=True, text=True, check=True).stdout
        for name in SAID
    }
    assert {name: text.rstrip("\n") for name, text in said.items()} == SAID
