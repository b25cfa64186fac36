"""What the arbiter itself must do, looked at in every cycle: order, turns, bounds, lanes."""

from collections import Counter, deque

from streams import Police

OUTPUTS = ("ar", "aw", "w")
ADDRESSES = {"ar": "reads", "aw": "writes"}
WRITES_AHEAD = 4


class Watch:
    """Follows every burst from its master to the bus (spec D110 to D113).

    Attributes
    ----------
    seen : Counter
        What has happened, for coverage.
    """

    def __init__(self, config):
        self._config, self.seen = config, Counter()
        self._named = {port.name: (n, port) for n, port in enumerate(config.ports)}
        self._own_bits = max(port.id_bits for port in config.ports)
        self.reset()

    def reset(self):
        """Nothing is under way."""
        self._police = {channel: Police(f"out {channel}") for channel in OUTPUTS}
        self._due = {channel: deque() for channel in OUTPUTS}
        self._open = deque()  # writes whose words have not all been taken: port, address, words
        self._offered = Counter()  # on the bus, by channel: bursts
        self._counts = Counter()  # under way, by channel, port and ID
        self._passed_over = {}

    def identity(self, number, own):
        """The ID on the bus."""
        return number << self._own_bits | own

    def known(self, channel, identity):
        """Whether an answer's ID has a burst under way."""
        own = identity & ((1 << self._own_bits) - 1)
        return self._counts[channel, identity >> self._own_bits, own] > 0

    def out(self, channel, valid, ready, payload, raw):
        """A channel of the bus that the arbiter offers."""
        before = self._police[channel]._offered is None
        self._police[channel].look(valid, ready, raw)
        if valid and before:
            self._offered[channel, "bursts"] += channel != "w"
            if channel == "w":
                begun = self._offered["w", "begun"] + 1
                assert begun <= self._offered["aw", "bursts"], "a word before its address"
        if valid and ready:
            assert payload == self._due[channel].popleft(), f"on {channel}"
            if channel == "w":
                self._offered["w", "begun"] += payload["last"]
        elif valid:
            self.seen[f"{channel} waits"] += 1

    def asks(self, channel, offers):
        """Address channels of the ports, by name: valid, ready, payload; in turns, and bounded."""
        wanting, taken = [], []
        for name, (valid, ready, payload) in offers.items():
            number, port = self._named[name]
            key = channel, number, payload["id"]
            if valid and self._counts[key] < getattr(port, ADDRESSES[channel]):
                wanting.append(name)
            elif valid:
                assert not ready, f"{name}: more bursts than its bound"
                self.seen[f"{channel} is held back"] += 1
            if valid and ready:
                taken.append(name)
                self._counts[key] += 1
                self._begin(channel, name, payload)
        assert len(taken) <= 1
        self.seen[f"{channel} of two ports at once"] += len(wanting) > 1
        for name in wanting:
            over = self._passed_over.setdefault((channel, name), Counter())
            over.update(taken)
            if name in taken:
                over.clear()
            assert all(count <= 1 for count in over.values()), f"{name} waits: {over}"

    def _begin(self, channel, name, payload):
        number, port = self._named[name]
        on_bus = payload | {"id": self.identity(number, payload["id"])}
        self._due[channel].append(on_bus)
        if channel == "aw":
            self._open.append([name, payload["addr"], payload["len"] + 1])
            self.seen["as many writes ahead as may be"] += len(self._open) == WRITES_AHEAD
            assert len(self._open) <= WRITES_AHEAD
        if port.data_bits < self._config.data_bits:
            lane = payload["addr"] % (self._config.data_bits // 8) // (port.data_bits // 8)
            self.seen[f"{channel} narrow, lane {lane}"] += 1

    def words(self, offers):
        """W of the ports, before `asks` in each cycle: only the oldest burst's port may send."""
        moved = [name for name, (valid, ready, _) in offers.items() if valid and ready]
        assert len(moved) <= 1
        for name in moved:
            assert self._open, f"a word of {name} without an address"
            owner, address, left = self._open[0]
            assert owner == name, f"a word of {name}, not of {owner}"
            payload = offers[name][2]
            assert payload["last"] == (left == 1)
            size, width = self._named[name][1].data_bits // 8, self._config.data_bits // 8
            lane = address % width
            data = sum(payload["data"] << 8 * n for n in range(0, width, size))
            word = {"data": data, "strb": payload["strb"] << lane, "last": payload["last"]}
            self._due["w"].append(word)
            self._open[0] = [name, address + size, left - 1]
            if left == 1:
                self._open.popleft()
        waits = sum(valid for valid, ready, _ in offers.values() if not ready)
        self.seen["words of two ports at once"] += waits + len(moved) > 1

    def ended(self, channel, name, own):
        """The last answer of a burst has been taken."""
        self._counts[channel, self._named[name][0], own] -= 1
