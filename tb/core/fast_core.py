"""A trace through the compiled DRE, by arrays: all chunks, all layers and KV heads.

That may take hours, so the device is kept now and then: the same command, with the same seed, goes
on from there. What is expected of it is made anew from the first chunk on, and held to what it
counts at the end.
"""

import hashlib
import time
from collections import Counter
from dataclasses import replace

import numpy as np

import resv
import simulate
from core.compare_core import Wrong, chunk, hold
from core.expected_core import NO_COMMAND
from core.trace_core import of_trace
from dre.layouts import NO_CAP
from dre.rtl import RTL, Memory, Work
from kvmu.golden_kvmu import END, FETCH, GRANT, INIT, OK, RELEASE, Golden
from kvmu.packets_kvmu import Packet
from replayed import FastReplay
from resv.replay import for_trace

LATENCY = {"near": Memory((40, 40)), "far": Memory((250, 250))}
"""Cycles, at 800 MHz about those of a DRAM beside, and of a memory behind a link."""


KEEP_SECONDS = 300
"""Between two times that a device is kept; that takes a second or two."""

KEPT = simulate.BUILD / "replays"


def replay_trace(trace, builds, seed, say, **changes):
    """Play all of a trace on each build, one context a layer and KV head, side by side.

    Where a replay of the same was stopped before its end, it goes on.

    ``changes``: of the paper's configuration.

    Yields
    ------
    FastReplay
        Of each build, as soon as it is over: it may take an hour.
    """
    for name, config in builds.items():
        kept = KEPT / f"{name}-{seed}-{_digest(trace, config, changes)}.device"
        yield _replay(name, Player(trace, config, seed, changes), kept, say)


def _digest(trace, config, changes):
    digest = hashlib.sha256(repr((config, sorted(changes.items()))).encode())
    for part in (trace.q, trace.k, trace.v):
        digest.update(np.ascontiguousarray(part).view(np.uint8))
    return digest.hexdigest()[:12]


def _replay(name, player, kept, say):
    difference, first = None, 0
    if player.resume(kept):
        say(f"{name}: goes on behind chunk {player.over - 1}")
    begun = last = time.monotonic()
    try:
        for number in player.play():
            first = number + 1
            if number < player.over:
                say(f"{name}: chunk {number}, expected again")
                continue
            say(f"{name}: chunk {number}, {player.device.cycles:,} cycles")
            if time.monotonic() - last > KEEP_SECONDS:
                player.keep(kept, player.before + time.monotonic() - begun)
                last = time.monotonic()
        first = None
        player.finish()
    except Exception as error:  # whatever it is, it is told
        difference = f"{type(error).__name__}: {error}"
    kept.unlink(missing_ok=True)
    return FastReplay(
        player.rows,
        int(difference is not None),
        difference,
        first,
        None,
        player.device.cycles,
        player.before + time.monotonic() - begun,
        player.before_of_clock + player.device.seconds,
    )


class Player:
    """A trace for one device.

    Parameters
    ----------
    trace : resv.Trace
    build : DREConfig
    seed : int
    changes : dict
        Of the paper's configuration.
    device : dre.rtl.Device or None
        None: a compiled one.
    held_back : int or None
        As of `dre.rtl.Device.begin`, of each context; None: a quarter of its slots.

    Attributes
    ----------
    device : dre.rtl.Device
    rows : list of dict
        Of each chunk and context, as `core.engine_core.Engine.play` has them.
    over : int
        Chunks that were over when the device was kept.
    before, before_of_clock : float
        Seconds until then, and processor time of the clock.
    """

    def __init__(self, trace, build, seed, changes, device=None, held_back=None):
        layers, heads, *_, self._d = trace.k.shape
        self._trace, self._build, self._contexts = trace, build, layers * heads
        if held_back is None:
            held_back = build.near_slots // self._contexts // 4
        self._held_back = held_back
        self._config = replace(
            for_trace(resv.Config.paper(), trace),
            **{"wicsum": "integer", "max_chunk": build.max_chunk, **changes},
        )
        self.device = device or RTL(build, seed=seed, folder=simulate.BUILD / "rtl", **LATENCY)
        self._golden, self.rows = Golden(build.kvmu, self.device.bases), []
        self._entries = [[] for _ in range(self._contexts)]
        self._counts = Counter()
        self.over, self.before, self.before_of_clock = 0, 0.0, 0.0

    def keep(self, path, seconds):
        """Write the device to a file, with what came of it until now."""
        note = {"rows": self.rows, "seconds": seconds}
        clock = self.before_of_clock + self.device.seconds
        self.device.keep(path, note | {"clock": clock, "over": self.rows[-1]["chunk"] + 1})

    def resume(self, path):
        """Go on with a device that was kept, if there is one of this hardware."""
        try:
            note = self.device.resume(path)
        except (FileNotFoundError, ValueError):
            return False
        self.rows, self.over = note["rows"], note["over"]
        self.before, self.before_of_clock = note["seconds"], note["clock"]
        return True

    def play(self):
        """Yield the number of each chunk that is over."""
        self._begin()
        for number, works in enumerate(
            of_trace(self._trace, self._config, self._build, self._contexts)
        ):
            made = self._expect(works)
            for work, outcomes in zip(works, made, strict=True):
                self._entries[work.context] += work.entries
                for outcome in outcomes:
                    self._counts.update(outcome.counts)
            if number < self.over:
                yield number
                continue
            dones = self.device.chunks([as_array(work) for work in works])
            for work, outcomes, done in zip(works, made, dones, strict=True):
                self._compare(work, outcomes, done)
                self.rows.append(_row(number, work, outcomes, done))
            yield number

    def _begin(self):
        config, build = self._config, self._build
        limits = {
            "sink_tokens": config.sink_tokens,
            "recent_tokens": config.recent_tokens,
            "max_chunk": config.max_chunk,
            "held_back": self._held_back,
            "frames": build.frames // self._contexts,
        }
        for context in range(self._contexts):
            self._golden.do({**NO_COMMAND, "op": INIT, "context": context, **limits})
        if self.over:
            return
        K, k = resv.wicsum_integer.kappa(config.scale_for(self._d))
        self.device.configure(
            Th_hd=config.Th_hd,
            TH=config.TH or 0,
            all=config.TH is None,
            K=K,
            k=k,
            max_clusters=min(config.max_clusters, build.max_clusters),
            cluster_cap=config.cluster_cap or NO_CAP,
        )
        for context in range(self._contexts):
            self.device.begin(context, **limits)

    def _expect(self, works):
        """What the KVMU must make of these chunks; outcomes of each."""
        made = [[] for _ in works]

        def do(number, op, packet=None, **more):
            found = self._golden.do({**NO_COMMAND, "op": op, **works[number].named, **more}, packet)
            hold("status of the model", found.result["status"], OK)
            made[number].append(found)

        everyone = range(len(works))
        for n in everyone:
            do(n, GRANT, tokens=works[n].tokens)
        for n in everyone:
            do(n, FETCH, Packet((), [], works[n].order))
        while more := [n for n in everyone if made[n][-1].result["more"]]:
            for n in more:
                do(n, RELEASE)
        for n in everyone:
            do(n, END, Packet((), [], works[n].clusters))
        return made

    def _compare(self, work, outcomes, done):
        entries = self._entries[work.context]
        delivered = [token for made in outcomes for token, _ in made.delivered]
        chunk(done, outcomes[0].grants, work.assignments, work.rows, delivered)
        hold("selected", done.selected_clusters, work.selected)
        if done.content.tobytes() != b"".join(entries[token] for token in delivered):
            raise Wrong("content: keys and values are not those of the tokens")

    def finish(self):
        """What the device has counted, and that nothing went wrong."""
        counts = self.device.driver.counts()
        for name in ("from_ring", "from_area", "from_far", "pages_read", "pages_hit"):
            hold(name, counts[f"kvmu_{name}"], self._counts[name])
        hold("errors", self.device.driver.errors(), {})


def as_array(work):
    """A chunk as `dre.rtl` takes it."""
    entries = np.frombuffer(b"".join(work.entries), np.uint8).reshape(work.tokens, -1)
    return Work(
        context=work.context,
        tokens=work.tokens,
        words=work.words,
        scores=work.job.rows,
        entries=entries,
    )


def _row(number, work, outcomes, done):
    counts = sum((made.counts for made in outcomes), Counter())
    return {
        "chunk": number,
        "context": work.context,
        "tokens": work.tokens,
        "clusters": work.known,
        "far": int(work.job.token_count.sum()),
        "decided": len(work.words),
        "rows": len(done.selected),
        "delivered": len(done.delivered),
        "attention_rows": 0,
        "pages_read": counts["pages_read"],
        "pages_hit": counts["pages_hit"],
        "clustered": done.cycles["clustered"],
        "thresholded": done.cycles["thresholded"],
        "fetched": done.cycles["delivered"],
        "all": done.cycles["all"],
    }
