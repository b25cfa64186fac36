"""What is covered of the KVMU, and the reviewed waivers."""

from kvmu import coverage
from kvmu.benches_kvmu import BENCHES, MOVER_BENCHES
from kvmu.builds_kvmu import MOVER_ODD, NEAR, ODD
from verification.coverage import Build
from verification.waivers import Waiver

__all__ = ["BENCHES", "BUILDS", "SAMPLE", "WAIVERS", "bins"]

PRESETS = ("asic", "fpga")


def _unit(sizes, preset):
    """The unit but for its movers, which have benches of their own."""
    return Build({**sizes, "preset": preset}, apart="kvmu.movers*", optimise="some")


def _mover(preset):
    parameters = {**MOVER_ODD, "preset": preset}
    return Build(parameters, part="mover", benches=MOVER_BENCHES, optimise="some")


BUILDS = {
    **{
        f"{name}-{preset}": _unit(sizes, preset)
        for name, sizes in (("odd", ODD), ("near", NEAR))
        for preset in PRESETS
    },
    **{f"mover-{preset}": _mover(preset) for preset in PRESETS},
}
SAMPLE = "near-asic"

UNIT = "[!m]*"
"""Builds of the unit, not of the mover."""

ENTRY_BITS = {"odd*": 9, "near*": 10}
"""Of an entry's bytes."""

BURST_BITS = {"odd*": 3, "near*": 6}
"""Of a burst's beats."""

CONTEXT_BITS = {"odd*": 3, "near*": 2}
COUNT_BITS = {"odd*": 10, "near*": 8}
"""Of a context's tokens."""

SLOT_BITS = {"odd*": 8, "near*": 7}


def _bits(signals, reason, first=None, last=None, scope="kvmu*"):
    """Toggle waivers: bits from one on, or below one, each by build."""
    for signal in signals:
        for build, bit in (first or last).items():
            bits = range(bit, 64) if first else range(bit)
            yield Waiver("toggle", scope, signal, reason, bits=bits, builds=build)


WHOLE = "entries and pages are whole and lie at multiples of their size"
WAIVERS = [
    *(
        Waiver("toggle", "kvmu", f"{port}__wstrb*", "a beat is written whole")
        for port in ("far", "near")
    ),
    *_bits(
        (
            *("far__araddr*", "far__awaddr*", "near__araddr*", "near__awaddr*"),
            *("grants__payload*address", "put_grant_address", "deliver_token_address"),
            *("offload_order_source", "offload_order_target", "offload_order_bytes"),
            *("offload__jobs__payload*source", "offload__jobs__payload*target"),
            "offload__jobs__payload*bytes",
        ),
        WHOLE,
        last=ENTRY_BITS,
    ),
    *(
        Waiver("toggle", "kvmu*", signal, "pages are whole", bits=range(12), builds=UNIT)
        for signal in (
            *("fetch_order_source", "fetch_order_target"),
            *("fetch__jobs__payload*source", "fetch__jobs__payload*target"),
        )
    ),
    *(
        Waiver("toggle", "kvmu*", signal, "what is fetched is a page", builds=UNIT)
        for signal in ("fetch_order_bytes", "fetch__jobs__payload*bytes")
    ),
    *_bits(
        ("far__arlen*", "far__awlen*", "near__arlen*", "near__awlen*"),
        "no burst is longer",
        first=BURST_BITS,
    ),
    *_bits(
        ("deliveries__payload*header.context",),
        "there are no more contexts",
        first=CONTEXT_BITS,
    ),
    *_bits(
        (
            *("results__payload*count", "put_result_count"),
            *("deliveries__payload*token.token", "deliveries__payload*trailer.tokens"),
        ),
        "a context has no more tokens",
        first=COUNT_BITS,
    ),
    *_bits(
        ("now.recent_tokens",),
        "there are no more slots: such a context is refused",
        first=SLOT_BITS,
    ),
    *_bits(
        ("selected_count",),
        "a packet may name so many clusters, one after the other; no simulation lasts so long",
        first={"odd*": 5, "near*": 4},
    ),
    *(
        Waiver(
            "branch",
            "kvmu.keeper",
            "*",
            "with preset `asic` a word on the chip is written at once, and what waits for nothing "
            "else with it",
            detail=f"*else of {done}_done*",
            builds="odd-asic",
        )
        for done in ("access", "fill", "take_*", "give_*")
    ),
    Waiver(
        "branch",
        "kvmu.keeper",
        "*",
        "a packet begins when the one before has been taken (D83), so there is room",
        detail="*else of deliver_header_done*",
        builds=UNIT,
    ),
    *(
        Waiver(
            kind,
            "kvmu.keeper",
            "break_state",
            "words on the chip fail when they are read, and then a command is under way",
            detail=detail,
            builds="odd*",
        )
        for kind, detail in (("line", "*if (idle)*"), ("line", "*= 2'h1*"))
    ),
]


def bins(config):
    """The situations that the benches must have seen in a build."""
    kinds = ("plain", "faults", "bad", "broken")
    return set().union(*(coverage.required(config, kind) for kind in kinds))
