"""An arbiter between random masters and a memory, for Amaranth's own simulator."""

import random
from collections import Counter

from amaranth.sim import Simulator

from bus.master_bus import Master
from bus.memory_bus import Habits, Memory
from bus.places_bus import Places
from bus.watch_bus import Watch
from bus.wires_bus import Bench
from dre.bus import Arbiter

CALM = 4
"""Cycles after which a stray has certainly been told of."""

PATIENCE = 3000
PLAIN = Habits()


class Scene:
    """All of them, cycle by cycle.

    Parameters
    ----------
    config : ArbiterConfig
    seed : int
    tempers : callable
        Of a random number generator: a `Temper`.
    habits : Habits
    failing : float
        Probability that a place fails.

    Attributes
    ----------
    seen : Counter
        What has happened, for coverage.
    moves : Counter
        Handshakes on the bus, by channel.
    """

    def __init__(self, config, seed, tempers, habits=PLAIN, failing=0.05):
        self.config, self.rng = config, random.Random(seed)
        self.bench, places = Bench(Arbiter(config)), Places(self.rng.getrandbits(32), failing)
        wires = self.bench.wires
        self.masters = {
            port.name: Master(port, n, wires[port.name], places, self.rng, tempers(self.rng))
            for n, port in enumerate(config.ports)
        }
        self.memory = Memory(config, wires["out"], places, self.rng, habits)
        self.watch = Watch(config)
        self.moves, self._own = Counter(), Counter()
        self._quiet = False
        self._answers = [one for one in ("r", "b") if one in wires["out"]]
        self._told, self._sent, self._bars = Counter(), Counter(), []
        self._wires = [
            (name, channel, one) for name, own in wires.items() for channel, one in own.items()
        ]

    @property
    def seen(self):
        return self.watch.seen + self.memory.seen + self._own

    def play(self, process):
        """Simulate ``process(scene)``, which has `cycles`, `settle` and `restart`."""

        async def run(ctx):
            self._ctx = ctx
            self._drive({})
            await process(self)

        simulator = Simulator(self.bench.module)
        simulator.add_clock(1e-9)
        simulator.add_testbench(run)
        simulator.run()

    def change(self, tempers, habits):
        """Masters and memory behave differently from now on."""
        self.memory.habits = habits
        for master in self.masters.values():
            master.temper = tempers(self.rng)

    async def cycles(self, count):
        """Let so many cycles pass."""
        for _ in range(count):
            values, events = await self.bench.tick(self._ctx)
            valid = self._look(values, events)
            self._throw_strays()
            self._drive(valid)

    def _look(self, values, events):
        """What has happened before this clock edge; which channels of the bus were offered."""
        seen = {
            (name, channel): (value, wires)
            for value, (name, channel, wires) in zip(values, self._wires, strict=True)
        }
        offers = {
            channel: {
                name: seen[name, channel][1].look(seen[name, channel][0])
                for name in self.masters
                if (name, channel) in seen
            }
            for channel in ("ar", "aw", "w")
        }
        valid = {}
        self.watch.words(offers["w"])
        for channel in ("ar", "aw"):
            self.watch.asks(channel, offers[channel])
        for (name, channel), (value, wires) in seen.items():
            if name == "out":
                valid[channel], moved = self.memory.look(channel, value)
                self.moves[channel] += moved is not None
                if not wires.ours:
                    self.watch.out(channel, *wires.look(value), value >> 2)
                continue
            moved = self.masters[name].look(channel, value)
            if moved and (channel == "b" or (channel == "r" and moved["last"])):
                self.watch.ended("ar" if channel == "r" else "aw", name, moved["id"])
            elif channel in "rb" and value & 3 == 1:
                self._own[f"a port lets {channel} wait"] += 1
        for n, channel in enumerate("rb"):
            self._told[channel] += events >> n & 1
        return valid

    def _drive(self, valid):
        for master in self.masters.values():
            master.step()
        self.memory.step(dict.fromkeys(("ar", "aw", "w"), 0) | valid)
        self.bench.drive(self._ctx)

    def _throw_strays(self):
        """Now and then an answer for an ID that waits for none; its port keeps away from it."""
        for bar in list(self._bars):
            channel, master, key, since = bar
            if self._told[channel] == self._sent[channel]:
                bar[3] = since + 1
                if since > CALM:
                    self._bars.remove(bar)
                    if master:
                        master.barred.discard(key)
        if self._quiet or self._bars or self.rng.random() >= self.memory.habits.strays:
            return
        self._stray(self.rng.choice(self._answers), self.rng.randrange(1 << self.config.id_bits))

    def _stray(self, channel, identity):
        number, own = divmod(identity, 1 << self.config.port_id_bits)
        kind = "read" if channel == "r" else "write"
        owner = next((one for one in self.masters.values() if one.number == number), None)
        if owner and owner.of(kind, own):
            return
        if owner:
            owner.barred.add((kind, own))
        self._bars.append([channel, owner, (kind, own), 0])
        self.memory.stray(channel, identity)
        self._sent[channel] += 1
        self._own[f"a stray on {channel} of {'a port' if owner else 'no port'}"] += 1

    async def strays(self):
        """While nothing is under way: of a port, and of none if there is such an ID."""
        for channel in self._answers:
            numbers = (0, (1 << self.config.number_bits) - 1)
            for number in numbers:
                own = self.rng.randrange(1 << self.config.port_id_bits)
                self._stray(channel, number << self.config.port_id_bits | own)
        self._quiet = True
        await self.settle()

    async def settle(self):
        """No master wants more; until all is answered, and nothing differs."""
        self._calm(True)
        for _ in range(PATIENCE):
            if all(one.idle for one in (*self.masters.values(), self.memory)) and not self._bars:
                break
            await self.cycles(1)
        else:
            raise AssertionError("it does not end")
        await self.cycles(CALM)
        assert self._told == self._sent, f"strays: {self._told}, {self._sent}"
        expected = {}
        for master in self.masters.values():
            expected |= master.there.items()
        assert dict(self.memory.content.items()) == expected
        self._calm(False)

    def _calm(self, quiet):
        self._quiet = quiet
        for master in self.masters.values():
            master.quiet = quiet

    async def restart(self):
        """Reset, in the middle of whatever goes on; both sides forget."""
        ctx = self._ctx
        self._own["reset with reads under way"] += any(m.of("read") for m in self.masters.values())
        self._own["reset with writes under way"] += any(
            m.of("write") for m in self.masters.values()
        )
        unsure = {
            place: byte
            for master in self.masters.values()
            for burst in master.of("write")
            for place, byte in burst.changes.items()
        }
        ctx.set(self.bench.reset, 1)
        values, _ = await self.bench.tick(ctx)
        for value, (name, channel, _) in zip(values, self._wires, strict=True):
            if (name, channel) == ("out", "b"):  # one that is taken in the last moment counts
                self.memory.look(channel, value)
        for one in (*self.masters.values(), self.memory, self.watch):
            one.reset()
        for master in self.masters.values():
            master.barred.clear()
        self._bars.clear()
        self._told.clear()
        self._sent.clear()
        for _, _, wires in self._wires:
            if wires.ours:
                wires.offer(None, self.rng)
            else:
                assert not ctx.get(wires.seen) & 1, f"{wires.name}: offered after reset"
        ctx.set(self.bench.reset, 0)
        written = dict(self.memory.content.items())
        for place, byte in unsure.items():
            now = self.memory.content[place]
            owner = next(m for m in self.masters.values() if m.first <= place < m.first + 4096)
            assert now in (byte, owner.there[place])
            if place in written:
                owner.there.write({place: now})
        self._drive({})
