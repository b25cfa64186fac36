"""Saved chunks, once more under a waveform: where a fast replay first went wrong.

BENCH settings: ``chunk``, the file.
"""

import cocotb

from streams import Stalls
from wtu import saved
from wtu.scene import SETTINGS, begin


@cocotb.test(timeout_time=1, timeout_unit="sec", skip="chunk" not in SETTINGS)
async def saved_chunk_is_thresholded_as_in_the_golden_model(dut):
    """The chunks of the file; the last one is the one it is about."""
    what = saved.load(SETTINGS["chunk"])
    willing = {name: Stalls(valid=p, ready=p) for name, p in what.run.stalls.items()}
    scene = await begin(dut, willing, what.run.latency, what.run.in_order)
    scene.engine.number = (what.run.first_number + what.index - len(what.jobs) + 1) % 2**16
    if what.run.alone:
        for job in what.jobs:
            await scene.play(job)
    else:
        await scene.play(*what.jobs)
    await scene.end()
