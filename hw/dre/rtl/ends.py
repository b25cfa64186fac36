"""The ends of a DRE's streams: what an engine gives and takes there."""

import numpy as np

from dre.rtl import beats, reading

OUTWARD = ("grants", "deliveries", "rows", "assignments")


class Ends:
    """Packets of chunks in, packets of results out.

    Parameters
    ----------
    config : DREConfig
    machine : dre.rtl.Machine
    memories : dre.rtl.memories.Memories
        Where keys and values go, and come from.
    """

    def __init__(self, config, machine, memories):
        self._config, self._machine, self._memories = config, machine, memories
        self._layouts = machine.streams

    def forget(self):
        """Drop what is left of a chunk that has failed."""
        for stream in OUTWARD:
            self._machine.take(stream)
        self.moved()

    def moved(self, since=0):
        """The cycles in which beats have moved since this was asked last, by stream."""
        return {name: self._machine.moved(name) - since for name in self._layouts}

    # -- what goes in ------------------------------------------------------------------------------

    def give_words(self, work, done):
        """Hash words."""
        words = beats.whole(self._layouts["hash_bits"], work.words, "data", "word")
        self.packet("hash_bits", _named(work, done) | {"tokens": len(work.words)}, words)

    def give_scores(self, work, done):
        """How many rows there are, and all of them, or where they are (spec D146)."""
        named, chunk = _named(work, done), {"rows": len(work.scores)}
        near = self._config.reads_scores
        if near:
            begin = self._memories.write_rows(work.context, work.scores.view(np.uint16))
            chunk["place"] = begin // self._config.burst_bytes
        self._machine.push("chunks", beats.one(self._layouts["chunks"], named | chunk))
        if not near:
            self.give_rows(work, named)

    def put(self, work, done):
        """Keys and values, into the slots that were granted."""
        self._memories.write(done.slots, work.entries)

    def give_rows(self, work, named):
        """Each row once, or twice if it is long (spec D45)."""
        if not work.clusters:
            return
        times = 2 if work.clusters > self._config.on_chip_clusters else 1
        for row, scores in enumerate(work.scores.view(np.uint16)):
            content = beats.elements(self._layouts["scores"], scores, "data", "entries")
            for _ in range(times):
                self.packet("scores", named | {"row": row}, content)

    def packet(self, stream, header, content):
        """One packet: its header, then beats."""
        layout = self._layouts[stream]
        first = {"first": 1, "last": int(not len(content)), "data": {"header": header}}
        self._machine.push(stream, beats.one(layout, first))
        if len(content):
            self._machine.push(stream, content)

    # -- what comes out ----------------------------------------------------------------------------

    def take_grants(self, works, dones):
        """Slots for keys and values."""
        taken = self._machine.take("grants")
        slots = beats.field(taken, self._layouts["grants"], "address")
        ends = np.cumsum([work.tokens for work in works])
        for done, own in zip(dones, np.split(slots, ends)[:-1], strict=True):
            done.slots = own

    def take_deliveries(self, delivered):
        """Positions, and the bytes that are there now, to each context's list."""
        layout = self._layouts["deliveries"]
        for packet in self._packets("deliveries"):
            part = reading.part(packet, layout)
            content = self._memories.read(part.addresses, self._config.entry_bytes)
            delivered[part.context].append((part, content))

    def take_rows(self, works, dones, beats_at):
        """Masks and sums of all rows."""
        packets, beat = self._packets("rows"), 0
        for work, done in zip(works, dones, strict=True):
            own, packets = packets[: len(work.scores)], packets[len(work.scores) :]
            reading.rows(done, own, self._layouts["rows"], work.clusters)
            beat += sum(map(len, own))
            done.cycles["thresholded"] = int(beats_at[beat - 1]) if own else 0

    def take_assignments(self, dones, beats_at):
        """Where all tokens went."""
        beat = 0
        for done, packet in zip(dones, self._packets("assignments"), strict=True):
            reading.assignments(done, packet, self._layouts["assignments"])
            beat += len(packet)
            done.cycles["clustered"] = int(beats_at[beat - 1])

    def _packets(self, stream):
        """Beats of each packet that has come."""
        taken = self._machine.take(stream)
        ends = np.flatnonzero(beats.field(taken, self._layouts[stream], "last")) + 1
        return np.split(taken, ends)[: len(ends)]


def _named(work, done):
    """What a chunk's headers say."""
    return {"context": work.context, "chunk": done.number, "clusters": work.clusters}
