"""Cases of cocotb benches, to be run many times in one simulation. Runs inside the simulator."""

from dataclasses import dataclass
from importlib import import_module

import cocotb
import cocotb.clock
from cocotb.simtime import get_sim_time
from cocotb.triggers import First, Timer

CYCLE_NS = 10
"""Period of the clock that benches start."""


class OnlyClock(cocotb.clock.Clock):
    """The clock of a device, started once, though every case starts one."""

    _running = False

    def start(self, **options):
        if not OnlyClock._running:
            OnlyClock._running = True
            super().start(**options)


@dataclass(frozen=True)
class Verdict:
    """How a case ended: ``why`` is empty if it passed, ``hang`` if it took too long."""

    why: str
    cycles: int

    @property
    def passed(self):
        return not self.why


def collect(modules):
    """The cases of these bench modules that are not skipped in this build, in their order."""
    cocotb.clock.Clock = OnlyClock  # before the benches import it
    cases = []
    for module in map(import_module, modules):
        for found in vars(module).values():
            if hasattr(found, "generate_tests") and found.module == module.__name__:
                cases += [case for case in found.generate_tests() if not case.skip]
    return cases


async def run(dut, case, limit_cycles):
    """Run one case, to its end or the limit."""

    async def guarded():
        try:
            await case.func(dut, **case.kwargs)
        except Exception as error:  # whatever a bench trips over: the device has failed it
            return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return ""

    begun = get_sim_time("ns")
    task = cocotb.start_soon(guarded())
    await First(task, Timer(limit_cycles * CYCLE_NS, "ns"))
    cycles = int(get_sim_time("ns") - begun) // CYCLE_NS
    if task.done():
        return Verdict(task.result(), cycles)
    task.cancel()
    return Verdict("hang", cycles)
