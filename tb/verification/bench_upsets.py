"""Flips bits of a unit at work, one after the other; see `verification.upsets`.

BENCH settings, under ``upsets``: ``operation`` (module), ``classes`` (by name: path, width, depth
of each register), ``count``, ``output`` (a file to which a line of JSON is added an injection).
"""

import json
import os
from importlib import import_module
from pathlib import Path

import cocotb


@cocotb.test()
async def every_upset_is_classified(dut):
    """Fails only if the unit fails without an upset; the outcomes are in the output file."""
    chosen = json.loads(os.environ["BENCH"])["upsets"]
    operation = await import_module(chosen["operation"]).start(dut)
    await operation.some_cycles()
    await operation.rest()
    names = list(chosen["classes"])
    with Path(chosen["output"]).open("a") as output:
        for n in range(chosen["count"]):
            kind = names[n % len(names)]
            verdict = await upset(dut, operation, chosen["classes"][kind])
            print(json.dumps({"class": kind, **verdict}), file=output, flush=True)


async def upset(dut, operation, states):
    """One injection: which bit, what came of it, and what reset could not mend."""
    await operation.recover()
    await operation.some_cycles()
    bit = flip(dut, operation.rng, states)
    outcome, why = "masked", ""
    try:
        await operation.rest()
    except Exception as error:  # whatever the bench trips over
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        outcome = "reported" if operation.reported() else "hang" if _hang(why) else "wrong"
    try:
        await operation.recover()
        recovered = ""
    except Exception as error:
        recovered = f"{type(error).__name__}: {error}"
    return {"bit": bit, "outcome": outcome, "why": why, "recovered": recovered}


def flip(dut, rng, states):
    """Flip one of the bits, all equally likely; returns its name."""
    sizes = [width * (depth or 1) for _, width, depth in states]
    path, width, depth = rng.choices(states, sizes)[0]
    handle = dut
    for name in path.split("."):
        handle = handle[name]  # names may begin with an underscore
    word = rng.randrange(depth) if depth else None
    bit = rng.randrange(width)
    target = handle if word is None else handle[word]
    target.value = int(target.value) ^ 1 << bit
    return f"{path}{'' if word is None else f'[{word}]'}[{bit}]"


def _hang(why):
    return "no end after" in why
