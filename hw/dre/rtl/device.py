"""A DRE in simulation, between two memories, that takes chunks as arrays and gives arrays."""

import numpy as np

from dre.axi import PAGE_BYTES
from dre.checks import integer, one_of
from dre.core.control import COMMANDS
from dre.driver import CommandFailed, Driver, Result
from dre.kvmu.keeper.records import tables
from dre.kvmu.layouts import KVOp, KVStatus
from dre.rtl import beats, reading
from dre.rtl.chunk import Done, check_works
from dre.rtl.simulation import Simulation

MOST_NUMBERS = 2**16
OUTWARD = ("grants", "deliveries", "rows", "assignments")
NO_PART = Result(KVOp.FETCH, 0, 0, KVStatus.OK, more=False, count=0)
FIRST_PAGE = 16
"""Of all that lies in memory; nothing has address 0."""


class Stuck(RuntimeError):
    """Nothing has come for very long; the device waits for something that it will not get."""


class RTL:
    """The hardware itself, compiled, as a NumPy user sees it.

    Each call lets the clock run as long as it takes. Contexts are those of the hardware: begin one,
    give its chunks in order, free it. Several chunks of different contexts go side by side.

    Parameters
    ----------
    config : DREConfig
    near, far : dre.rtl.Memory or None
        How memories behave; None: 20 cycles of latency, in order.
    willing : float
        Probability that a stream moves in a cycle in which it could.
    seed : int
        For what is random in that.
    folder : Path or None
        Where what is compiled is kept; None: a cache in the user's home.
    patience : int
        Cycles without a result after which it is `Stuck`.

    Attributes
    ----------
    driver : dre.driver.Driver
        Registers: counts, errors, settings.
    bases : dict of str to int
        First page of each region of memory.

    Raises
    ------
    BuildFailed
        If the simulator is missing.
    """

    def __init__(
        self, config, *, near=None, far=None, willing=1.0, seed=0, folder=None, patience=2_000_000
    ):
        self._config, self._patience = config, patience
        self._simulation = simulation = Simulation(
            config, near=near, far=far, willing=willing, seed=seed, folder=folder
        )
        self.driver = Driver(simulation)
        self._layouts = simulation.streams
        self._place()
        self.driver.enable("result")
        self._number, self._open = 0, []

    def _place(self):
        """Everything of near memory, one behind the other."""
        config, page = self._config, FIRST_PAGE
        sizes = {
            "ring": config.kvmu.ring_pages,
            "area": config.frames,
            "store": -(-8 * tables(config.kvmu)[1] // PAGE_BYTES),
            "table": -(-config.table.table_bytes // PAGE_BYTES),
        }
        bases = {"far": FIRST_PAGE}
        for name, size in sizes.items():
            bases[name], page = page, page + size
        self._base = FIRST_PAGE * PAGE_BYTES
        memory = self._simulation.memory
        self._near = memory("near", self._base, (page - FIRST_PAGE) * PAGE_BYTES)
        self._far = memory("far", self._base, config.far_pages * PAGE_BYTES)
        self.bases, self._sizes = bases, sizes | {"far": config.far_pages}
        self.driver.start(**bases)

    def region(self, name):
        """Bytes of memory, as they are: uint8 [pages, 4096].

        Parameters
        ----------
        name : {"ring", "area", "store", "table", "far"}

        Raises
        ------
        ValueError
            If there is no such region.
        """
        one_of("name", name, self._sizes)
        content = self._far if name == "far" else self._near
        pages = content.reshape(-1, PAGE_BYTES)[self.bases[name] - FIRST_PAGE :]
        return pages[: self._sizes[name]]

    @property
    def cycles(self):
        """Since reset."""
        return self._simulation.cycles

    @property
    def seconds(self):
        """Processor time that the clock has taken."""
        return self._simulation.seconds

    def configure(self, **settings):
        """Thresholds and modes, as `dre.driver.Driver.configure` takes them."""
        self.driver.configure(**settings)

    def begin(self, context, **limits):
        """A new context, empty, as `dre.driver.Driver.begin` takes it."""
        self.driver.begin(context, **limits)
        self._open.append(context)

    def free(self, context):
        """Forget a context."""
        self.driver.free(context)
        self._open = [one for one in self._open if one != context]

    def open(
        self,
        contexts,
        *,
        sink_tokens,
        recent_tokens,
        max_chunk,
        held_back=64,
        frames=None,
        **settings,
    ):
        """Forget everything and begin contexts 0, 1 and so on, all alike.

        Parameters
        ----------
        contexts : int
        sink_tokens, recent_tokens, max_chunk, held_back, frames : int
            As of `begin`; ``frames`` None: the retrieved area in equal parts.
        settings
            As of `configure`; ``max_clusters`` above the build's is the build's.

        Raises
        ------
        ValueError
            If there are not so many contexts.
        """
        integer("contexts", contexts, 1, self._config.contexts)
        if settings.get("max_clusters") is not None:
            settings["max_clusters"] = min(settings["max_clusters"], self._config.max_clusters)
        for context in self._open:
            self.free(context)
        self.configure(**settings)
        for context in range(contexts):
            self.begin(
                context,
                sink_tokens=sink_tokens,
                recent_tokens=recent_tokens,
                max_chunk=max_chunk,
                held_back=held_back,
                frames=frames or self._config.frames // contexts,
            )

    def chunk(self, work):
        """Take one chunk from its hash words and scores to its end.

        Parameters
        ----------
        work : Work

        Returns
        -------
        Done

        Raises
        ------
        TypeError, ValueError
            If an array does not fit the build, or another one.
        dre.driver.CommandFailed
            If the hardware refuses it: with no room for its tokens nothing has changed; any other
            reason leaves the chunk under way, and its context can only be freed.
        Stuck
            If nothing comes of it.
        """
        return self.chunks([work])[0]

    def chunks(self, works):
        """Chunks of different contexts side by side: each step of all before the next one.

        As `chunk`; takes a list of `Work` and returns a list of `Done`. After an error contexts of
        all of them can only be freed.
        """
        check_works(self._config, works)
        for stream in OUTWARD:
            self._simulation.take(stream)  # what is left of a chunk that has failed
        for stream in self._layouts:
            self._simulation.moved(stream)
        begun, dones = self.cycles, []
        for n, work in enumerate(works):
            dones.append(Done(context=work.context, number=(self._number + n) % MOST_NUMBERS))
        self._all(KVOp.GRANT, dones, [{"tokens": work.tokens} for work in works])
        self._number = (self._number + len(works)) % MOST_NUMBERS
        self._take_grants(works, dones, begun)
        for work, done in zip(works, dones, strict=True):
            self._give(work, done)
        parts = self._all(KVOp.FETCH, dones)
        delivered = {done.context: [] for done in dones}
        while True:
            self._take_deliveries(delivered)
            more = [done for done, part in zip(dones, parts, strict=True) if part.more]
            if not more:
                break
            again = dict(zip(map(id, more), self._all(KVOp.RELEASE, more), strict=True))
            parts = [again.get(id(done), NO_PART) for done in dones]
        for done in dones:
            reading.deliveries(done, delivered[done.context], self._config.entry_bytes)
            done.cycles["delivered"] = self.cycles - begun
        self._all(KVOp.END, dones)
        beats_at = {name: self._simulation.moved(name) - begun for name in self._layouts}
        self._take_rows(works, dones, beats_at["rows"])
        self._take_assignments(dones, beats_at["assignments"])
        for done in dones:
            done.cycles["all"], done.beats_at = self.cycles - begun, beats_at
        return dones

    # -- what goes in ------------------------------------------------------------------------------

    def _give(self, work, done):
        """Hash words, and all rows, each once, or twice if it is long (spec D45)."""
        named = {"context": work.context, "chunk": done.number, "clusters": work.clusters}
        words = beats.whole(self._layouts["hash_bits"], work.words, "data", "word")
        self._packet("hash_bits", named | {"tokens": len(work.words)}, words)
        chunk = beats.one(self._layouts["chunks"], named | {"rows": len(work.scores)})
        self._simulation.push("chunks", chunk)
        self._give_rows(work, named)

    def _give_rows(self, work, named):
        if not work.clusters:
            return
        times = 2 if work.clusters > self._config.on_chip_clusters else 1
        for row, scores in enumerate(work.scores.view(np.uint16)):
            content = beats.elements(self._layouts["scores"], scores, "data", "entries")
            for _ in range(times):
                self._packet("scores", named | {"row": row}, content)

    def _packet(self, stream, header, content):
        layout = self._layouts[stream]
        first = {"first": 1, "last": int(not len(content)), "data": {"header": header}}
        self._simulation.push(stream, beats.one(layout, first))
        if len(content):
            self._simulation.push(stream, content)

    # -- what comes out ----------------------------------------------------------------------------

    def _all(self, op, dones, more=None):
        """One command for each, in turn; returns their results."""
        results, fields = [], more or [{}] * len(dones)
        for begin in range(0, len(dones), COMMANDS):
            some = slice(begin, begin + COMMANDS)
            for done, values in zip(dones[some], fields[some], strict=True):
                self.driver.give(op, done.context, done.number, **values)
            results += [self._result() for _ in dones[some]]
        for result in results:
            if result.status != KVStatus.OK:
                raise CommandFailed(result)
        return results

    def _result(self):
        limit = self.cycles + self._patience
        while not self.driver.get("result")["waiting"]:
            if self.cycles > limit:
                raise Stuck(f"no result in {self._patience} cycles; {self.driver.errors()}")
            self._simulation.wait()
        return self.driver.result()

    def _packets(self, stream):
        """Beats of each packet that has come."""
        taken = self._simulation.take(stream)
        ends = np.flatnonzero(beats.field(taken, self._layouts[stream], "last")) + 1
        return np.split(taken, ends)[: len(ends)]

    def _take_grants(self, works, dones, begun):
        """Keys and values go to where they are granted."""
        taken = self._simulation.take("grants")
        slots = beats.field(taken, self._layouts["grants"], "address")
        ends = np.cumsum([work.tokens for work in works])
        for work, done, own in zip(works, dones, np.split(slots, ends)[:-1], strict=True):
            done.slots = own
            done.cycles["granted"] = self.cycles - begun
            for slot, entry in zip(own - self._base, work.entries, strict=True):
                self._near[slot : slot + len(entry)] = entry

    def _take_deliveries(self, delivered):
        """Positions, and the bytes that are there now."""
        layout = self._layouts["deliveries"]
        for packet in self._packets("deliveries"):
            part = reading.part(packet, layout)
            places = part.addresses[:, None] - self._base + np.arange(self._config.entry_bytes)
            delivered[part.context].append((part, self._near[places]))

    def _take_rows(self, works, dones, beats_at):
        packets, beat = self._packets("rows"), 0
        for work, done in zip(works, dones, strict=True):
            own, packets = packets[: len(work.scores)], packets[len(work.scores) :]
            reading.rows(done, own, self._layouts["rows"], work.clusters)
            beat += sum(map(len, own))
            done.cycles["thresholded"] = int(beats_at[beat - 1]) if own else 0

    def _take_assignments(self, dones, beats_at):
        beat = 0
        for done, packet in zip(dones, self._packets("assignments"), strict=True):
            reading.assignments(done, packet, self._layouts["assignments"])
            beat += len(packet)
            done.cycles["clustered"] = int(beats_at[beat - 1])
