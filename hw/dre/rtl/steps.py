"""The steps of chunks: commands, in their order, and what comes of each."""

from dre.core.control import COMMANDS
from dre.driver import CommandFailed
from dre.kvmu.layouts import KVOp, KVStatus
from dre.rtl import reading
from dre.rtl.chunk import Done, check_works

MOST_NUMBERS = 2**16


class Stuck(RuntimeError):
    """Nothing has come for very long; the device waits for something that it will not get."""


class Steps:
    """What a device does for chunks of several contexts, each step for all of them.

    Parameters
    ----------
    config : DREConfig
    machine : dre.rtl.Machine
    ends : dre.rtl.ends.Ends
    driver : dre.driver.Driver
    patience : int
        Cycles without a result after which it is `Stuck`.

    Attributes
    ----------
    number : int
        Of the next chunk.
    """

    def __init__(self, config, machine, ends, driver, patience):
        self._config, self._machine, self._patience = config, machine, patience
        self._ends, self._driver, self.number = ends, driver, 0

    def granted(self, works):
        """Slots for all of them; returns when that began, and a `Done` each."""
        check_works(self._config, works)
        begun, dones = self._machine.cycles, []
        self._ends.forget()
        for n, work in enumerate(works):
            dones.append(Done(context=work.context, number=(self.number + n) % MOST_NUMBERS))
        self.all(KVOp.GRANT, dones, [{"tokens": work.tokens} for work in works])
        self.number = (self.number + len(works)) % MOST_NUMBERS
        self._ends.take_grants(works, dones)
        for done in dones:
            done.cycles["granted"] = self._machine.cycles - begun
        return begun, dones

    def fetched(self, dones, begun):
        """All that is selected has been delivered."""
        delivered = self._fetch(dones)
        for done in dones:
            reading.deliveries(done, delivered[done.context], self._config.entry_bytes)
            done.cycles["delivered"] = self._machine.cycles - begun

    def _fetch(self, dones):
        """All parts of what is selected; each is released when all have theirs."""
        delivered, waiting = {done.context: [] for done in dones}, dones
        parts = self.all(KVOp.FETCH, dones)
        while True:
            self._ends.take_deliveries(delivered)
            waiting = [done for done, part in zip(waiting, parts, strict=True) if part.more]
            if not waiting:
                return delivered
            parts = self.all(KVOp.RELEASE, waiting)

    def all(self, op, dones, more=None):
        """One command for each, in turn; returns their results.

        Raises
        ------
        CommandFailed
            If one of them is refused.
        Stuck
            If one does not come.
        """
        results, fields = [], more or [{}] * len(dones)
        for begin in range(0, len(dones), COMMANDS):
            some = slice(begin, begin + COMMANDS)
            for done, values in zip(dones[some], fields[some], strict=True):
                self._driver.give(op, done.context, done.number, **values)
            results += [self.result() for _ in dones[some]]
        for result in results:
            if result.status != KVStatus.OK:
                raise CommandFailed(result)
        return results

    def result(self):
        """The next result; `Stuck` if there is none."""
        limit = self._machine.cycles + self._patience
        while not self._driver.get("result")["waiting"]:
            if self._machine.cycles > limit:
                raise Stuck(f"no result in {self._patience} cycles; {self._driver.errors()}")
            self._machine.wait()
        return self._driver.result()
