"""A KVMU whose metadata are damaged: what it may still say, and what it may not do (spec D91)."""

from dataclasses import replace

from dre.kvmu.keeper.records import tables
from kvmu.golden_kvmu import BROKEN
from kvmu.scene_kvmu import BUILD, Scene
from kvmu.stored_words import DATA_BITS, WORD_BITS, flipped, stored
from pins import Pin

MOVERS = ("fetch", "offload")
HOME_FATES = {"reads": ("slverr", "decerr", "short", "long"), "writes": ("slverr", "decerr")}


class BrokenScene(Scene):
    """Judges a device that breaks, at a moment that nobody but it knows.

    Before that everything is as the model says. The command that breaks may have granted and
    delivered some of what it should have; it closes the packet that is open.

    Attributes
    ----------
    damaged : bool
        From now on it may break.
    broken : bool
        A command has said so.
    flips : int
        Words that have one wrong bit since reset: so many corrections there may be.
    """

    def __init__(self, dut, stalls=None):
        self._array = None
        if BUILD.store == "chip":
            list(dut.store.array)  # Icarus finds by name only what has been gone through
            self._array = dut.store.array.array
        self._jobs = [
            [Pin(getattr(getattr(dut.movers, name), f"jobs__{end}")) for end in ("valid", "ready")]
            for name in MOVERS
        ]
        super().__init__(dut, stalls)

    def reset(self):
        super().reset()
        self.damaged = self.broken = self.closed = False
        self.flips = 0
        self._waiting = None  # of each mover, since it is broken: whether a job still waits
        for peer in self.home:
            peer.habits = replace(peer.habits, fate=lambda burst, rng: "ok")

    # -- damage ------------------------------------------------------------------------------------

    def flip(self, bits, words=None):
        """Turn round some bits of words, of all of them by default, that are well so far."""
        count = tables(BUILD)[1]
        for number in range(count) if words is None else words:
            word = self._word(number)
            if word is None or word != stored(word % 2**DATA_BITS):
                continue
            self._put_word(number, flipped(word, *self.rng.sample(range(WORD_BITS), bits)))
            self.flips += bits == 1
        self.damaged |= bits > 1

    def _word(self, number):
        """As it is stored; None if it has never been written and is X."""
        if self._array is not None:
            word = self._array[number].value
            return int(word) if word.is_resolvable else None
        space = self.home[0].space
        return int.from_bytes(space.load(space.base + 8 * number, 8), "little")

    def _put_word(self, number, word):
        if self._array is not None:
            self._array[number].value = word
        else:
            space = self.home[0].space
            space.store(space.base + 8 * number, word.to_bytes(8, "little"))

    def wrong(self, words):
        """How many of these words are not as the unit has written them."""
        found = [self._word(number) for number in words]
        return sum(word is None or word != stored(word % 2**DATA_BITS) for word in found)

    def spoil(self, side, fate=None):
        """From now on ``home`` answers with errors to "reads" or "writes": any, or with this."""
        peer, fates = self.home[("reads", "writes").index(side)], HOME_FATES[side]
        peer.habits = replace(peer.habits, fate=lambda burst, rng: fate or rng.choice(fates))
        self.damaged = True

    # -- judging -----------------------------------------------------------------------------------

    def observe(self, now):
        super().observe(now)
        state = self.read("state") if self.damaged else {"broken": 0}
        if not state["broken"]:
            return
        jobs = [(bool(valid.value), bool(ready.value)) for valid, ready in self._jobs]
        if self._waiting is not None:
            for name, (valid, _), waited in zip(MOVERS, jobs, self._waiting, strict=True):
                assert waited or not valid, f"{name}: a job is ordered though all is broken"
        self._waiting = [valid and not ready for valid, ready in jobs]

    def _note_grant(self, beat):
        assert not self.broken, "granted though all is broken"
        super()._note_grant(beat)

    def _delivering(self):
        assert not self.broken, "delivered though all is broken"
        assert not self.closed, "delivered behind the last trailer"
        return super()._delivering()

    def _note_delivery(self, beat):
        trailer = beat["data"]["trailer"]
        if not (self.damaged and beat["last"] and trailer["status"] == BROKEN):
            super()._note_delivery(beat)
            return
        made = self._delivering()
        assert made is not None, "the end of a packet that has not begun"
        assert made.told > 0, "a trailer without a header"
        expected = {"tokens": made.told - 1, "lost": 0, "status": BROKEN, "more": 0}
        assert trailer == expected, f"trailer {trailer}, not {expected}"
        assert not beat["first"], "a trailer is not first"
        self.closed = True
        self.seen["broken within a packet"] += 1

    def _note_result(self, result):
        if not (self.broken or (self.damaged and result["status"] == BROKEN)):
            super()._note_result(result)
            return
        made = self.pending.popleft()
        own = {name: made.command[name] for name in ("op", "context", "chunk")}
        expected = {**own, "status": BROKEN, "more": 0, "count": 0}
        assert result == expected, f"{result}, not {expected}"
        if not self.broken:
            whole = self.closed or made.told in (0, made.beats)
            assert whole, f"a packet stays open behind beat {made.told}"
        self.broken = True

    def check_monitor(self):
        """Not what was done of a command that broke; but that it is said."""
        counters, status = self.read("counters"), self.read("status")
        corrected = counters["corrected"]
        assert corrected <= self.flips or self.damaged, f"{corrected} corrections of {self.flips}"
        self.counts["corrected"] = corrected
        if not self.broken:
            if self.damaged:  # it may have broken behind the last result
                self.counts["broken"] = int(counters["broken"] > 0)
            super().check_monitor()
            return
        assert counters["broken"] == 1, "it breaks once"
        assert status["broken"], "it does not say that it is broken"
        assert self.read("state")["broken"], "it is not broken"
