"""The KVMU's counters at their ends. No count comes there by itself: it is set close to it.

Writes registers inside: only for simulations that keep the unit's hierarchy.
"""

import cocotb

from kvmu.bench_kvmu_counters import ON_CHIP, one_of_each
from kvmu.scene_broken import BrokenScene
from kvmu.scene_kvmu import begin

NOT_ALONE = {"broken"} | (set() if ON_CHIP else {"corrected"})
"""What ends the unit; and what depends on where the cache is."""


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def counters_carry_into_every_bit_and_wrap(dut):
    """Each counter from ``2**bit - 1`` on, for every bit, and beyond the last one."""
    scene = await begin(dut, kind=BrokenScene)

    async def cause(bit):
        await one_of_each(scene)

    moving = set(scene.read("counters")) - NOT_ALONE
    await scene.carry_into_every_bit(cause, moving)
