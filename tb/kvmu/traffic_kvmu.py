"""What engines ask of a KVMU: random commands over several contexts, right or wrong."""

from dataclasses import dataclass, field, replace

from kvmu.bad_kvmu import BAD
from kvmu.golden_kvmu import END, FETCH, FREE, GRANT, INIT, OK, RELEASE
from kvmu.packets_kvmu import assigned, assigned_faults, selected, selected_faults
from model.mirror import founded

SELECTIONS = ("none", "all", "some", "alternating", "one", "unknown")
GROWTHS = ("giant", "spread", "runs")
"""How tokens find clusters: nearly all the same one, any, or one for some time; there is also
"founders", each its own, while there may be more."""


def leaving_soon(build):
    """Settings: a token is a far token at the end of its chunk, and leaves as soon as it can."""
    return {"sink_tokens": 0, "recent_tokens": 0, "held_back": build.page_entries - 1}


@dataclass
class Mix:
    """What a sequence is made of: probabilities.

    Attributes
    ----------
    fetch, free : float
        A chunk selects something; a context ends before it must.
    fault : float
        A packet is not as it should be.
    bad : float
        A bad command comes before the next one.
    fail : float
        A page fails at least once; half of these fail for good.
    contexts : tuple of int
        Which there are.
    selections : tuple of str
        Of `SELECTIONS`.
    settings : dict
        Of all contexts, beside what is random.
    growths : tuple of str
        Of `GROWTHS`, and "founders".
    faults : (str, dict) or None
        The stream that has faults, and which; None: all.
    long : bool
        Every chunk is as long as it may be.
    """

    contexts: tuple = (0,)
    fetch: float = 0.8
    free: float = 0.01
    fault: float = 0.0
    bad: float = 0.0
    fail: float = 0.0
    selections: tuple = SELECTIONS
    settings: dict = field(default_factory=dict)
    growths: tuple = GROWTHS
    faults: tuple | None = None
    long: bool = False


class Traffic:
    """Commands, one after the other, as the model's state allows them.

    Parameters
    ----------
    scene : Scene
    mix : Mix
    """

    def __init__(self, scene, mix):
        self.scene, self.mix, self.rng, self.build = scene, mix, scene.rng, scene.build
        self._growth, self._refused = {}, set()

    async def run(self, commands):
        """Give so many commands, and let them end."""
        for _ in range(commands):
            if self.rng.random() < self.mix.bad:
                await self.scene.give(self._bad_command())
            await self.next(self.rng.choice(self.mix.contexts))
        await self.scene.finish()

    async def next(self, context):
        """Give a command of a context that it can do now."""
        rng, mix, give = self.rng, self.mix, self.scene.give
        state = self.scene.golden.state(context)
        if state is None:
            self._growth[context] = rng.choice(self.mix.growths)
            await give(self.init_command(context))
            return
        if context in self._refused or rng.random() < mix.free:
            self._refused.discard(context)
            await give(self.named(FREE, context))
        elif not state.granted:
            made = await give(self.grant_command(context))
            if made.result["status"] != OK and rng.random() < 0.5:
                self._refused.add(context)
        elif state.fetch is not None:
            await give(self.named(RELEASE, context), failures=self.failures)
        elif context not in self.scene.golden.fetched and rng.random() < mix.fetch:
            command = self.named(FETCH, context)
            await give(command, self.selection(command), self.failures)
        else:
            command = self.named(END, context)
            await give(command, self.assignment(command), self.failures)

    def named(self, op, context):
        """A command of the chunk under way."""
        return {"op": op, "context": context, "chunk": self.scene.golden.chunks[context] or 0}

    def init_command(self, context, **settings):
        """INIT with settings that may fit."""
        rng, build = self.rng, self.build
        least = build.page_entries - 1
        max_chunk = rng.randint(1, build.max_chunk)
        share = build.near_slots // len(self.mix.contexts)
        room = max(0, share - 2 * max_chunk - least)
        sinks = rng.choice([0, 1, rng.randint(0, min(255, room // 3))])
        command = {
            "sink_tokens": min(sinks, room // 3),
            "recent_tokens": rng.choice([0, rng.randint(0, room // 3)]),
            "max_chunk": max_chunk,
            "held_back": least + rng.choice([0, rng.randint(0, room // 3)]),
            "frames": rng.randint(1, max(1, build.frames // len(self.mix.contexts))),
        }
        command |= self.mix.settings
        if not self.mix.settings and not settings and not rng.randrange(8):
            self._ask_for_all(command)
        return {"op": INIT, "context": context} | command | settings

    def _ask_for_all(self, command):
        """Exactly the slots that are left, or one more than that."""
        golden = self.scene.golden
        states = [golden.state(context) for context in golden.chunks]
        left = self.build.near_slots
        left -= sum(state.config.sink_tokens + state.config.capacity for state in states)
        asked = command["sink_tokens"] + command["recent_tokens"] + command["held_back"]
        more = left - asked - 2 * command["max_chunk"] + self.rng.choice([0, 1, 1])
        command["recent_tokens"] = max(0, command["recent_tokens"] + more)

    def grant_command(self, context):
        """GRANT of the next chunk."""
        state = self.scene.golden.state(context)
        most = min(state.config.max_chunk, max(1, self.build.max_tokens - state.tokens))
        tokens = self.rng.choice([1, most, self.rng.randint(1, most)])
        if self.mix.long:
            tokens = most
        self.scene.chunk = (self.scene.chunk + 1) % 2**16
        return {"op": GRANT, "context": context, "chunk": self.scene.chunk, "tokens": tokens}

    def failures(self, page):
        """How often moving a page fails."""
        rng, retries = self.rng, self.build.retries
        if rng.random() >= self.mix.fail:
            return 0
        return retries + 1 if not retries or rng.random() < 0.5 else rng.randint(1, retries)

    def selection(self, command):
        """A packet of ``selected``."""
        known = self.scene.golden.state(command["context"]).clusters
        clusters = self._clusters(self.rng.choice(self.mix.selections), known)
        packet = selected(self.rng, self.build, command, clusters, known)
        return self._faulty(packet, "selected", selected_faults(self.build.lanes))

    def _clusters(self, how, known):
        rng, lanes = self.rng, self.build.lanes
        beats = (-(-self.build.max_clusters // lanes) - 1).bit_length()
        every = range(lanes << beats)  # what a packet can name
        if how == "none" or (not known and how != "unknown"):
            return []
        if how == "one":
            return [rng.randrange(known)]
        if how == "some":
            return rng.sample(range(known), rng.randint(1, known))
        if how == "unknown":
            most = min(self.build.max_clusters, 2 * known + 2)  # more cannot be counted
            return rng.sample(every, rng.randint(1, most))
        return list(range(0, known, 2 if how == "alternating" else 1))

    def assignment(self, command):
        """A packet of ``assignments``."""
        rng, build, most = self.rng, self.build, self.build.max_clusters
        state = self.scene.golden.state(command["context"])
        count = state.granted - state.sinks_among(state.granted)
        how = self._growth.setdefault(command["context"], rng.choice(self.mix.growths))
        if how == "giant" or not rng.randrange(8):
            most = min(most, max(1, min(state.clusters, 2)))
        cluster_of = founded(rng, state.clusters, count, most)
        if how == "runs" and count:
            cluster_of = [min(cluster_of)] * count
        packet = assigned(rng, build, command, cluster_of, state.clusters)
        return self._faulty(packet, "assigned", assigned_faults(build.max_clusters))

    def _faulty(self, packet, stream, faults):
        chosen, faults = self.mix.faults or (stream, faults)
        if chosen != stream or self.rng.random() >= self.mix.fault:
            return packet
        name = self.rng.choice(sorted(faults))
        faulty = faults[name](self.rng, packet)
        return packet if faulty is None else replace(faulty, fault=name)

    def _bad_command(self):
        """A command that must change nothing."""
        names = sorted(BAD)
        self.rng.shuffle(names)
        names.sort(key=lambda name: self.scene.seen[f"bad {name}"])  # what was seen least
        name, command = next(
            (name, command) for name in names if (command := BAD[name](self)) is not None
        )
        self.scene.seen[f"bad {name}"] += 1
        return command

    def some(self, wanted):
        """A context whose state is like that, or None."""
        found = [one for one in self.mix.contexts if wanted(self.scene.golden.state(one))]
        return self.rng.choice(found) if found else None
