"""What an engine gives the DRE: commands, hash words, scores; chunk by chunk."""

from collections import Counter

import numpy as np

from core.build_core import BUILD, COMMAND_FIELDS, PORTS, SCORE_PAGES
from core.near_memory import PAGE_BYTES
from core.trace_core import attend
from dre.packing import pack
from kvmu.golden_kvmu import END, FETCH, GRANT, INIT, OK, RELEASE, VOID
from kvmu.packets_kvmu import Packet
from streams import Beat
from wtu.golden import golden_rows
from wtu.packets import bits, entries_packet


class Engine:
    """Part of `core.scene_core.Scene`: it gives, and lets cycles pass."""

    def give(self, command, packet=None, status=OK):
        """A command; what it must bring about."""
        command = {"context": 0, "chunk": 0, **command}
        made = self.golden.do({**dict.fromkeys(COMMAND_FIELDS, 0), **command}, packet)
        assert made.result["status"] == status, f"the bench gives {command}"
        self.pending.append(made)
        self.registers.queue.append(Beat(pack(BUILD.kvmu.command, command)))
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

    def cluster(self, work, fails=False):
        """Hash words of a chunk; ``fails``: its first pass over the table will not be right."""
        header = {"first": 1, "last": 0, "data": {"header": self._header(work)}}
        header["data"]["header"]["tokens"] = len(work.words)
        beats = [header]
        for word in work.words:
            value = int.from_bytes(word.tobytes(), "little")
            beats.append({"first": 0, "last": 0, "data": {"word": value}})
        beats[-1]["last"] = 1
        for beat in beats:
            self.hash_bits.queue.append(Beat(pack(BUILD.hcu.hash_packet, beat)))
        self.clustering.append((work, fails))

    def threshold(self, work):
        """Scores of a chunk: each row once, or twice if it is long."""
        chunk, layout = {**self._header(work), "rows": len(work.rows)}, BUILD.wtu.chunk
        if BUILD.reads_scores:
            layout = PORTS["chunks"].signature.members["payload"].shape
            chunk["place"] = self._write_scores(work) // BUILD.burst_bytes
        self.chunks.queue.append(Beat(pack(layout, chunk)))
        if BUILD.reads_scores:
            self.thresholding += [(work, row) for row in range(len(work.rows))]
            return
        times = 2 if work.known > BUILD.on_chip_clusters else 1
        for row, scores in enumerate(work.job.rows):
            self.thresholding.append((work, row))
            if not work.known:
                continue
            header = {**self._header(work), "row": row}
            for _ in range(times):
                for beat in entries_packet(BUILD.wtu, header, scores, self.rng):
                    self.scores.queue.append(Beat(bits(BUILD.wtu, beat)))

    def _write_scores(self, work):
        """Rows of a chunk, behind those of the chunk before; returns the address of the first.

        Between them, and behind each row, is anything.
        """
        size = -(-2 * work.known // BUILD.burst_bytes) * BUILD.burst_bytes
        total = size * len(work.job.rows)
        if self.score_place + total > SCORE_PAGES * PAGE_BYTES:
            self.score_place = 0
        begin = self.score_base + self.score_place
        for row, scores in enumerate(work.job.rows):
            content = b"".join(int(score).to_bytes(2, "little") for score in scores)
            self.near.store(begin + row * size, content + self.rng.randbytes(size - len(content)))
        self.score_place += total + BUILD.burst_bytes * self.rng.randrange(3)
        return begin

    async def play(self, works, settings, scale, fails=False):
        """One chunk of each of some contexts, side by side: each step of all before the next one.

        ``fails``: the HCU cannot read its table at first, and gets each chunk again (spec D124).

        Returns
        -------
        list of dict
            What is measured of each: cycles from the first grant on, and what it moved.
        """
        for work in works:
            await self.set(settings, work.job.settings)
        begun = self.cycles.now
        for work in works:
            if self.unread and work.known:  # everything is selected (D49)
                work.rows = golden_rows(BUILD.wtu, work.job, lost=range(len(work.rows)))
                work.order = list(range(work.known))
            for n, entry in enumerate(work.entries):
                self.entries[work.context, work.first + n] = entry
            self.delivered[work.context].clear()
            self.give({"op": GRANT, **work.named, "tokens": work.tokens})
            self.threshold(work)
            self.cluster(work, fails)
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
            await self._again(works)
        for work in works:
            self.give({"op": END, **work.named}, Packet((), [], work.clusters))
        await self.until(lambda: not (self.pending or self.clustering or self.thresholding))
        for work in works:
            self._age(work, work.clusters)
        return [
            self._row(work, begun, fetched, sum((made.counts for made in fetch), Counter()))
            for work, fetch in zip(works, fetches, strict=True)
        ]

    async def _again(self, works):
        """Each END finds a chunk that the HCU could not decide; it gets the chunk again."""
        for work in works:
            self.give({"op": END, **work.named}, Packet((), [], work.clusters, status=VOID), VOID)
        await self.until(lambda: not (self.pending or self.clustering))
        self.spoil(None)
        for work in works:
            self.cluster(work)

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
