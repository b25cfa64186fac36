"""Near memory as the metadata store sees it, for Amaranth's own simulator.

It looks at every rule that AXI4 and the specification have for the store, answers late, pushes
back on every channel, and fails as it is told. A write shows at the last moment that is allowed:
with its acknowledgement.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from streams import Police

OK, SLVERR, DECERR = 0, 2, 3
LINE, PAGE_WORDS, MOST_WRITES = 4, 512, 8
ADDRESS = ("valid", "ready", "id", "addr", "len", "size", "burst", "cache", "prot")
WRITE = ("valid", "ready", "data", "strb", "last")
ORDINARY = {"id": 0, "size": 3, "burst": 1, "cache": 3, "prot": 2}


@dataclass
class Habits:
    """How it behaves.

    Attributes
    ----------
    latency : tuple of int
        Least and most cycles before an answer begins.
    ready, answer : float
        Probability in each cycle that something is taken; that a beat or an answer is offered.
    reads : callable
        The beats of a burst as (response, last), of what it would be: change it to fail.
    write : callable
        The response to a write.
    """

    latency: tuple[int, int] = (0, 0)
    ready: float = 1.0
    answer: float = 1.0
    reads: Callable = field(default=lambda beats: beats)
    write: Callable = field(default=lambda: OK)


def some_habits(rng):
    """A memory of some kind or other."""
    return Habits(
        latency=rng.choice([(0, 0), (0, 5), (10, 20), (0, 30)]),
        ready=rng.choice([1.0, 0.7, 0.3]),
        answer=rng.choice([1.0, 0.7, 0.4]),
    )


class Home:
    """Words of 64 bits; those that nobody has written hold anything.

    Attributes
    ----------
    content : dict of int to int
        By the word's number in the array.
    reads, writes : int
        Bursts that were asked for, and words that were written.
    """

    def __init__(self, store, words, base, rng, habits):
        self._port, self._rng, self.habits = store.home, rng, habits
        self._words, self._first = words, base * PAGE_WORDS
        self.content = {}
        self.reads = self.writes = 0
        self._forget()

    def reset(self, ctx):
        """As its side of the bus is: nothing is under way, and no word is lost."""
        ctx.set(self._port.rvalid, 0)
        ctx.set(self._port.bvalid, 0)
        self._forget()

    def _forget(self):
        self._asked, self._addresses, self._data = deque(), deque(), deque()
        self._answers = deque()
        self._beats = deque()
        self._put = {"r": False, "b": False}
        self._police = {channel: Police(f"home {channel}") for channel in ("ar", "aw", "w")}

    @property
    def busy(self):
        """Whether anything is under way."""
        return bool(self._asked or self._beats or self._addresses or self._data or self._answers)

    def word(self, number):
        """A word as it is now."""
        return self.content.setdefault(number, self._rng.getrandbits(64))

    async def serve(self, ctx):
        """A testbench that runs beside the others, and before them in each cycle."""
        port, now = self._port, 0
        channels = {"ar": ADDRESS, "aw": ADDRESS, "w": WRITE, "r": ("ready",), "b": ("ready",)}
        names = [channel + name for channel, own in channels.items() for name in own]
        self._drive(ctx, now)
        async for _, reset, *values in ctx.tick().sample(*(getattr(port, name) for name in names)):
            assert not reset
            now += 1
            seen = dict(zip(names, values, strict=True))
            self._see(seen, now)
            self._drive(ctx, now)

    def _see(self, seen, now):
        """What has just happened."""
        fields = {
            channel: {name: seen[channel + name] for name in names}
            for channel, names in {"ar": ADDRESS, "aw": ADDRESS, "w": WRITE}.items()
        }
        moved = {channel: self._moves(channel, own) for channel, own in fields.items()}
        if self._put["r"] and seen["rready"]:
            self._beats.popleft()
            self._put["r"] = False
        if self._put["b"] and seen["bready"]:
            number, word, response, _ = self._answers.popleft()
            if response == OK:
                self.content[number] = word
            self._put["b"] = False
        if moved["ar"]:
            self._asked.append((self._line(fields["ar"]), now + self._rng.randint(*self._span())))
            self.reads += 1
        if moved["aw"]:
            self._addresses.append(self._single(fields["aw"]))
        if moved["w"]:
            self._data.append(self._stored(fields["w"]))
        while self._addresses and self._data:
            due = now + self._rng.randint(*self._span())
            answer = (self._addresses.popleft(), self._data.popleft(), self.habits.write(), due)
            self._answers.append(answer)
            self.writes += 1
        assert max(len(self._addresses), len(self._data)) + len(self._answers) <= MOST_WRITES
        while self._asked and self._asked[0][1] <= now:
            self._begin(self._asked.popleft()[0])

    def _span(self):
        return self.habits.latency

    def _moves(self, channel, own):
        valid, ready = own["valid"], own["ready"]
        payload = tuple(value for name, value in own.items() if name not in ("valid", "ready"))
        number = sum(value << 64 * n for n, value in enumerate(payload))
        self._police[channel].look(bool(valid), bool(ready), number)
        return valid and ready

    def _number(self, own):
        assert {name: own[name] for name in ORDINARY} == ORDINARY
        assert own["addr"] % 8 == 0, f"an address within a word: {own['addr']:#x}"
        return own["addr"] // 8 - self._first

    def _line(self, own):
        number = self._number(own)
        assert own["len"] == LINE - 1, "not a line"
        assert number % LINE == 0, "a line that does not begin where one does"
        assert 0 <= number < self._words, f"outside of the array: {number}"
        return number

    def _single(self, own):
        number = self._number(own)
        assert own["len"] == 0, "more than a word"
        assert 0 <= number < self._words, f"outside of the array: {number}"
        return number

    def _stored(self, own):
        assert (own["strb"], own["last"]) == (255, 1)
        assert own["data"] >> 63 == 0, "the last bit is 0"
        return own["data"]

    def _begin(self, first):
        """The beats of a line, of words as they are now."""
        beats = self.habits.reads([(OK, n == LINE - 1) for n in range(LINE)])
        for n, (response, last) in enumerate(beats):
            self._beats.append((self.word(first + n % LINE), response, last))

    def _drive(self, ctx, now):
        """What is offered and taken in the next cycle; an idle bus carries rubbish."""
        port, rng, habits = self._port, self._rng, self.habits
        for channel in ("ar", "aw", "w"):
            ctx.set(getattr(port, channel + "ready"), rng.random() < habits.ready)
        if not self._put["r"]:
            self._put["r"] = bool(self._beats) and rng.random() < habits.answer
            beat = self._beats[0] if self._put["r"] else (rng.getrandbits(64), rng.getrandbits(2))
            ctx.set(port.rdata, beat[0])
            ctx.set(port.rresp, beat[1])
            ctx.set(port.rlast, beat[2] if self._put["r"] else rng.getrandbits(1))
            ctx.set(port.rvalid, self._put["r"])
        if not self._put["b"]:
            due = bool(self._answers) and self._answers[0][3] <= now
            self._put["b"] = due and rng.random() < habits.answer
            ctx.set(port.bresp, self._answers[0][2] if self._put["b"] else rng.getrandbits(2))
            ctx.set(port.bvalid, self._put["b"])


def home_of(store, words, base, seed, habits=None):
    """A memory with its own random numbers."""
    rng = random.Random(seed + 1)
    return Home(store, words, base, rng, habits or some_habits(rng))
