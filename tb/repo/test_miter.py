"""The miter of equivalence proofs: any output that differs is seen, whatever the others do."""

import pytest

from dre import HCUConfig
from verification import miter
from verification.netlist import yosys

SMALL = HCUConfig(hash_bits=16, lanes=2, max_clusters=8, max_chunk=4)
HEADER = 1  # `first`, the lowest bit of a packet's payload

OUTPUTS = {  # what else must be so that a difference matters
    "hash_bits__ready": {"hash_bits__valid": 1},
    "assignments__payload": {"assignments__valid": 1, "assignments__payload": HEADER},
    "assignments__valid": {},
    "counters": {},
    "status": {},
    "passes__payload": {"passes__valid": 1},
    "passes__valid": {},
    "table__ready": {"table__valid": 1},
}


def values(name, circumstances):
    """All wires of the miter 0, but for the circumstances and one bit of one copy's output."""
    given = {}
    for other in OUTPUTS:
        value = circumstances.get(other, 0)
        given[f"g_{other}"] = value
        given[f"d_{other}"] = value ^ (2 if other == name and "payload" in name else other == name)
    for stream in ("hash_bits", "table"):
        given[f"{stream}__valid"] = circumstances.get(f"{stream}__valid", 0)
    for output, value in circumstances.items():
        if f"g_{output}" in given and output != name:
            given[f"g_{output}"] = given[f"d_{output}"] = value
    return " ".join(f"-set {wire} {int(value)}" for wire, value in given.items())


def verdicts(folder, wanted):
    """Prove, for each set of values, what ``bad`` is; yosys fails if one is not so."""
    (folder / "miter.v").write_text(miter.verilog("hcu", SMALL))
    quiet = "-set broken 0 -set fault 0"
    checks = [f"sat -verify {quiet} {given} -prove bad {bad} miter" for given, bad in wanted]
    cut = f"delete miter/{miter.GOLD}_copy miter/{miter.GATE}_copy"  # their outputs become free
    script = ["read_verilog miter.v", "proc", cut, "delete t:$dff", *checks]
    yosys(folder, "check", "\n".join(script))


def test_every_output_that_differs_is_seen_alone(tmp_path):
    verdicts(tmp_path, [(values(name, needs), 1) for name, needs in OUTPUTS.items()])


def test_what_no_user_can_tell_is_no_difference(tmp_path):
    unseen = ["hash_bits__ready", "assignments__payload", "passes__payload", "table__ready"]
    verdicts(tmp_path, [(values(name, {}), 0) for name in unseen] + [(values("", {}), 0)])


def test_the_outputs_are_all_there():
    text = miter.verilog("hcu", SMALL)
    assert all(f"g_{name}" in text for name in OUTPUTS)
    assert text.count(" d_") >= len(OUTPUTS)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_difference_that_would_not_be_seen_fails(tmp_path, name):
    with pytest.raises(RuntimeError):
        verdicts(tmp_path, [(values(name, OUTPUTS[name]), 0)])
