"""What is covered of the HCU, and the reviewed waivers."""

from hcu import coverage
from hcu.benches import BENCHES
from verification.coverage import Build
from verification.waivers import Waiver

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "WAIVERS", "bins"]

PAPER = {"max_clusters": 1024, "max_chunk": 32}
ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}

BUILDS = {
    "asic": Build({**PAPER, "preset": "asic"}, seeds=1),
    "fpga": Build({**PAPER, "preset": "fpga"}, seeds=1),
    "odd-asic": Build({**ODD, "preset": "asic"}),
    "odd-fpga": Build({**ODD, "preset": "fpga"}),
    # The rest of these two is the same hardware as above, but its table never breaks a rule.
    **{
        f"on-chip-{preset}": Build({**ODD, "preset": preset, "table": "memory"}, scope="hcu.table*")
        for preset in ("asic", "fpga")
    },
}
SAMPLE = "odd-asic"

WAIVERS = [
    *(
        Waiver(
            "toggle",
            "hcu.search*",
            signal,
            "only the preset `fpga` looks a lane up one slot before",
            builds="*asic",
        )
        for signal in ("slot*.peek", "peek_*")
    ),
    Waiver(
        "toggle",
        "hcu.search*",
        "read*_en",
        "the chunk buffer reads in every cycle; its enable is for memories that have one",
        detail="1->0",
    ),
    *(
        Waiver(
            "toggle",
            scope,
            signal,
            "the notes of the on-chip table are read in every cycle, as the chunk buffer",
            detail="1->0",
            builds="on-chip*",
        )
        for scope, signal in (("hcu.table", "read_en"), ("hcu.table.notes", "read*_en"))
    ),
    Waiver(
        "toggle",
        "hcu.search*",
        "notes__payload*.data.token.word",
        "the sequencer's notes are headers and trailers; bits that only a token beat has are 0",
        bits=range(27, 32),
    ),
    Waiver(
        "branch",
        "hcu.table",
        "fsm_state",
        "a pass begins with an empty pipeline, so its header is never held up",
        detail="2'h1: else of *table__ready*",
        builds="on-chip*",
    ),
]


def bins(config):
    """The situations that the benches must have seen in a build."""
    return coverage.required(config) | {"status BAD_CONFIG", "status OUT_OF_STEP"}
