"""A coroutine beside a bench."""

import cocotb
from cocotb.triggers import RisingEdge


class Watched:
    """What it raises is kept for who waits for it, or stops it.

    A task that nobody awaits would fail whatever runs the bench, and that may be a tool which runs
    many (`verification.bench_suite`).
    """

    def __init__(self, dut, coroutine):
        self._edge, self._error = RisingEdge(dut.clk), None
        self._task = cocotb.start_soon(self._run(coroutine))

    async def _run(self, coroutine):
        try:
            await coroutine
        except Exception as error:
            self._error = error

    async def ends(self, limit):
        """Wait for its end, for so many cycles; raises what it has raised."""
        for _ in range(limit):
            if self._task.done():
                break
            await self._edge
        else:
            self.stop()
            raise AssertionError(f"no end after {limit} cycles")
        self.judge()

    def stop(self):
        """Leave it where it is."""
        self._task.cancel()

    def judge(self):
        """Raise what it has raised so far, if anything."""
        if self._error:
            raise self._error
