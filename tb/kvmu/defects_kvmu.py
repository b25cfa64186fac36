"""Seeded defects of the KVMU; see `verification.defects`."""

from kvmu.benches_kvmu import BENCHES, MOVER_BENCHES
from kvmu.builds_kvmu import MOVER_ODD, NEAR, ODD
from verification.defects import Defect, Tried

QUICK = "kvmu.bench_kvmu_counters.*"
"""The sample's cases: what each command brings about, in a few seconds."""

SHORT = tuple(bench for bench in BENCHES if bench != "kvmu.bench_kvmu_carry")
"""Without the bench that counts to the end, which takes as long as all others together."""

TRIED = {
    "": Tried("kvmu", {**NEAR, "preset": "asic"}, SHORT, sample=QUICK, optimise="none"),
    "chip": Tried("kvmu", {**ODD, "preset": "asic"}, SHORT, optimise="none"),
    "mover": Tried("mover", {**MOVER_ODD, "preset": "asic"}, MOVER_BENCHES, optimise="none"),
}
FPGA = {"preset": "fpga"}

MOVER = (
    Defect(
        "a burst crosses the edge of its target",
        "dre/kvmu/splitter.py",
        "return Mux(source > target, source, target)",
        "return source",
        tried="mover",
    ),
    Defect(
        "the last burst is as long as the others",
        "dre/kvmu/splitter.py",
        "self._beats.eq(Mux(ends, self._rest, to_edge))",
        "self._beats.eq(to_edge)",
        tried="mover",
    ),
    Defect(
        "a region's end is compared with the first beat",
        "dre/kvmu/check.py",
        "((last >> to_page) >= region.limit)",
        "((first >> to_page) >= region.limit)",
        tried="mover",
    ),
    Defect(
        "a length that is no whole beat passes",
        "dre/kvmu/check.py",
        "(job.source | job.target | job.bytes)",
        "(job.source | job.target)",
        tried="mover",
    ),
    Defect(
        "a tag in use does not wait",
        "dre/kvmu/mover.py",
        "sweep.valid | accounts.busy.bit_select(job.tag, 1)",
        "sweep.valid",
        tried="mover",
    ),
    Defect(
        "only the last two beats can fail a burst",
        "dre/kvmu/landing.py",
        "following.failed.eq(failed)",
        "following.failed.eq(beat.failed)",
        tried="mover",
    ),
    Defect(
        "a burst that ends early is good",
        "dre/kvmu/landing.py",
        "(beat.last != (count.place == lengths.read_data))",
        "(~beat.last & (count.place == lengths.read_data))",
        tried="mover",
    ),
    Defect(
        "the count of the beat before is not forwarded",
        "dre/kvmu/landing.py",
        "count.eq(Mux(again, before, counts.read_data))",
        "count.eq(counts.read_data)",
        tried="mover",
    ),
    Defect(
        "a beat that nobody asked for lands",
        "dre/kvmu/landing.py",
        "asked.eq(there & reading[beat.id])",
        "asked.eq(there)",
        tried="mover",
    ),
    Defect(
        "a burst is begun while it is given up",
        "dre/kvmu/writer.py",
        "~(self.expiring | expired)",
        "~expired",
        tried="mover",
    ),
    Defect(
        "a burst that failed is written",
        "dre/kvmu/writer.py",
        "landed.failed | ~self.live",
        "~self.live",
        tried="mover",
    ),
    Defect(
        "a word alone is not marked as the last one",
        "dre/kvmu/writer.py",
        "final.eq(length == 0)",
        "final.eq(0)",
        tried="mover",
    ),
    Defect(
        "a burst that has been given up ends once more",
        "dre/kvmu/endings.py",
        "(over | self.expiring) & waited)",
        "over | self.expiring)",
        tried="mover",
    ),
    Defect(
        "the link is down one dead ID late",
        "dre/kvmu/endings.py",
        "count >= self._config.most_dead",
        "count > self._config.most_dead",
        tried="mover",
    ),
    Defect(
        "the link is up again when few IDs are dead",
        "dre/kvmu/endings.py",
        "with m.Elif(~self.dead):",
        "with m.Elif(~many):",
        tried="mover",
    ),
    Defect(
        "SLVERR of a write is OKAY",
        "dre/kvmu/endings.py",
        "bad.eq(self.bresp[1])",
        "bad.eq(self.bresp[0])",
        tried="mover",
    ),
    Defect(
        "an answer to no write counts as one",
        "dre/kvmu/endings.py",
        "acknowledged.eq(answered & put)",
        "acknowledged.eq(answered)",
        tried="mover",
    ),
    Defect(
        "a job has the status of its last burst",
        "dre/kvmu/accounts.py",
        "worse = happens.status.as_value() > old",
        "worse = happens.status.as_value() != old",
        tried="mover",
    ),
    Defect(
        "the account of the event before is not forwarded",
        "dre/kvmu/accounts.py",
        "Mux(again, before, accounts.read_data)",
        "accounts.read_data",
        tried="mover",
    ),
    Defect(
        "a job of one burst ends when that is asked for",
        "dre/kvmu/accounts.py",
        "none & ~happens.opens)",
        "none)",
        tried="mover",
    ),
    Defect(
        "bursts are given up twice as early",
        "dre/kvmu/watch.py",
        "-(-config.timeout // config.outstanding)",
        "-(-config.timeout // (2 * config.outstanding))",
        tried="mover",
    ),
    Defect(
        "a burst is as old as the one before it",
        "dre/kvmu/watch.py",
        "aged.write(self.opened.valid, self.opened.id, 0)",
        "aged.write(self.opened.valid & 0, self.opened.id, 0)",
        tried="mover",
    ),
    Defect(
        "reset forgets the last account",
        "dre/kvmu/mover.py",
        "sweep.index == count - 1",
        "sweep.index == count - 2",
        tried="mover",
    ),
    Defect(
        "drained while answers are awaited",
        "dre/kvmu/mover.py",
        "idle & ~endings.dead & ~self",
        "idle & ~self",
        tried="mover",
    ),
    Defect(
        "a job is taken while quiet",
        "dre/kvmu/mover.py",
        "self.quiesce | sweep.valid",
        "sweep.valid",
        tried="mover",
    ),
    Defect(
        "registers of flags are not reset",
        "dre/kvmu/flags.py",
        "Signal(count, name=name)",
        "Signal(count, name=name, reset_less=True)",
        tried="mover",
    ),
)
KEEPER = (
    Defect(
        "the last page of the area may not be written",
        "dre/kvmu/unit.py",
        "(bases.area, config.frames)",
        "(bases.area, config.frames - 1)",
    ),
    Defect(
        "drained while pages leave",
        "dre/kvmu/unit.py",
        "drained = movers.fetch.state.drained & movers.offload.state.drained",
        "drained = movers.fetch.state.drained",
    ),
    Defect(
        "drained while metadata are written",
        "dre/kvmu/unit.py",
        'drained & getattr(store, "idle", 1)',
        "drained",
    ),
    Defect(
        "broken is counted in every cycle",
        "dre/kvmu/unit.py",
        "keeper.broken & ~known",
        "keeper.broken",
    ),
    Defect(
        "a command is begun while quiet",
        "dre/kvmu/keeper/commands.py",
        "free = ~self._ports.quiesce & ~self._ports.broken",
        "free = ~self._ports.broken",
    ),
    Defect(
        "the chunk's number is not compared",
        "dre/kvmu/keeper/commands.py",
        "(now.granted != 0) & (now.chunk == command.chunk)",
        "(now.granted != 0)",
    ),
    Defect(
        "a release without a fetch",
        "dre/kvmu/keeper/commands.py",
        "m.If(own & fetching)",
        "m.If(own)",
    ),
    Defect(
        "a context keeps the promise of its sinks when it ends",
        "dre/kvmu/keeper/contexts.py",
        "self._promised - now.capacity - now.sink_tokens",
        "self._promised - now.capacity",
    ),
    Defect(
        "the last frames are not given",
        "dre/kvmu/keeper/contexts.py",
        'command.frames > self._pools["frame"].left',
        'command.frames >= self._pools["frame"].left',
    ),
    Defect(
        "extents are given back with each cluster's count",
        "dre/kvmu/keeper/contexts.py",
        "m.d.sync += now.extents.eq(0)",
        "m.d.sync += now.extents.eq(now.extents)",
    ),
    Defect(
        "the last slot of a promise is refused",
        "dre/kvmu/keeper/granting.py",
        "now.slots + need > now.capacity",
        "now.slots + need >= now.capacity",
    ),
    Defect(
        "the last position of a context is refused",
        "dre/kvmu/keeper/granting.py",
        "now.tokens + tokens > config.max_tokens",
        "now.tokens + tokens >= config.max_tokens",
    ),
    Defect(
        "a chunk in the midst of sinks counts those of the next",
        "dre/kvmu/keeper/granting.py",
        "self._sinks.eq(Mux(rest < tokens, rest, tokens))",
        "self._sinks.eq(rest)",
    ),
    Defect(
        "a token too many leaves the recent ones",
        "dre/kvmu/keeper/aging.py",
        "now.old >= self._young",
        "now.old > self._young",
    ),
    Defect(
        "a cluster that grows keeps its place",
        "dre/kvmu/keeper/growth.py",
        "with m.If(hold.cluster == now.growth_last):",
        "with m.If(1):",
    ),
    Defect(
        "a cluster that leaves from the end takes the end with it",
        "dre/kvmu/keeper/growth.py",
        "now.growth_last.eq(growth.before)",
        "now.growth_last.eq(growth.behind)",
    ),
    Defect(
        "a cluster fills a page with every token beyond",
        "dre/kvmu/keeper/growth.py",
        "count != book.config.page_entries",
        "count < book.config.page_entries",
    ),
    Defect(
        "an extent is an entry too long",
        "dre/kvmu/keeper/leaving.py",
        '"less_one": self._take - 1',
        '"less_one": self._take',
    ),
    Defect(
        "a cluster forgets its first extents",
        "dre/kvmu/keeper/leaving.py",
        "first = Mux(extents.far, extents.first, extent)",
        "first = extent",
    ),
    Defect(
        "slots that are still held are given back",
        "dre/kvmu/keeper/leaving.py",
        '"last": self._last, "count"',
        '"last": held.last, "count"',
    ),
    Defect(
        "a page leaves an entry early",
        "dre/kvmu/keeper/offloading.py",
        "now.held <= now.held_back",
        "now.held < now.held_back",
    ),
    Defect(
        "the last extents of a page's number are not used",
        "dre/kvmu/keeper/offloading.py",
        "extents.left < book",
        "extents.left <= book",
    ),
    Defect(
        "a write is tried once too often",
        "dre/kvmu/keeper/offloading.py",
        "self._tries == book.config.retries",
        "self._tries == book.config.retries + 1",
    ),
    Defect(
        "a write that has failed once has failed for good",
        "dre/kvmu/keeper/offloading.py",
        "self._tries.eq(self._tries + 1), self._bad.eq(0)]",
        "self._tries.eq(self._tries + 1)]",
    ),
    Defect(
        "a word of page numbers that is empty is not noted above",
        "dre/kvmu/keeper/page_set.py",
        "with m.If((self._word == 0) & (self._level != top)):",
        "with m.If(0):",
        tried="chip",
    ),
    Defect(
        "a window has a cluster too many",
        "dre/kvmu/keeper/planning.py",
        "self._window != self._book.config.window",
        "self._window != self._book.config.window + 1",
    ),
    Defect(
        "a read has any number of pages",
        "dre/kvmu/keeper/planning.py",
        "(self._run == 0) | (self._run == config.most_pages) |",
        "(self._run == 0) |",
    ),
    Defect(
        "a frame counts twice that two extents use",
        "dre/kvmu/keeper/area.py",
        "self.hits + ~record.used",
        "self.hits + 1",
    ),
    Defect(
        "a page that makes room stays resident",
        "dre/kvmu/keeper/area.py",
        "with m.If(~old.full):",
        "with m.If(1):",
    ),
    Defect(
        "a part takes the frames that it uses",
        "dre/kvmu/keeper/reading.py",
        "room.eq(now.frames - area.hits)",
        "room.eq(now.frames)",
    ),
    Defect(
        "a page that could not be read is resident",
        "dre/kvmu/keeper/reading.py",
        '"resident": good',
        '"resident": 1',
    ),
    Defect(
        "a frame is used again before it is known what still lands",
        "dre/kvmu/keeper/reading.py",
        "m.If(~self._orders.unknown)",
        "m.If(1)",
    ),
    Defect(
        "a part does not divide a read",
        "dre/kvmu/keeper/reading.py",
        "record.begins | self._first",
        "record.begins",
    ),
    Defect(
        "a trailer counts the parts before",
        "dre/kvmu/keeper/delivering.py",
        "self.count.eq(0),",
        "self.count.eq(self.count),",
    ),
    Defect(
        "a selection of another chunk is taken",
        "dre/kvmu/keeper/selecting.py",
        "(header.context == command.context) & (header.chunk == command.chunk)",
        "(header.context == command.context)",
    ),
    Defect(
        "a cluster that cannot be is taken",
        "dre/kvmu/keeper/assigning.py",
        "token.cluster >= self",
        "token.cluster > self",
    ),
    Defect(
        "clusters of the trailer are not compared",
        "dre/kvmu/keeper/assigning.py",
        "(trailer.status != ChunkStatus.OK) | (trailer.clusters != self.founded)",
        "trailer.status != ChunkStatus.OK",
    ),
    Defect(
        "a pool counts one of a list that comes back",
        "dre/kvmu/keeper/pools.py",
        "self.left.eq(self.left + give.count)",
        "self.left.eq(self.left + 1)",
    ),
    Defect(
        "two contexts share their clusters",
        "dre/kvmu/keeper/records.py",
        "Cat(index[:bits], context) if bits",
        "Cat(index[:bits], context[1:]) if bits",
    ),
    Defect(
        "a field that changes keeps its bits",
        "dre/kvmu/keeper/book.py",
        "self.answer[: len(kept)] & ~change.mask",
        "self.answer[: len(kept)]",
    ),
    Defect(
        "the packet that breaks stays open",
        "dre/kvmu/keeper/breaking.py",
        "with m.If(~inside):",
        "with m.If(1):",
    ),
    Defect(
        "a job is ordered though all is broken",
        "dre/kvmu/keeper/orders.py",
        "(~jobs.valid | jobs.ready) & ~broken",
        "(~jobs.valid | jobs.ready)",
    ),
    Defect(
        "a write whose end is not known is forgotten soon",
        "dre/kvmu/keeper/orders.py",
        "self._waited.all() & self._drained",
        "self._waited.all()",
    ),
    Defect(
        "a new access takes the arguments of the last one",
        "dre/kvmu/keeper/keeper.py",
        "~store.en & ~over & ~self",
        "~store.en & ~self",
        FPGA,
    ),
)
STORE = (
    Defect(
        "two wrong bits are put right",
        "dre/kvmu/secded.py",
        "single = syndrome.xor() & (",
        "single = (",
    ),
    Defect(
        "what has been put right is not written back",
        "dre/kvmu/store_chip.py",
        "access.en & (access.write | mends)",
        "access.en & access.write",
        tried="chip",
    ),
    Defect(
        "what has been put right stays wrong in near memory",
        "dre/kvmu/store_near.py",
        "Mux(mending, mended.corrected, judging & access.write)",
        "Mux(mending, 0, judging & access.write)",
    ),
    Defect(
        "the tag is not compared",
        "dre/kvmu/store_cache.py",
        "known.there & (known.tag == tag) & ~wrong",
        "known.there & ~wrong",
    ),
    Defect(
        "a write does not change the cache",
        "dre/kvmu/store_near.py",
        "reading | (changes & (cache.hit | self._mending))",
        "reading | (changes & self._mending)",
    ),
    Defect(
        "SLVERR of a word is OKAY", "dre/kvmu/store_writes.py", "home.bresp.any()", "home.bresp[0]"
    ),
    Defect(
        "a line may end early",
        "dre/kvmu/store_fill.py",
        "home.rresp.any() | (home.rlast != final)",
        "home.rresp.any()",
    ),
    Defect(
        "a line is read before a word of it has landed",
        "dre/kvmu/store_writes.py",
        "self.pending.eq((under_way.bits & lines).any())",
        "self.pending.eq(0)",
    ),
    Defect(
        "clear wins over an event",
        "dre/monitor.py",
        "self.events[name] | kept",
        "(self.events[name] & ~self.clear[name]) | kept",
    ),
)
DEFECTS = (*MOVER, *KEEPER, *STORE)

SAMPLE = ("the tag is not compared", "a page leaves an entry early")
