"""A trace through the compiled DRE, by arrays: all chunks, all layers and KV heads."""

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


def replay_trace(trace, builds, seed, say, **changes):
    """Play all of a trace on each build, one context a layer and KV head, side by side.

    ``changes``: of the paper's configuration.

    Yields
    ------
    FastReplay
        Of each build, as soon as it is over: it may take an hour.
    """
    for name, config in builds.items():
        yield _replay(name, Player(trace, config, seed, changes), say)


def _replay(name, player, say):
    begun, difference, first = time.monotonic(), None, 0
    try:
        for number in player.play():
            first = number + 1
            say(f"{name}: chunk {number}, {player.device.cycles:,} cycles")
        first = None
        player.finish()
    except Exception as error:  # whatever it is, it is told
        difference = f"{type(error).__name__}: {error}"
    return FastReplay(
        player.rows,
        int(difference is not None),
        difference,
        first,
        None,
        player.device.cycles,
        time.monotonic() - begun,
        player.device.seconds,
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

    def play(self):
        """Yield the number of each chunk that is over."""
        self._begin()
        for number, works in enumerate(
            of_trace(self._trace, self._config, self._build, self._contexts)
        ):
            made = self._expect(works)
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
            self._golden.do({**NO_COMMAND, "op": INIT, "context": context, **limits})

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
        entries += work.entries
        delivered = [token for made in outcomes for token, _ in made.delivered]
        chunk(done, outcomes[0].grants, work.assignments, work.rows, delivered)
        hold("selected", done.selected_clusters, work.selected)
        if done.content.tobytes() != b"".join(entries[token] for token in delivered):
            raise Wrong("content: keys and values are not those of the tokens")
        for made in outcomes:
            self._counts.update(made.counts)

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
