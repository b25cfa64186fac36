"""A master of the arbiter that reads and writes its part of a memory at random."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass

from bus.places_bus import OK, REGION, Bytes
from streams import Police

INCREMENTING = 1


@dataclass(frozen=True)
class Temper:
    """How a master behaves.

    Attributes
    ----------
    busy : float
        Probability in each cycle that it wants another burst.
    offer, take : float
        That a channel's next payload is offered; that an answer is taken.
    longest : int
        Most beats of a burst.
    pushy : int
        Bursts of an ID that it asks for beyond what the arbiter lets through.
    early_words : bool
        Words may be offered before their address.
    """

    busy: float = 1.0
    offer: float = 1.0
    take: float = 1.0
    longest: int = 8
    pushy: int = 0
    early_words: bool = False


@dataclass(eq=False)
class Asked:
    """A burst under way: where, what must come of it, and what it changes."""

    address: int
    size: int
    beats: list
    changes: dict


class Master:
    """Wants bursts, keeps to AXI4, and compares each answer with a plain dictionary.

    Attributes
    ----------
    barred : set of (str, int)
        IDs of reads or writes that must not be used.
    done : Counter
        Bursts that have ended, and beats, by kind.
    """

    def __init__(self, port, number, wires, places, rng, temper):
        self._port, self._wires, self._rng, self.temper = port, wires, rng, temper
        self._places = places
        self.number, self.first, self.shared = number, REGION * (number + 1), 0
        self.there = Bytes(places)
        self.barred, self.done, self.quiet = set(), Counter(), False
        self.reset()

    def reset(self):
        """Forget what is under way; bytes that were being written may or may not have been."""
        self.under_way = {"read": defaultdict(deque), "write": defaultdict(deque)}
        self._queues = {channel: deque() for channel in ("ar", "aw", "w")}
        self._offered = dict.fromkeys(self._queues)
        self._early = 0  # words at the front of their queue that may be offered before an address
        self._police = {name: Police(f"{self._port.name} {name}") for name in ("r", "b")}

    @property
    def idle(self):
        return not any(self.of(kind) for kind in self.under_way)

    def of(self, kind, identity=None):
        """Bursts under way, those that wait for the bus too; of one ID, or all."""
        queues = self.under_way[kind]
        if identity is None:
            return [burst for queue in queues.values() for burst in queue]
        return list(queues[identity])

    def look(self, channel, value):
        """What was on a channel before this clock edge; returns the payload if it has moved."""
        wires = self._wires[channel]
        valid, ready, payload = wires.look(value)
        if not wires.ours:
            self._police[channel].look(valid, ready, value >> 2)
        if not (valid and ready):
            return None
        if wires.ours:
            assert payload == self._offered[channel]
            self._offered[channel] = None
        else:
            {"r": self._beat, "b": self._acknowledged}[channel](payload)
        return payload

    def _beat(self, payload):
        queue = self.under_way["read"][payload["id"]]
        assert queue, f"{self._port.name}: a beat that nobody asked for"
        data, response = queue[0].beats.pop(0)
        assert payload["resp"] == response
        assert payload["data"] == data, f"{self._port.name}: {queue[0].address:#x}"
        assert payload["last"] == (not queue[0].beats)
        self.done["beats"] += 1
        if payload["last"]:
            queue.popleft()
            self.done["read"] += 1

    def _acknowledged(self, payload):
        queue = self.under_way["write"][payload["id"]]
        assert queue, f"{self._port.name}: an acknowledgement that nobody waits for"
        burst = queue.popleft()
        assert not any(word[0] is burst for word in self._queues["w"]), "before its words"
        assert payload["resp"] == self._places.write_response(burst.address)
        if payload["resp"] == OK:
            self.there.write(burst.changes)
        self.done["write"] += 1

    def step(self):
        """Want something, and drive the channels of the next cycle."""
        rng, temper = self._rng, self.temper
        for kind, most in (("read", self._port.reads), ("write", self._port.writes)):
            if most and not self.quiet and rng.random() < temper.busy:
                self._want(kind, most)
        for channel, wires in self._wires.items():
            if not wires.ours:
                wires.take(rng.random() < temper.take)
                continue
            if self._offered[channel] is None:
                self._offered[channel] = self._next(channel)
                wires.offer(self._offered[channel], rng)

    def _next(self, channel):
        """What is offered next on a channel that is free."""
        queue = self._queues[channel]
        if not queue or self._rng.random() > self.temper.offer:
            return None
        if channel != "w":
            return queue.popleft()[1]
        burst = queue[0][0]
        waits = any(one is burst for one, _ in self._queues["aw"])
        if waits and not self.temper.early_words:
            return None
        return queue.popleft()[1]

    def _want(self, kind, most):
        rng, port = self._rng, self._port
        identity = rng.randrange(port.ids)
        full = len(self.under_way[kind][identity]) >= most + self.temper.pushy
        if full or len(self._queues["ar" if kind == "read" else "aw"]) > 2:
            return
        if (kind, identity) in self.barred:
            return
        step, beats = port.data_bits // 8, rng.randint(1, self.temper.longest)
        base = self.first if kind == "write" or rng.random() < 0.7 else self.shared
        address = base + step * rng.randrange(REGION // step - beats + 1)
        if self._overlaps(address, step * beats, kind):
            return
        request = {"id": identity, "addr": address, "len": beats - 1, "size": port.beat_shift}
        request |= {"burst": INCREMENTING, "cache": rng.getrandbits(4), "prot": rng.getrandbits(3)}
        addresses = range(address, address + step * beats, step)
        burst = Asked(address, step * beats, [], {})
        self.under_way[kind][identity].append(burst)
        if kind == "read":
            responses = [self._places.read_response(place) for place in addresses]
            words = [self.there.word(place, step) for place in addresses]
            burst.beats = list(zip(words, responses, strict=True))
            self._queues["ar"].append((burst, request))
            return
        self._queues["aw"].append((burst, request))
        for place in addresses:
            self._queues["w"].append((burst, self._word(burst, place, place == addresses[-1])))

    def _word(self, burst, place, last):
        step, rng = self._port.data_bits // 8, self._rng
        data = rng.getrandbits(8 * step)
        strobes = rng.choice([(1 << step) - 1, rng.getrandbits(step)])
        for n, byte in enumerate(data.to_bytes(step, "little")):
            if strobes >> n & 1:
                burst.changes[place + n] = byte
        return {"data": data, "strb": strobes, "last": int(last)}

    def _overlaps(self, address, size, kind):
        """Whether a burst under way touches the same bytes, and one of the two writes."""
        others = self.of("write") + (self.of("read") if kind == "write" else [])
        return any(
            address < other.address + other.size and other.address < address + size
            for other in others
        )
