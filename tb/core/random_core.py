"""Random chunks for a whole DRE, and what must come of each, by the golden models alone."""

from collections import Counter

import numpy as np
from amaranth.hdl import Shape

import resv
from core.expected_core import NO_COMMAND, Context, Expected
from core.situations_core import cross
from dre.layouts import NO_CAP, RowStatus, ScoreMode
from dre.rtl import Work
from kvmu.golden_kvmu import END, FETCH, FREE, GRANT, INIT, OK, REFUSED, RELEASE, Golden
from kvmu.packets_kvmu import Packet
from resv.numerics import BF16
from table.plain_table import Plain
from wtu.chunks import Job
from wtu.golden import golden_rows

SHORT = 0.8
"""Chunks that have few tokens and few rows."""
NOT_FINITE = 0.1
"""Chunks of which some scores are no numbers."""


class Traffic:
    """Chunks of several contexts of one device, from its reset on.

    Parameters
    ----------
    build : dre.core.DREConfig
    bases : dict of str to int
    rng : random.Random
    stalls : bool
        Whether the device's streams stall.
    """

    def __init__(self, build, bases, rng, stalls=False):
        self.build, self.rng, self._stalls = build, rng, stalls
        self._refused, self._last = False, None
        self.golden, self.plain = Golden(build.kvmu, bases), Plain()
        self.contexts, self.number, self.seen = {}, 0, Counter()

    # -- contexts and settings ---------------------------------------------------------------------

    def settings(self):
        """Thresholds and modes, drawn anew: for `dre.rtl.RTL.configure`."""
        rng, build = self.rng, self.build
        self.TH = rng.choice([None, 0, 19_661, 60_000, rng.randrange(65_536)])
        self.mode = rng.choice([ScoreMode.EXP, ScoreMode.EXP, ScoreMode.WEIGHT])
        self.rules = resv.ClusterRules(
            Th_hd=rng.choice([0, 3, 7, 7, 12, build.hash_bits + 1]),
            max_clusters=rng.choice([build.max_clusters, rng.randint(1, build.max_clusters), 3]),
            cluster_cap=rng.choice([None, None, 1, rng.randint(1, 12)]),
            max_chunk=build.max_chunk,
        )
        self.K, self.k = rng.choice([(33_428, 18), (2**15, rng.randint(14, 22)), (65_535, 20)])
        self.seen[f"mode {self.mode.name.lower()}"] += 1
        self.seen["everything is selected"] += self.TH is None
        return {
            "Th_hd": self.rules.Th_hd,
            "max_clusters": self.rules.max_clusters,
            "cluster_cap": self.rules.cluster_cap or NO_CAP,
            "TH": self.TH or 0,
            "all": self.TH is None,
            "mode": self.mode,
            "K": self.K,
            "k": self.k,
        }

    def begin(self, context):
        """Limits of a new context, for `dre.rtl.RTL.begin`; or None if there is no room for it."""
        rng, build = self.rng, self.build
        limits = {
            "sink_tokens": rng.choice([0, 1, 4]),
            "recent_tokens": rng.choice([0, 3, 20]),
            "max_chunk": rng.randint(1, build.max_chunk),
            "held_back": build.kvmu.page_entries - 1 + rng.randrange(20),
            "frames": rng.randint(1, max(1, build.frames // build.contexts)),
        }
        made = self.golden.do({**NO_COMMAND, "op": INIT, "context": context, **limits})
        if made.result["status"] != OK:
            return None
        table = resv.HCTable.empty(build.hash_bits)
        self.contexts[context] = Context(limits, table)
        self.plain.begin(context)
        return limits

    def free(self, context):
        """The context is to be freed."""
        self.golden.do({**NO_COMMAND, "op": FREE, "context": context})
        del self.contexts[context]
        self.plain.entries.pop(context, None)
        self.plain.counts.pop(context, None)
        self.seen["freed"] += 1

    def bad(self):
        """A GRANT that cannot be, as fields of a command: nothing may come of it."""
        rng, build = self.rng, self.build
        context = rng.randrange(2 ** Shape.cast(build.kvmu.command["context"].shape).width)
        self._refused = True
        self.seen["bad command"] += 1
        return {"context": context, "chunk": rng.randrange(2**16), "tokens": build.max_chunk + 1}

    # -- chunks ------------------------------------------------------------------------------------

    def chunks(self, contexts):
        """`Expected` chunks of these contexts, side by side, without those that have no room.

        If there is only one it comes anyway, with that outcome.
        """
        made, alone = [], len(contexts) == 1
        for one in filter(None, map(self._chunk, contexts)):
            one.number = (self.number + len(made)) % 2**16
            if self._grant(one):
                made.append(one)
            elif alone:
                self.seen["no room"] += 1
                self._refused = True
                return [one]
        self.number = (self.number + len(made)) % 2**16
        for one in made:
            self._fetch(one)
        while [one for one in made if one.outcomes[-1].result["more"]]:
            for one in made:
                if one.outcomes[-1].result["more"]:
                    self._do(one, RELEASE)
                    self.seen["another part"] += 1
        for one in made:
            self._end(one)
        self.seen["several at once"] += len(made) > 1
        self._refused = False
        return made

    def _do(self, one, op, packet=None, status=(OK,), **more):
        named = {"context": one.work.context, "chunk": one.number}
        made = self.golden.do({**NO_COMMAND, "op": op, **named, **more}, packet)
        assert made.result["status"] in status, f"the traffic gives {op}: {made.result}"
        one.outcomes.append(made)
        return made.result["status"] == OK

    def _chunk(self, context):
        """A chunk; None if its context has all the tokens that it may have."""
        rng, state, build = self.rng, self.contexts[context], self.build
        most = min(state.settings["max_chunk"], build.max_tokens - len(state.clusters))
        if most < 1:
            return None
        tokens = rng.randint(1, min(most, 6)) if rng.random() < SHORT else rng.randint(1, most)
        sinks = min(max(state.settings["sink_tokens"] - len(state.clusters), 0), tokens)
        words = self._words(state, tokens - sinks)
        assignments = resv.cluster_chunk(words, state.table, self.rules)
        rows = rng.randint(0, min(build.max_rows, 6 if rng.random() < SHORT else 40))
        job = Job(
            context,
            self._scores(rows, len(state.table)),
            state.counts(),
            TH=self.TH,
            mode=self.mode,
            K=self.K,
            k=self.k,
        )
        entries = np.frombuffer(rng.randbytes(tokens * build.entry_bytes), np.uint8)
        work = Work(
            context=context,
            tokens=tokens,
            words=words,
            scores=job.rows,
            entries=entries.reshape(tokens, -1),
        )
        return Expected(work, 0, assignments, golden_rows(build.wtu, job))

    def _words(self, state, count):
        """Hash words around a few centres."""
        rng, bits = self.rng, self.build.hash_bits
        words = []
        for _ in range(count):
            if not state.centres or rng.random() < 0.1:
                state.centres.append(rng.getrandbits(bits))
            word = rng.choice(state.centres)
            for _ in range(rng.choice([0, 1, 4, 8])):
                word ^= 1 << rng.randrange(bits)
            words.append(list(word.to_bytes(bits // 8, "little")))
        return np.array(words, np.uint8).reshape(count, bits // 8)

    def _scores(self, rows, clusters):
        rng, own = self.rng, np.random.default_rng(self.rng.getrandbits(64))
        if self.mode == ScoreMode.WEIGHT:
            most = rng.choice([1, 2, 65_536])
            return own.integers(0, most, (rows, clusters)).astype(np.uint16)
        kind = rng.choice(["normal", "normal", "equal", "two", "last bits"])
        if kind == "normal":
            scores = own.normal(0, rng.choice([1, 30, 400]), (rows, clusters))
        elif kind == "equal":
            scores = np.full((rows, clusters), own.normal())
        elif kind == "two":
            scores = own.choice([1.0, -20.0], (rows, clusters))
        else:
            scores = 64 + own.integers(0, 3, (rows, clusters)) / 2
        if scores.size and rng.random() < NOT_FINITE:
            scores.flat[rng.randrange(scores.size)] = rng.choice([np.nan, np.inf, -np.inf])
        return scores.astype(np.float32).astype(BF16).view(np.uint16)

    # -- what its commands do ----------------------------------------------------------------------

    def _grant(self, one):
        """Whether there is room for it."""
        granted = self._do(one, GRANT, status=(OK, REFUSED), tokens=one.work.tokens)
        if granted:
            self.contexts[one.work.context].entries += list(one.work.entries)
        return granted

    def _fetch(self, one):
        order = dict.fromkeys(int(c) for row in one.rows for c in np.flatnonzero(row.selected))
        self._do(one, FETCH, Packet((), [], list(order)))

    def _end(self, one):
        context = one.work.context
        state, found = self.contexts[context], one.assignments
        clusters = [int(cluster) for cluster in found.clusters]
        self._do(one, END, Packet((), [], clusters))
        sinks = one.work.tokens - len(clusters)
        state.clusters += [None] * sinks + clusters
        state.table.apply(one.work.words, found)
        tokens = [
            {
                "cluster": cluster,
                "founded": bool(founded),
                "word": int.from_bytes(word.tobytes(), "little"),
            }
            for cluster, founded, word in zip(clusters, found.founded, one.work.words, strict=True)
        ]
        self.plain.apply(context, tokens)
        self.plain.counts[context] = state.counts().tolist()
        self._note(one)

    def _note(self, one):
        seen, found = self.seen, one.assignments
        seen["chunks"] += 1
        seen["founded"] += int(found.founded.sum())
        seen["joined"] += int((~found.founded).sum())
        seen["table full"] += int(found.full.sum())
        seen["rows"] += len(one.rows)
        seen["long rows"] += len(one.rows) * (one.work.clusters > self.build.on_chip_clusters)
        seen["no clusters yet"] += one.work.clusters == 0
        seen["no rows"] += not one.rows
        for made in one.outcomes:
            seen.update(made.counts)
        bad_rows = sum(row.trailer["status"] == RowStatus.NOT_FINITE.value for row in one.rows)
        seen["rows not finite"] += bad_rows
        error, context = bool(bad_rows) or self._refused, one.work.context
        switched, self._last = context != self._last, context
        seen[cross((bool(found.full.any()), self._stalls, error, switched))] += 1
