"""What every bench of the DRE begins with: device, both memories, an engine, and all judges.

The engine gives chunks and writes keys and values; every beat that comes is held to the golden
models (`core.trace_core`, `kvmu.golden_kvmu`), every delivered byte to what was appended.
"""

import json
import os
import random
from collections import Counter, defaultdict, deque
from dataclasses import replace

import cocotb
import numpy as np
from cocotb.clock import Clock

from core.near_memory import PAGE_BYTES, NearReads, NearWrites, near_bus
from core.trace_core import attend
from dre.core import DRE, DREConfig
from dre.layouts import ChunkStatus
from kvmu.golden_kvmu import END, FETCH, GRANT, INIT, OK, RELEASE, VOID, Golden
from kvmu.packets_kvmu import Packet
from kvmu.peers import Habits, ReadPeer, WritePeer
from kvmu.places_kvmu import home_pages
from kvmu.space import Region
from packing import pack, unpack
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork
from table.plain_table import Layout, Plain
from wtu.golden import masks
from wtu.packets import bits, entries_packet

BUILD = DREConfig(**json.loads(os.environ["BUILD_CONFIG"]))
SETTINGS = json.loads(os.environ["BENCH"])
PORTS = DRE(BUILD).signature.members
LAYOUT = Layout(BUILD.table)
INWARD = ("hash_bits", "chunks", "scores", "commands")
OUTWARD = ("assignments", "rows", "results", "grants", "deliveries")
STREAMS = (*INWARD, *OUTWARD)


class Scene:
    """One DRE between near and far memory.

    Attributes
    ----------
    rng : random.Random
    golden : kvmu.golden_kvmu.Golden
    plain : table.plain_table.Plain
        Tables as they must be.
    seen : Counter
        What has been compared.
    """

    def __init__(self, dut, stalls=None, habits=None):
        self.rng, self._dut = random.Random(cocotb.RANDOM_SEED), dut
        stalls = defaultdict(Stalls, stalls or {})
        self._habits = habits = habits or Habits(latency=(0, 4))
        self._place(dut)
        near, far = near_bus(BUILD), BUILD.kvmu.mover
        late = 3 * BUILD.timeout
        self._memory = [
            NearReads(dut, "near", near, self.near, fork(self.rng), habits, late),
            NearWrites(dut, "near", near, self.near, fork(self.rng), habits, late),
            ReadPeer(dut, "far", far, self.far, fork(self.rng), habits, late),
            WritePeer(dut, "far", far, self.far, fork(self.rng), habits, late),
        ]
        for kind, names in ((Sender, INWARD), (Receiver, OUTWARD)):
            for name in names:
                setattr(self, name, kind(dut, name, fork(self.rng), stalls[name]))
        streams = [getattr(self, name) for name in STREAMS]
        self.cycles = Cycles(dut, [*streams, *self._memory, self])
        for port in ("hash_settings", "score_settings", "quiesce"):
            getattr(dut, port).value = 0
        for unit in ("hcu", "wtu", "kvmu", "table"):
            getattr(dut, f"{unit}_clear").value = 0
        self.reset()

    def _place(self, dut):
        """Everything of near memory, one behind the other, from anywhere on."""
        pages = {
            "ring": BUILD.kvmu.ring_pages,
            "area": BUILD.frames,
            "store": home_pages(BUILD.kvmu),
            "table": -(-LAYOUT.size // PAGE_BYTES),
        }
        total = sum(pages.values())
        begin = self.rng.randint(0, 2**BUILD.address_bits // PAGE_BYTES - total)
        self.near = self._region(begin, total)
        self.bases, place = {}, begin
        for name, count in pages.items():
            self.bases[name], place = place, place + count
        most = 2**BUILD.address_bits // PAGE_BYTES - BUILD.far_pages
        self.bases["far"] = self.rng.randint(0, most)
        self.far = self._region(self.bases["far"], BUILD.far_pages)
        dut.bases.value = pack(PORTS["bases"].shape, self.bases)

    def _region(self, page, pages):
        return Region(page * PAGE_BYTES, bytearray(self.rng.randbytes(pages * PAGE_BYTES)))

    # -- as an agent -------------------------------------------------------------------------------

    def reset(self):
        self.golden, self.plain = Golden(BUILD.kvmu, self.bases), Plain()
        self.pending, self.clustering, self.thresholding = deque(), deque(), deque()
        self.slots, self.entries = {}, {}  # of (context, token): near address, bytes
        self.delivered = defaultdict(dict)  # of each context: token to bytes
        self.clusters = defaultdict(list)  # of each context: where its tokens went
        self.seen, self.strays = Counter(), 0

    def drive(self, now):
        """What is offered waits in queues."""

    def observe(self, now):
        for name, layout, note in (
            ("grants", BUILD.kvmu.grant, self._note_grant),
            ("deliveries", BUILD.kvmu.deliveries_packet, self._note_delivery),
            ("results", BUILD.kvmu.result, self._note_result),
            ("assignments", BUILD.hcu.assignment_packet, self._note_assignment),
            ("rows", BUILD.wtu.row_packet, self._note_row),
        ):
            beats = getattr(self, name).beats
            while beats:
                note(unpack(layout, beats.popleft()[1]))
        self.strays += int(self._dut.bus_events.value) != 0

    def _note_grant(self, beat):
        made = next(one for one in self.pending if one.granted < len(one.grants))
        assert beat["address"] == made.grants[made.granted]
        key = made.command["context"], made.first + made.granted
        self.slots[key] = beat["address"]
        self.near.store(beat["address"], self.entries[key])
        made.granted += 1

    def _note_delivery(self, beat):
        made = next(one for one in self.pending if one.told < one.beats)
        context, number = made.command["context"], made.told
        made.told += 1
        assert beat["first"] == (number == 0)
        assert beat["last"] == (made.told == made.beats)
        if beat["first"]:
            header = {name: made.command[name] for name in ("context", "chunk")}
            assert beat["data"]["header"] == header
        elif beat["last"]:
            assert beat["data"]["trailer"] == made.trailer
        else:
            token, address = made.delivered[number - 1]
            assert beat["data"]["token"] == {"token": token, "address": address}
            found = self.near.load(address, BUILD.entry_bytes)
            assert found == self.entries[context, token], f"token {token} is another one"
            self.delivered[context][token] = found
            self.seen["delivered"] += 1

    def _note_result(self, result):
        made = self.pending.popleft()
        assert result == made.result, f"{result}, not {made.result} of {made.command}"
        assert made.granted == len(made.grants)
        assert made.told == made.beats
        context = made.command["context"]
        for page, tokens in made.written:
            right = b"".join(self.entries[context, token] for token in tokens)
            address = self.far.base + page * PAGE_BYTES
            assert self.far.load(address, PAGE_BYTES) == right, f"page {page} is another one"
        self.seen["pages written"] += len(made.written)
        self.seen["pages read"] += made.counts["pages_read"]
        self.seen["pages hit"] += made.counts["pages_hit"]
        self.seen["parts"] += made.counts["parts"]

    def _note_assignment(self, beat):
        work, fails = self.clustering[0]
        number = work.seen["assignments"] = work.seen.get("assignments", -1) + 1
        tokens = [] if fails else work.expected_tokens
        assert beat["first"] == (number == 0)
        assert beat["last"] == (number == len(tokens) + 1)
        if beat["first"]:
            assert beat["data"]["header"] == self._header(work) | {"tokens": len(work.words)}
        elif beat["last"]:
            lost = {"clusters": work.known, "status": ChunkStatus.OUT_OF_STEP.value}
            assert beat["data"]["trailer"] == (lost if fails else work.trailer)
            self.plain.apply(work.context, tokens)
            self.clustering.popleft()
            del work.seen["assignments"]
            work.seen["clustered"] = self.cycles.now
        else:
            assert beat["data"]["token"] == tokens[number - 1]
            self.seen["assigned"] += 1

    def _note_row(self, beat):
        work, row = self.thresholding[0]
        number = work.seen["row"] = work.seen.get("row", -1) + 1
        golden = work.rows[row]
        expected = masks(golden.selected, BUILD.lanes)
        assert beat["first"] == (number == 0)
        assert beat["last"] == (number == len(expected) + 1)
        if beat["first"]:
            assert beat["data"]["header"] == self._header(work) | {"row": row}
        elif beat["last"]:
            assert beat["data"]["trailer"] == golden.trailer, f"row {row} of {self._header(work)}"
            work.seen["row"] = -1
            work.seen["thresholded"] = self.cycles.now
            self.thresholding.popleft()
            self.seen["rows"] += 1
        else:
            assert beat["data"]["mask"] == expected[number - 1]

    @staticmethod
    def _header(work):
        return {"context": work.context, "chunk": work.number, "clusters": work.known}

    # -- as an engine ------------------------------------------------------------------------------

    def give(self, command, packet=None, status=OK):
        """A command; what it must bring about."""
        command = {"context": 0, "chunk": 0, **command}
        made = self.golden.do({**dict.fromkeys(COMMAND_FIELDS, 0), **command}, packet)
        assert made.result["status"] == status, f"the bench gives {command}"
        self.pending.append(made)
        self.commands.queue.append(Beat(pack(BUILD.kvmu.command, command)))
        return made

    async def until(self, over, limit=400_000):
        """Let cycles pass until something is over."""
        start = self.cycles.now
        while not over():
            await self.cycles.step()
            assert self.cycles.now - start < limit, "no end"

    async def begin(self, contexts, config, held_back, frames):
        """So many contexts, empty."""
        for context in range(contexts):
            self.give(
                {
                    "op": INIT,
                    "context": context,
                    "sink_tokens": config.sink_tokens,
                    "recent_tokens": config.recent_tokens,
                    "max_chunk": config.max_chunk,
                    "held_back": held_back,
                    "frames": frames,
                }
            )
        await self.until(lambda: not self.pending)

    def cluster(self, work, settings, fails=False):
        """Hash words of a chunk; ``fails``: its first pass over the table will not be right."""
        header = {"first": 1, "last": 0, "data": {"header": self._header(work)}}
        header["data"]["header"]["tokens"] = len(work.words)
        beats = [header]
        for word in work.words:
            value = int.from_bytes(word.tobytes(), "little")
            beats.append({"first": 0, "last": 0, "data": {"word": value}})
        beats[-1]["last"] = 1
        beside = {"hash_settings": pack(BUILD.hcu.settings, settings)}
        for beat in beats:
            self.hash_bits.queue.append(Beat(pack(BUILD.hcu.hash_packet, beat), beside))
        self.clustering.append((work, fails))

    def threshold(self, work):
        """Scores of a chunk: each row once, or twice if it is long."""
        chunk = {**self._header(work), "rows": len(work.rows)}
        beside = {"score_settings": pack(BUILD.wtu.settings, work.job.settings)}
        self.chunks.queue.append(Beat(pack(BUILD.wtu.chunk, chunk), beside))
        times = 2 if work.known > BUILD.on_chip_clusters else 1
        for row, scores in enumerate(work.job.rows):
            self.thresholding.append((work, row))
            if not work.known:
                continue
            header = {**self._header(work), "row": row}
            for _ in range(times):
                for beat in entries_packet(BUILD.wtu, header, scores, self.rng):
                    self.scores.queue.append(Beat(bits(BUILD.wtu, beat)))

    def spoil(self, port):
        """From now on nothing that a port of the arbiter reads is right; None: all is well."""
        numbers = {one.name: number for number, one in enumerate(BUILD.bus.ports)}

        def fate(burst, rng):
            return "slverr" if burst.id >> BUILD.bus.port_id_bits == numbers[port] else "ok"

        habits = replace(self._habits, fate=fate) if port else self._habits
        self._memory[0].habits = habits

    async def play(self, works, settings, scale, fails=False):
        """One chunk of each of some contexts, side by side: each step of all before the next one.

        ``fails``: the HCU cannot read its table at first, and gets each chunk again (spec D124).

        Returns
        -------
        list of dict
            What is measured of each: cycles from the first grant on, and what it moved.
        """
        begun = self.cycles.now
        for work in works:
            for n, entry in enumerate(work.entries):
                self.entries[work.context, work.first + n] = entry
            self.delivered[work.context].clear()
            self.give({"op": GRANT, **work.named, "tokens": work.tokens})
            self.threshold(work)
            self.cluster(work, settings, fails)
        fetches = [
            [self.give({"op": FETCH, **work.named}, Packet((), [], work.order))] for work in works
        ]
        await self.until(lambda: not self.pending)
        fetched = self.cycles.now
        while any(fetch[-1].result["more"] for fetch in fetches):
            for work, fetch in zip(works, fetches, strict=True):
                if fetch[-1].result["more"]:
                    fetch.append(self.give({"op": RELEASE, **work.named}))
            await self.until(lambda: not self.pending)
        for work in works:
            self._attend(work, scale)
        if fails:
            await self._again(works, settings)
        for work in works:
            self.give({"op": END, **work.named}, Packet((), [], work.clusters))
        await self.until(lambda: not (self.pending or self.clustering or self.thresholding))
        for work in works:
            self._age(work, work.clusters)
        return [
            self._row(work, begun, fetched, sum((made.counts for made in fetch), Counter()))
            for work, fetch in zip(works, fetches, strict=True)
        ]

    async def _again(self, works, settings):
        """Each END finds a chunk that the HCU could not decide; it gets the chunk again."""
        for work in works:
            self.give({"op": END, **work.named}, Packet((), [], work.clusters, status=VOID), VOID)
        await self.until(lambda: not (self.pending or self.clustering))
        self.spoil(None)
        for work in works:
            self.cluster(work, settings)

    def _row(self, work, begun, fetched, counts):
        return {
            "chunk": work.number,
            "context": work.context,
            "tokens": work.tokens,
            "clusters": work.known,
            "far": int(work.job.token_count.sum()),
            "delivered": counts["from_ring"] + counts["from_area"] + counts["from_far"],
            "attention_rows": work.q.shape[0] * work.q.shape[1],
            "pages_read": counts["pages_read"],
            "pages_hit": counts["pages_hit"],
            "clustered": work.seen.get("clustered", begun) - begun,
            "thresholded": work.seen["thresholded"] - begun,
            "fetched": fetched - begun,
            "all": self.cycles.now - begun,
        }

    def _age(self, work, clusters):
        """Counts as they are for the next chunk (D5)."""
        history = self.clusters[work.context]
        history += [None] * (work.tokens - len(clusters)) + clusters
        settings = self.golden.state(work.context).config
        far = history[settings.sink_tokens : max(0, len(history) - settings.recent_tokens)]
        counts = Counter(far)
        known = len(self.plain.entries[work.context])
        self.plain.counts[work.context] = [counts[cluster] for cluster in range(known)]

    def _attend(self, work, scale):
        """Attention over what was delivered, and what lies in the ring, is the model's."""
        context = work.context
        selected = self.delivered[context]

        def load(token):
            if token in selected:
                return selected[token]
            return self.near.load(self.slots[context, token], BUILD.entry_bytes)

        found = attend(work, scale, load)
        right = attend(work, scale, lambda token: self.entries[context, token])
        assert np.array_equal(found, right)
        self.seen["attention rows"] += found.shape[0] * found.shape[1]

    @property
    def state(self):
        """The port ``state``, as a dictionary."""
        return unpack(PORTS["state"].shape, int(self._dut.state.value))

    def status(self, unit):
        """Sticky bits of a unit that are set."""
        bits = unpack(
            PORTS[f"{unit}_status"].shape, int(getattr(self._dut, f"{unit}_status").value)
        )
        return {name for name, bit in bits.items() if bit}

    async def end(self, **status):
        """Nothing is left over, the tables in memory are what they must be, and so is ``status``.

        Of units that are not named no bit may be set.
        """
        await self.until(lambda: self.state["idle"])
        begin = (self.bases["table"] * PAGE_BYTES) - self.near.base
        LAYOUT.check(self.near.content[begin : begin + LAYOUT.size], self.plain)
        for unit in ("hcu", "wtu", "kvmu", "table"):
            assert self.status(unit) == status.get(unit, set()), unit
        assert not self.strays, "an answer that nobody waits for"


async def begin(dut, stalls=None, habits=None):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, habits)
    await scene.cycles.reset()
    return scene


COMMAND_FIELDS = tuple(name for name, _ in BUILD.kvmu.command)
