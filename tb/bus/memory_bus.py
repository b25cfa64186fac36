"""Near memory as the arbiter sees it: keeps to AXI4, and to nothing more."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass

from bus.places_bus import OK, Bytes


@dataclass(frozen=True)
class Habits:
    """How it behaves.

    Attributes
    ----------
    latency : tuple of int
        Least and most cycles before an answer begins.
    ready, answer : float
        Probability in each cycle that something is taken; that something is offered.
    switch : float
        That the next beat is of another burst.
    lazy : bool
        READY rises only when VALID is seen.
    words_first : bool
        An address is only taken while a word is offered.
    strays : float
        Probability in each cycle of an answer that nobody waits for.
    """

    latency: tuple = (0, 0)
    ready: float = 1.0
    answer: float = 1.0
    switch: float = 0.3
    lazy: bool = False
    words_first: bool = False
    strays: float = 0.0


class Memory:
    """Takes bursts, and answers late, in any order of IDs, beats of different ones mixed.

    A write shows at the last moment that is allowed: with its acknowledgement.

    Attributes
    ----------
    content : Bytes
    seen : Counter
        What has happened, for coverage.
    """

    def __init__(self, config, wires, places, rng, habits):
        self._config, self._wires, self._rng, self.habits = config, wires, rng, habits
        self._places, self.content, self.seen = places, Bytes(places), Counter()
        self._bytes, self._now = config.data_bits // 8, 0
        self.reset()

    def reset(self):
        """Nothing is under way, and no byte is lost."""
        self._reads, self._current = defaultdict(deque), None
        self._addresses, self._words = deque(), []
        self._written = defaultdict(deque)
        self._offered = {"r": None, "b": None}
        self._strays = {"r": deque(), "b": deque()}

    @property
    def idle(self):
        return not any([*self._reads.values(), *self._written.values(), self._addresses])

    def stray(self, channel, identity):
        """Answer an ID that does not wait for it."""
        self._strays[channel].append(identity)

    def look(self, channel, value):
        """What was on a channel before this clock edge; returns the payload if it has moved."""
        valid, ready, payload = self._wires[channel].look(value)
        if not (valid and ready):
            return valid, None
        if channel == "ar":
            self._reads[payload["id"]].append([self._due(), payload, 0])
        elif channel == "aw":
            self._addresses.append(payload)
        elif channel == "w":
            self._words.append(payload)
        else:
            self._gone(channel)
        return valid, payload

    def _due(self):
        return self._now + self._rng.randint(*self.habits.latency)

    def _gone(self, channel):
        """An answer has been taken."""
        identity, fields = self._offered[channel]
        self._offered[channel] = None
        if identity is None:
            return
        if channel == "b":
            _, _, changes, _ = self._written[identity].popleft()
            if fields["resp"] == OK:
                self.content.write(changes)
        elif fields["last"]:
            self._reads[identity].popleft()
            self._current = None
        else:
            self._reads[identity][0][2] += 1

    def step(self, valid):
        """Drive the channels of the next cycle; ``valid``: what was offered in this one."""
        self._now += 1
        self._write()
        for channel, wires in self._wires.items():
            if wires.ours:
                if self._offered[channel] is None:
                    self._offered[channel] = self._answer(channel)
                    offered = self._offered[channel]
                    wires.offer(offered and offered[1], self._rng)
                continue
            ready = self._rng.random() < self.habits.ready
            if self.habits.lazy:
                ready = ready and valid[channel]
            if channel == "aw" and self.habits.words_first:
                # As an address is taken while its word is there, or has been.
                ready = ready and (valid["w"] or len(self._words) > 0)
            wires.take(ready)

    def _write(self):
        """Bursts with all their words are under way to their places."""
        ends = [n for n, word in enumerate(self._words) if word["last"]]
        while ends and self._addresses:
            request, count = self._addresses.popleft(), ends.pop(0) + 1
            words, self._words = self._words[:count], self._words[count:]
            ends = [n - count for n in ends]
            assert count == request["len"] + 1, f"{count} words"
            changes = {}
            for n, word in enumerate(words):
                place = (request["addr"] + (n << request["size"])) & -self._bytes
                data = word["data"].to_bytes(self._bytes, "little")
                for k in range(self._bytes):
                    if word["strb"] >> k & 1:
                        changes[place + k] = data[k]
            response = self._places.write_response(request["addr"])
            answer = (self._due(), request, changes, response)
            self._written[request["id"]].append(answer)

    def _answer(self, channel):
        """What is offered next on R or B: whose burst it is of (None: nobody's), and the fields."""
        rng = self._rng
        if self._strays[channel]:
            return None, self._rubbish(channel, self._strays[channel].popleft())
        if rng.random() > self.habits.answer:
            return None
        return self._next_beat() if channel == "r" else self._next_acknowledgement()

    def _rubbish(self, channel, identity):
        fields = {"id": identity, "resp": self._rng.getrandbits(2)}
        if channel == "r":
            fields["data"] = self._rng.getrandbits(self._config.data_bits)
            fields["last"] = self._rng.getrandbits(1)
        return fields

    def _ready(self, queues):
        """IDs whose oldest burst may be answered."""
        return [key for key, queue in queues.items() if queue and queue[0][0] <= self._now]

    def _next_beat(self):
        due = self._ready(self._reads)
        if not due:
            return None
        if self._current not in due or self._rng.random() < self.habits.switch:
            before, self._current = self._current, self._rng.choice(due)
            if before in due and before != self._current and self._reads[before][0][2]:
                self.seen["beats of two bursts are mixed"] += 1
        _, request, passed = self._reads[self._current][0]
        address = request["addr"] + (passed << request["size"])
        size, lane = 1 << request["size"], address % self._bytes
        data = self._rng.getrandbits(8 * self._bytes) & ~(((1 << 8 * size) - 1) << 8 * lane)
        data |= self.content.word(address, size) << 8 * lane
        fields = {"id": self._current, "data": data}
        fields["resp"] = self._places.read_response(address)
        fields["last"] = int(passed == request["len"])
        return self._current, fields

    def _next_acknowledgement(self):
        due = self._ready(self._written)
        if not due:
            return None
        identity = self._rng.choice(due)
        waiting = [queue[0][0] for queue in self._written.values() if queue]
        if self._written[identity][0][0] > min(waiting):
            self.seen["writes end in another order"] += 1
        return identity, {"id": identity, "resp": self._written[identity][0][3]}
