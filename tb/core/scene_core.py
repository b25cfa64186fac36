"""What every bench of the DRE begins with: device, both memories, an engine, and all judges.

The engine gives chunks and writes keys and values; every beat that comes is held to the golden
models (`core.trace_core`, `kvmu.golden_kvmu`), every delivered byte to what was appended.
"""

import random
from collections import Counter, defaultdict, deque
from dataclasses import replace
from functools import partial

import cocotb
from cocotb.clock import Clock

from axi.memory import Habits
from axi.space import Region
from core.build_core import BUILD, INWARD, LAYOUT, OUTWARD, SCORE_PAGES, STREAMS
from core.engine_core import Engine
from core.judge_core import Judge
from core.near_memory import PAGE_BYTES
from core.peers_core import OwnPeers
from core.registers_core import Registers
from dre.core.register_map import UNITS
from dre.packing import unpack
from kvmu.golden_kvmu import Golden
from kvmu.places_kvmu import home_pages
from streams import Cycles, Stalls, fork
from table.plain_table import Plain


class Scene(Judge, Engine):
    """One DRE between near and far memory.

    Attributes
    ----------
    rng : random.Random
    golden : kvmu.golden_kvmu.Golden
    plain : table.plain_table.Plain
        Tables as they must be.
    seen : Counter
        What has been compared.
    unread : bool
        Scores of chunks that are given now will not be read.
    """

    def __init__(self, dut, stalls=None, habits=None, pauses=0.0, registers=Registers, peers=None):
        self.rng = random.Random(cocotb.RANDOM_SEED)
        self._habits = habits or Habits(latency=(0, 4))
        self._place()
        own = partial(OwnPeers, stalls=defaultdict(Stalls, stalls or {}), habits=self._habits)
        there = (peers or own)(dut, self.rng)
        self._memory = there.memories(self.near, self.far)
        for make, names in ((there.sender, INWARD), (there.receiver, OUTWARD)):
            for name in names:
                setattr(self, name, make(name))
        self.registers = registers(dut, fork(self.rng), pauses)
        streams = [getattr(self, name) for name in STREAMS]
        self.cycles = Cycles(dut, [*streams, *self._memory, self.registers, self])
        self.reset()

    def _place(self):
        """Everything of near memory, one behind the other, from anywhere on."""
        pages = {
            "ring": BUILD.kvmu.ring_pages,
            "area": BUILD.frames,
            "store": home_pages(BUILD.kvmu),
            "table": -(-LAYOUT.size // PAGE_BYTES),
            "scores": SCORE_PAGES,
        }
        total = sum(pages.values())
        begin = self.rng.randint(0, 2**BUILD.address_bits // PAGE_BYTES - total)
        self.near = self._region(begin, total)
        self.bases, place = {}, begin
        self.score_place, self.unread = 0, False
        for name, count in pages.items():
            self.bases[name], place = place, place + count
        self.score_base = self.bases.pop("scores") * PAGE_BYTES
        most = 2**BUILD.address_bits // PAGE_BYTES - BUILD.far_pages
        self.bases["far"] = self.rng.randint(0, most)
        self.far = self._region(self.bases["far"], BUILD.far_pages)

    def _region(self, page, pages):
        return Region(page * PAGE_BYTES, bytearray(self.rng.randbytes(pages * PAGE_BYTES)))

    # -- as an agent -------------------------------------------------------------------------------

    def reset(self):
        self.golden, self.plain = Golden(BUILD.kvmu, self.bases), Plain()
        self.pending, self.clustering, self.thresholding = deque(), deque(), deque()
        self.slots, self.entries = {}, {}  # of (context, token): near address, bytes
        self.delivered = defaultdict(dict)  # of each context: token to bytes
        self.clusters = defaultdict(list)  # of each context: where its tokens went
        self.seen, self._set = Counter(), None

    def drive(self, now):
        """What is offered waits in queues."""

    def observe(self, now):
        for name, layout, note in (
            ("grants", BUILD.kvmu.grant, self._note_grant),
            ("deliveries", BUILD.kvmu.deliveries_packet, self._note_delivery),
            ("assignments", BUILD.hcu.assignment_packet, self._note_assignment),
            ("rows", BUILD.wtu.row_packet, self._note_row),
        ):
            beats = getattr(self, name).beats
            while beats:
                note(unpack(layout, beats.popleft()[1]))
        while self.registers.beats:
            self._note_result(unpack(BUILD.kvmu.result, self.registers.beats.popleft()[1]))

    # -- what benches look at ---------------------------------------------------------------------

    def spoil(self, port):
        """From now on nothing that a port of the arbiter reads is right; None: all is well."""
        numbers = {one.name: number for number, one in enumerate(BUILD.bus.ports)}

        def fate(burst, rng):
            return "slverr" if burst.id >> BUILD.bus.port_id_bits == numbers[port] else "ok"

        habits = replace(self._habits, fate=fate) if port else self._habits
        self._memory[0].habits = habits

    async def start(self, serving=True):
        """Reset, and let it run; ``serving``: with commands and results through queues."""
        await self.cycles.reset()
        await self.during(self.registers.start(self.bases))
        if serving:
            self.registers.serve()

    def move(self):
        """Everything lies elsewhere, with nothing in it."""
        self._place()
        for peer, space in zip(
            self._memory, (self.near, self.near, self.far, self.far), strict=True
        ):
            peer.space = space
        self.reset()

    async def set(self, *settings):
        """Settings of HCU and WTU, if they are others than before."""
        if settings != self._set:
            self._set = settings
            await self.during(self.registers.set(*settings))

    async def during(self, access):
        """Let cycles pass until an access to registers is over; returns what it gives."""
        task = cocotb.start_soon(access)
        await self.until(task.done)
        return task.result()

    async def state(self):
        """Register ``state``, as a dictionary."""
        return await self.during(self.registers.read("state"))

    async def status(self, unit):
        """Sticky bits of a unit that are set."""
        bits = await self.during(self.registers.read(f"status_{unit}"))
        return {name for name, bit in bits.items() if bit}

    async def end(self, **status):
        """Nothing is left over, the tables in memory are what they must be, and so is ``status``.

        Of units that are not named no bit may be set.
        """
        while not (await self.state())["idle"]:
            pass
        begin = (self.bases["table"] * PAGE_BYTES) - self.near.base
        LAYOUT.check(self.near.content[begin : begin + LAYOUT.size], self.plain)
        for unit in UNITS:
            assert await self.status(unit) == status.get(unit, set()), unit


async def begin(dut, stalls=None, habits=None, serving=True, **more):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, habits, **more)
    await scene.start(serving)
    return scene
