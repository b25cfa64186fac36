"""What the engine waits for, and what hides: layers of a stream, exact and with look-ahead queries.

A context stands for a layer. *Exact*: a layer's queries exist when its own projection is done; from
then on the engine waits until the last token is there. *Look-ahead*: the queries of layer n + 1 are
those of its predecessor's input, so its selection begins with layer n; the table it reads has stood
since the frame before, so all inputs exist. Its keys do not: hash words come with the layer itself.
A cycle is hidden if the engine computes layer n while it passes; else the engine waits.
"""

from dataclasses import dataclass, field, replace

import numpy as np

import resv
import simulate
from core.fast_core import as_array
from core.trace_core import of_trace
from dre.rtl import RTL, Memory
from figures import Figure
from resv.replay import for_trace

LAYERS = 4
RECENT_TOKENS, HELD_BACK = 40, 64
CHUNKS = 50
BEAT_BYTES = 32
LINK = 4e9 / 800e6 / 8
"""Bytes a cycle of 800 MHz that one of eight cores has of the paper's 4 GB/s (V-Rex8)."""

LAYER_CYCLES = 1_700_000
"""A layer of Llama-3 8B on V-Rex8: its 436 MB of weights in BF16, read at 204.8 GB/s."""

UNITS = ("hcu", "wtu", "kvmu")


@dataclass
class Measured:
    """Cycles of each chunk and layer with far tokens, and how long units were at work in all.

    Attributes
    ----------
    waits : list of int
        From a layer's queries to its last token.
    ends : list of int
        From a layer's hash words to the end of its chunk.
    units : dict of str to int
        Counts ``busy_*`` and ``alone_*``, of all chunks.
    """

    waits: list = field(default_factory=list)
    ends: list = field(default_factory=list)
    units: dict = field(default_factory=dict)

    def mean(self, count):
        """A count, for each chunk and layer."""
        return f"{self.units[count] / (CHUNKS * LAYERS):,.0f}"


def measure(config, seed, say):
    """Figures of both, from the committed excerpt; the link is as slow as the paper's."""
    exact, ahead = (play(config, seed, way, say) for way in (by_layer, a_layer_ahead))
    return [_figure("exact", exact, 0), _figure("look-ahead", ahead, LAYER_CYCLES)]


def play(config, seed, way, say):
    """Some chunks of the excerpt, in so many layers."""
    trace = resv.load_trace(resv.excerpt_path())
    rules = replace(
        for_trace(resv.Config.paper(), trace),
        **{"wicsum": "integer", "max_chunk": config.max_chunk, "recent_tokens": RECENT_TOKENS},
    )
    far = Memory((250, 250), willing=LINK / BEAT_BYTES)
    device = RTL(config, seed=seed, folder=simulate.BUILD / "rtl", near=Memory((40, 40)), far=far)
    K, k = resv.wicsum_integer.kappa(rules.scale_for(trace.k.shape[3]))
    device.configure(Th_hd=rules.Th_hd, TH=rules.TH, K=K, k=k)
    for context in range(LAYERS):
        device.begin(
            context,
            sink_tokens=rules.sink_tokens,
            recent_tokens=RECENT_TOKENS,
            max_chunk=config.max_chunk,
            held_back=HELD_BACK,
            frames=config.frames // LAYERS,
        )
    measured = Measured()
    for number, works in enumerate(of_trace(trace, rules, config, LAYERS, CHUNKS)):
        say(f"overlap: chunk {number} of {CHUNKS}")
        far_tokens = any(work.job.token_count.any() for work in works)
        way(device, [as_array(work) for work in works], measured if far_tokens else Measured())
    measured.units = device.driver.counts()
    return measured


def by_layer(device, works, measured):
    """Each layer asks when it is its turn: hash words and scores, beside each other."""
    for work in works:
        done = device.chunk(work)
        measured.waits.append(done.cycles["delivered"])
        measured.ends.append(done.cycles["all"] - done.cycles["delivered"])


def a_layer_ahead(device, works, measured):
    """The next layer's selection first, then what this one still has to do."""
    dones = device.ahead(works[:1])
    for n, work in enumerate(works):
        following = device.ahead(works[n + 1 : n + 2]) if n + 1 < len(works) else []
        device.end([work], dones[n:])
        measured.waits += [done.cycles["delivered"] for done in following]
        measured.ends += [dones[n].cycles["ended"]] * len(following)
        dones += following


def _figure(name, measured, computing):
    """What the engine waits for: all of it, but for what passes while it computes."""
    exposed = np.maximum(np.array(measured.waits) - computing, 0)
    if computing:  # the chunk before ends behind the selection, and may be late, too
        exposed = np.maximum(np.array(measured.waits) + measured.ends - computing, 0)
    work = ", ".join(
        f"{unit.upper()} {measured.mean(f'busy_{unit}')} ({measured.mean(f'alone_{unit}')})"
        for unit in UNITS
    )
    return Figure(
        f"the engine waits, {name}",
        f"excerpt, {len(exposed)} chunks and layers",
        round(float(exposed.mean())),
        "cycles a layer",
        baseline=(
            f"to the last token {np.mean(measured.waits):,.0f}, at most {max(measured.waits):,}; "
            f"then {np.mean(measured.ends):,.0f}; at work (alone), all chunks: {work}"
        ),
        bound=f"0; a layer computes for {LAYER_CYCLES:,}",
    )
