"""Power-up of any unit: one cycle of reset, whatever went before and whatever comes with it.

BENCH settings: ``inputs`` and ``outputs``, names of ports without ``clk`` and ``rst``. The inputs
carry rubbish before, during and after reset. From the cycle after reset on, every output is known
(no X), except a stream's payload, which has to be known while its valid is 1.
"""

import json
import os
import random

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


def unknown(dut):
    """Outputs that should be known now and are not."""
    for name in SETTINGS["outputs"]:
        stream, _, part = name.rpartition("__")
        if part == "payload":
            valid = getattr(dut, f"{stream}__valid").value
            if valid.is_resolvable and not int(valid):
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
