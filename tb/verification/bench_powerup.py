"""Power-up of any unit: one cycle of reset, whatever went before and whatever comes with it.

BENCH settings: ``inputs`` and ``outputs``, names of ports without ``clk`` and ``rst``. The inputs
carry rubbish before, during and after reset. From the cycle after reset on, every output is known
(no X), except the payload of a stream or of an AXI channel, which has to be known while its valid
is 1.
"""

import json
import os
import random
import re

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

SETTINGS = json.loads(os.environ["BENCH"])
ROUNDS, CYCLES = 20, 150


def drive(dut, rng):
    """Rubbish on every input."""
    for name in SETTINGS["inputs"]:
        port = getattr(dut, name)
        port.value = rng.getrandbits(len(port))


def valid_of(name):
    """The valid of the stream or AXI channel whose payload an output is, or None."""
    payload = re.fullmatch(r"(\w+__)payload|(\w+__(?:ar|aw|w))(?!valid)\w+", name)
    return f"{payload[1] or payload[2]}valid" if payload else None


def unknown(dut):
    """Outputs that should be known now and are not."""
    for name in SETTINGS["outputs"]:
        if valid := valid_of(name):
            known = getattr(dut, valid).value
            if known.is_resolvable and not int(known):
                continue
        if not getattr(dut, name).value.is_resolvable:
            yield name


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def one_cycle_of_reset_is_enough(dut):
    """Twenty times: run on rubbish, reset for one cycle, look at every output."""
    rng = random.Random(cocotb.RANDOM_SEED)
    dut.rst.value = 0
    Clock(dut.clk, 10, "ns").start()
    for round_number in range(ROUNDS):
        for _ in range(rng.randint(0, 20) if round_number else 0):
            await RisingEdge(dut.clk)
            drive(dut, rng)
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        drive(dut, rng)
        dut.rst.value = 0
        for cycle in range(CYCLES):
            await FallingEdge(dut.clk)
            names = list(unknown(dut))
            assert not names, f"cycle {cycle} after reset: {', '.join(names)} unknown"
            counters = SETTINGS["zero"] if cycle == 0 else ()
            assert not any(int(getattr(dut, name).value) for name in counters), "not reset"
            await RisingEdge(dut.clk)
            drive(dut, rng)
