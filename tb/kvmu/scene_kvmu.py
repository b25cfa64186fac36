"""What every bench of the KVMU begins with: device, both memories, and the judge of all it says."""

import json
import os
import random
from collections import Counter, defaultdict, deque

import cocotb
from cocotb.clock import Clock

from axi.memory import Habits, habits_of
from axi.read_peer import ReadPeer
from axi.space import Region, Regions
from axi.write_peer import WritePeer
from dre.kvmu import KVMU, KVMUConfig
from dre.packing import pack, unpack
from kvmu import coverage
from kvmu.accesses_kvmu import Accesses
from kvmu.golden_kvmu import BAD_COMMAND, END, FREE, RELEASE, Golden
from kvmu.home_kvmu import home_peers
from kvmu.moves_kvmu import Moves
from kvmu.packet_streams import PacketStreams
from kvmu.places_kvmu import places
from monitored import Monitored
from pins import Pin
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork

SETTINGS = json.loads(os.environ["BENCH"])
BUILD = KVMUConfig(**json.loads(os.environ["BUILD_CONFIG"]))
PORTS = KVMU(BUILD).signature.members
PAGE_BYTES = 4096
WAITING = (FREE, RELEASE, END)
"""Operations that an engine asks for when what the context was told before has arrived."""


class Scene(Monitored):
    """One KVMU, the memories, and everything that was ever appended.

    Attributes
    ----------
    rng : random.Random
        Seeded by the run's seed.
    golden : Golden
        The model; it has done all commands that were given, the device not yet.
    fetching, offloading : Moves
    home : list of Memory
        The memory of the metadata; empty if they are on the chip.
    chunk : int
        Number of the next chunk.
    content : callable
        Keys and values of a token, as bytes: of its context's life and its position.
    """

    def __init__(self, dut, stalls=None):
        super().__init__(dut, PORTS, self)
        self.rng, self.build = random.Random(cocotb.RANDOM_SEED), BUILD
        self.content = lambda life, token: self.rng.randbytes(BUILD.entry_bytes)
        self.seen, mover = coverage.seen, BUILD.mover
        size = mover.beat_bytes
        self.fetching = Moves("read", size, fork(self.rng), BUILD.retries, self.seen)
        self.offloading = Moves("write", size, fork(self.rng), BUILD.retries, self.seen)
        self._place_memories()
        near, far = Regions(self._ring, self._area), self._far
        ports = {
            ("far", ReadPeer): (far, self.fetching, "read"),
            ("near", WritePeer): (near, self.fetching, "write"),
            ("near", ReadPeer): (near, self.offloading, "read"),
            ("far", WritePeer): (far, self.offloading, "write"),
        }
        late = 3 * BUILD.timeout
        self.near, self.peers = near, []
        for (port, peer), (space, moves, side) in ports.items():
            habits = Habits(fate=moves.fate_of(side))
            self.peers.append(peer(dut, port, mover, space, fork(self.rng), habits, late))
            self.peers[-1].apart = True
        stalls = defaultdict(Stalls, stalls or {})
        for kind, names in ((Sender, ("commands", "selected", "assignments")), (Receiver, OUT)):
            for name in names:
                setattr(self, name, kind(dut, name, fork(self.rng), stalls[name]))
        streams = [self.commands, self.selected, self.assignments]
        streams += [self.results, self.grants, self.deliveries]
        self.home = home_peers(dut, BUILD, self.bases["store"], fork(self.rng))
        accesses = Accesses(dut, lambda: self.read("state")["broken"])
        self.cycles = Cycles(dut, [*streams, *self.peers, *self.home, accesses, self])
        dut.clear.value = 0
        self._quiesce = Pin(dut.quiesce)
        self.reset()

    def _place_memories(self):
        """Anywhere, and they hold anything."""
        rng, self.bases = self.rng, places(self.rng, BUILD)
        ring, area, far = BUILD.ring_pages, BUILD.frames, BUILD.far_pages
        self._dut.bases.value = pack(BUILD.bases, self.bases)

        def region(name, pages):
            return Region(
                self.bases[name] * PAGE_BYTES, bytearray(rng.randbytes(pages * PAGE_BYTES))
            )

        self._ring, self._area, self._far = (
            region("ring", ring),
            region("area", area),
            region("far", far),
        )

    # -- as an agent -------------------------------------------------------------------------------

    def reset(self):
        """The device forgets everything; the memories keep what they hold."""
        self.golden = Golden(BUILD, self.bases)
        self.chunk = self.rng.getrandbits(16)
        self.pending, self.entries = deque(), {}
        self.packets = PacketStreams(BUILD)
        self.counts.clear()
        self._open = defaultdict(list)  # of each context: what is delivered and not released
        self.fetching.reset()
        self.offloading.reset()
        self.quiet = False  # what the port ``quiesce`` says
        self.over = Counter()  # commands that have ended, by status

    def drive(self, now):
        self._quiesce.value = self.quiet

    def observe(self, now):
        while self.grants.beats:
            self._note_grant(unpack(BUILD.grant, self.grants.beats.popleft()[1]))
        while self.deliveries.beats:
            beat = unpack(BUILD.deliveries_packet, self.deliveries.beats.popleft()[1])
            self._note_delivery(beat)
        while self.results.beats:
            self._note_result(unpack(BUILD.result, self.results.beats.popleft()[1]))

    def _note_grant(self, beat):
        """Keys and values are written as soon as it is known where to."""
        made = self._first(lambda one: one.granted < len(one.grants))
        assert made is not None, "granted more than was asked for"
        address = made.grants[made.granted]
        assert beat["address"] == address, f"granted {beat['address']:#x}, not {address:#x}"
        token = made.first + made.granted
        entry = self.content(made.life, made.first + made.granted)
        self.entries[made.life, token] = entry
        self._ring.store(address, entry)
        made.granted += 1

    def _first(self, wanted):
        """The first command under way of which more is to come: results may be taken later."""
        return next((made for made in self.pending if wanted(made)), None)

    def _note_delivery(self, beat):
        made = self._delivering()
        assert made is not None, "a delivery that nobody asked for"
        told = made.told
        expected = self._beat_of(made, told)
        kind = next(iter(expected["data"]))
        got = {**beat, "data": {kind: beat["data"][kind]}}
        assert got == expected, f"delivery {told}: {got}, not {expected}"
        if kind == "token":
            context, (token, address) = made.command["context"], made.delivered[told - 1]
            self._open[context].append((address, (made.life, token)))
            self._check_open(context, -1)
        made.told += 1

    def _delivering(self):
        return self._first(lambda one: one.told < one.beats)

    def _beat_of(self, made, number):
        """A beat of the packet of deliveries."""
        first, last = number == 0, number == len(made.delivered) + 1
        if first:
            data = {"header": {name: made.command[name] for name in ("context", "chunk")}}
        elif last:
            data = {"trailer": made.trailer}
        else:
            token, address = made.delivered[number - 1]
            data = {"token": {"token": token, "address": address}}
        return {"first": int(first), "last": int(last), "data": data}

    def _check_open(self, context, begin=0):
        """What was delivered and not released is where it was said to be."""
        for address, key in self._open[context][begin:]:
            found = self.near.load(address, BUILD.entry_bytes)
            assert found == self.entries[key], f"token {key[1]} is not at {address:#x}"

    def _note_result(self, result):
        made = self.pending.popleft()
        assert result == made.result, f"{result}, not {made.result} of {made.command}"
        assert made.granted == len(made.grants), "it ends before all is granted"
        assert made.told == made.beats, "it ends before all is delivered"
        for moves in (self.fetching, self.offloading):
            moves.over(made.number)
        for page, tokens in made.written:
            entries = b"".join(self.entries[made.life, token] for token in tokens)
            address = self._far.base + page * PAGE_BYTES
            assert self._far.load(address, PAGE_BYTES) == entries, f"page {page} is another one"
        for context in self._open:
            self._check_open(context)
        self.counts += made.counts
        self.over[made.result["status"]] += 1
        coverage.observe(made)

    # -- as an engine ------------------------------------------------------------------------------

    def busy(self, context):
        """Whether a command of a context is still under way."""
        return any(made.command["context"] == context for made in self.pending)

    async def give(self, command, packet=None, failures=lambda page: 0):
        """Give a command, when what it builds on has arrived; ``packet``: what it takes."""
        command = {"chunk": 0, **command}
        context = command["context"]
        while self.busy(context):
            await self.step()
        if command["op"] in WAITING:
            self._check_open(context)
        packet = self._send(command, packet)
        made = self.golden.do(command, packet, failures)
        if command["op"] in (FREE, RELEASE) and made.result["status"] != BAD_COMMAND:
            self._open[context].clear()
        for moves, planned in ((self.fetching, made.fetched), (self.offloading, made.offloaded)):
            for reads, writes, times in planned:
                moves.plan(made.number, reads, writes, times)
        coverage.given(made, packet, self.golden)
        self.pending.append(made)
        self.commands.queue.append(Beat(pack(BUILD.command, command)))
        return made

    def _send(self, command, packet):
        """Put a packet on its stream; what lies there already is found instead."""
        if packet is None:
            return None
        name, packet, beats = self.packets.meet(command["op"], packet)
        getattr(self, name).queue.extend(map(Beat, beats))
        return packet

    async def step(self, cycles=1):
        """Let time pass."""
        await self.cycles.step(cycles)

    idle = step  # as `Monitored` calls it

    async def finish(self, limit=400_000):
        """Run until every command has been answered; counters are looked at then."""
        start = self.cycles.now
        while self.pending:
            await self.step()
            assert self.cycles.now - start < limit, f"no end of {self.pending[0].command}"
        await self.step(4)
        self.check_monitor()
        self.check_idle()
        coverage.export()

    def check_idle(self):
        """All commands have ended."""
        assert self.read("state")["idle"], "all commands have ended"

    async def drained(self, limit=50_000):
        """Wait until the device says that nothing is under way."""
        start = self.cycles.now
        await self.step()
        while not self.read("state")["drained"]:
            await self.step()
            assert self.cycles.now - start < limit, "the device does not drain"

    def habits(self, choose=habits_of):
        """Change how the memories behave: as ``choose`` says of a generator."""
        for peer in self.peers:
            peer.habits = Habits(**{**vars(choose(self.rng)), "fate": peer.habits.fate})

    async def restart(self):
        """Reset the device and the memories' ports."""
        await self.cycles.reset()


OUT = ("results", "grants", "deliveries")


async def begin(dut, stalls=None, kind=Scene):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = kind(dut, stalls)
    await scene.restart()
    return scene
