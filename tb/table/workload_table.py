"""Random work for the table unit: contexts that grow, are looked at, age and begin anew."""

from collections import Counter

from dre.layouts import ChunkStatus
from streams import Stalls
from table.scene_table import BUILD

STREAMS = ("passes", "reads", "assignments", "aged", "table", "counts", "assigned")


def some_stalls(rng):
    """Every stream waits in its own way."""
    ways = [Stalls(), Stalls(0.5, 0.5), Stalls(0.9, 0.2), Stalls(1.0, 0.7, lazy=True)]
    return {name: rng.choice(ways) for name in STREAMS}


class Workload:
    """Chooses what comes next, and what has been seen of what may be.

    A context has either requests or changes under way, as its users see to (D23).
    """

    def __init__(self, scene):
        self._scene, self._rng = scene, scene.rng
        self.seen = Counter()

    def tokens(self, context, count, kind=None):
        """Tokens of a chunk, as the HCU could have decided.

        ``kind``: "mixed"; "one", all in the same cluster; "new", the first one founds it; "found",
        all found as long as they can.
        """
        rng, known = self._rng, len(self._scene.plain.entries[context])
        kind = kind or rng.choice(["mixed", "mixed", "one", "new"])
        eager = {"mixed": rng.choice([0.1, 0.5, 0.9]), "found": 1}.get(kind, 0)
        tokens = []
        for n in range(count):
            founds = rng.random() < eager or (kind == "new" and n == 0)
            founds = not known or (known < BUILD.max_clusters and founds)
            near = max(0, known - 3) if rng.random() < 0.5 else 0
            cluster = known if founds else rng.randrange(near, known)
            if kind in ("one", "new") and n:
                founds, cluster = False, tokens[0]["cluster"]
            known += founds
            tokens.append(
                {
                    "cluster": cluster,
                    "founded": int(founds),
                    "full": rng.getrandbits(1),
                    "distance": rng.randint(0, BUILD.hash_bits),
                    "word": rng.getrandbits(BUILD.hash_bits),
                }
            )
        self._notice(tokens)
        return tokens

    def _notice(self, tokens):
        clusters = [token["cluster"] for token in tokens]
        founded = {token["cluster"] for token in tokens if token["founded"]}
        joined = [token["cluster"] for token in tokens if not token["founded"]]
        self.seen["a chunk without tokens"] += not tokens
        self.seen["the largest chunk"] += len(tokens) == BUILD.max_chunk
        self.seen["joined twice"] += len(set(joined)) < len(joined)
        self.seen["founded and joined"] += bool(founded & set(joined))
        self.seen["founded"] += bool(founded)
        self.seen["all in one"] += len(clusters) > 1 and len(set(clusters)) == 1

    def chunk(self, context):
        """A chunk is decided: it counts, or not."""
        size = self._rng.choice([0, 1, BUILD.max_chunk, self._rng.randint(0, BUILD.max_chunk)])
        tokens = self.tokens(context, size)
        status = self._rng.choice([ChunkStatus.OK] * 4 + [ChunkStatus.OUT_OF_STEP])
        self.seen["a chunk that does not count"] += status != ChunkStatus.OK
        self._scene.decide(context, tokens, status)

    def age(self, context):
        """Some tokens become far tokens, often of one cluster."""
        rng, counts = self._rng, self._scene.plain.counts[context]
        cluster = rng.randrange(len(counts))
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.4:
                cluster = rng.randrange(len(counts))
            self._scene.age(context, cluster)

    def ask(self, context):
        """Requests of one context, one behind the other."""
        scene, rng = self._scene, self._rng
        known = len(scene.plain.entries[context])
        for _ in range(rng.randint(1, 3)):
            kind = rng.randrange(5)
            if kind < 2:
                scene.ask_pass(context, group=rng.randrange(BUILD.groups))
            elif kind < 4:
                scene.ask_counts(context, row=rng.randrange(BUILD.max_rows))
            else:
                scene.ask_nothing(context)
        self.seen["nothing to be read"] += known == 0
        self.seen["all clusters"] += known == BUILD.max_clusters
        self.seen["a request behind another"] += len(scene.passes.open) > 1

    async def open(self):
        """What is wanted and may not come by chance."""
        most = BUILD.max_chunk
        self.ask(0)
        await self.answered()
        for size, kind in ((0, "mixed"), (most, "new"), (most, "one"), (most, "mixed")):
            self._scene.decide(0, self.tokens(0, size, kind))
            await self.shown()
            for _ in range(2):
                self._scene.ask_pass(0)
            self.seen["a request behind another"] += 1
            await self.answered()
        self._scene.decide(0, self.tokens(0, 1), ChunkStatus.OUT_OF_STEP)
        self.seen["a chunk that does not count"] += 1

    async def play(self, count):
        """So many turns, of changes and of requests."""
        scene, rng = self._scene, self._rng
        for _ in range(count):
            contexts = rng.sample(range(BUILD.contexts), rng.randint(1, min(3, BUILD.contexts)))
            for context in contexts:
                if rng.random() < 0.1:
                    scene.begin_anew(context)
                if rng.random() < 0.7:
                    self.chunk(context)
            await self.shown()
            for context in contexts:
                if scene.plain.counts[context] and rng.random() < 0.6:
                    self.age(context)
            await self.shown()
            for context in contexts:
                self.ask(context)
            if rng.random() < 0.5:
                await self.answered()
            others = [n for n in range(BUILD.contexts) if n not in contexts]
            if others and rng.random() < 0.5:  # beside the requests
                self.chunk(rng.choice(others))
            await self.answered()

    async def shown(self):
        """Changes have been handed over; they need not be in memory yet."""
        await self._scene.until(lambda: not self._scene.changing)

    async def answered(self):
        """Requests have their answers."""
        await self._scene.until(lambda: not self._scene.under_way)
