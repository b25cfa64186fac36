"""A DRE in simulation, between two memories, that takes chunks as arrays and gives arrays."""

from pathlib import Path

from dre.checks import integer
from dre.driver import Driver
from dre.kvmu.layouts import KVOp
from dre.rtl import keeping
from dre.rtl.ends import Ends
from dre.rtl.memories import Memories
from dre.rtl.simulation import Simulation
from dre.rtl.steps import Steps, Stuck

__all__ = ["RTL", "Device", "Stuck"]


class Device:
    """A DRE between two memories, as a NumPy user sees it.

    Each call lets the clock run as long as it takes. Contexts are those of the hardware: begin one,
    give its chunks in order, free it. Several chunks of different contexts go side by side.

    Parameters
    ----------
    config : DREConfig
    machine : dre.rtl.Machine
        The device itself, reset.
    patience : int
        Cycles without a result after which it is `Stuck`.

    Raises
    ------
    dre.driver.AnotherDevice
        If the machine has another configuration.

    Attributes
    ----------
    driver : dre.driver.Driver
        Registers: counts, errors, settings.
    bases : dict of str to int
        First page of each region of memory.
    """

    def __init__(self, config, machine, patience):
        self._config, self._machine = config, machine
        self._memories = Memories(config, machine)
        self._ends = Ends(config, machine, self._memories)
        self.driver, self.bases = Driver(machine), self._memories.bases
        self.driver.expect(config)
        self.driver.start(**self._memories.units)
        self.driver.enable(*machine.interrupts)
        self._steps = Steps(config, machine, self._ends, self.driver, patience)
        self._open = []

    def region(self, name):
        """Bytes of memory, as they are: uint8 [pages, 4096].

        Parameters
        ----------
        name : {"ring", "area", "store", "table", "far"}
            And "scores", if they are read from near memory.

        Raises
        ------
        ValueError
            If there is no such region.
        """
        return self._memories.region(name)

    @property
    def cycles(self):
        """Since reset."""
        return self._machine.cycles

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
                frames=self._config.frames // contexts if frames is None else frames,
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
        begun, dones = self._steps.granted(works)
        for work, done in zip(works, dones, strict=True):
            self._ends.put(work, done)
            self._ends.give_words(work, done)
            self._ends.give_scores(work, done)
        self._steps.fetched(dones, begun)
        self._steps.all(KVOp.END, dones)
        beats_at = self._ends.moved(begun)
        self._ends.take_rows(works, dones, beats_at["rows"])
        self._ends.take_assignments(dones, beats_at["assignments"])
        for done in dones:
            done.cycles["all"], done.beats_at = self.cycles - begun, beats_at
        return dones

    def ahead(self, works):
        """What chunks select and get, before their keys exist: with look-ahead queries (spec D7).

        Other contexts may end their chunks in between; `end` must follow for each of these.

        Parameters
        ----------
        works : list of Work
            Of which hash words and entries are not looked at yet, only how many there are.

        Returns
        -------
        list of Done
            Without assignments.

        Raises
        ------
        TypeError, ValueError, dre.driver.CommandFailed, Stuck
            As `chunk`.
        """
        begun, dones = self._steps.granted(works)
        for work, done in zip(works, dones, strict=True):
            self._ends.give_scores(work, done)
        self._steps.fetched(dones, begun)
        beats_at = self._ends.moved(begun)
        self._ends.take_rows(works, dones, beats_at["rows"])
        for done in dones:
            done.beats_at = beats_at
        return dones

    def end(self, works, dones):
        """Hash words, keys and values of chunks that have gone `ahead`; adds what was missing.

        Parameters
        ----------
        works : list of Work
        dones : list of Done
            What `ahead` gave for them.

        Raises
        ------
        ValueError
            If they are not of the same contexts.
        dre.driver.CommandFailed, Stuck
            As `chunk`.
        """
        if [work.context for work in works] != [done.context for done in dones]:
            raise ValueError("dones must be those of works, in the same order")
        begun = self.cycles
        self._ends.moved()
        for work, done in zip(works, dones, strict=True):
            self._ends.put(work, done)
            self._ends.give_words(work, done)
        self._steps.all(KVOp.END, dones)
        self._ends.take_assignments(dones, self._ends.moved(begun)["assignments"])
        for done in dones:
            done.cycles["ended"] = self.cycles - begun


class RTL(Device):
    """The hardware itself, compiled.

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

    Raises
    ------
    BuildFailed
        If the simulator is missing.
    """

    def __init__(
        self, config, *, near=None, far=None, willing=1.0, seed=0, folder=None, patience=2_000_000
    ):
        simulation = Simulation(
            config, near=near, far=far, willing=willing, seed=seed, folder=folder
        )
        super().__init__(config, simulation, patience)

    @property
    def seconds(self):
        """Processor time that the clock has taken."""
        return self._machine.seconds

    def keep(self, path, note=None):
        """Write all of it to a file, as it is between two chunks, to `resume` it another time.

        What comes then is what would have come: cycle by cycle, random stalls included. The file is
        as large as both memories.

        Parameters
        ----------
        path : Path
            Replaced when all is written.
        note : dict, list, str, number or None
            Whatever should come back with it; becomes JSON.
        """
        known = {"build": self._machine.build, "open": self._open, "number": self._steps.number}
        keeping.keep(Path(path), self._machine.keep, known | {"note": note})

    def resume(self, path):
        """Go on where one of the same build was kept; returns the note.

        How memories behave, and how willing streams are, is as this device was made.

        Raises
        ------
        FileNotFoundError
        ValueError
            If it is another build, no such file, or a damaged one: nothing has changed then.
        """

        def check(known):
            if known["build"] != self._machine.build:
                raise ValueError(
                    f"path must be of the build {self._machine.build}, not {known['build']}"
                )

        known = keeping.resume(Path(path), self._machine.resume, check)
        self._open, self._steps.number = known["open"], known["number"]
        return known["note"]
