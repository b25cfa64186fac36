"""The performance figures of a whole DRE: what ``make bench CORE=dre`` measures."""

from dataclasses import replace

import numpy as np

import simulate
from core import overlap_core
from core.fast_core import LATENCY
from dre.core import DREConfig
from dre.rtl import RTL, Work
from figures import Figure
from resv.numerics import BF16

DURATION = "about ten minutes, two or three of them for compiling"
MHZ, LAYERS = 800, 32
FRAME_MS = {1_000: 121, 5_000: 123, 10_000: 198, 20_000: 200, 40_000: 254}
"""Of V-Rex8, batch 1, by cached tokens: the paper's evaluation."""

GROWTH = (80_000, 200_000)
"""Cached tokens beyond the paper's; its frame time at 40,000 stands beside them."""

FEW, PAPER = 655, 19_661
"""Th_r of 0.01, which selects so little that nobody waits for the KVMU, and of 0.3."""

TOKENS_A_CLUSTER = (32, 8)
MOST = 8_192
CHUNK, FRAME, QUERY_HEADS = 64, 10, 4
CONFIG = DREConfig(
    contexts=overlap_core.LAYERS,
    max_clusters=MOST,
    on_chip_clusters=4_096,
    max_chunk=CHUNK,
    query_heads=QUERY_HEADS,
    near_slots=1_024,
    frames=512,
    far_pages=2_048,
    extents=32_768,
    max_tokens=16_384,
    data_bits=256,
)
"""The paper's lanes, 10 and 16, and its DRAM: 204.8 GB/s for 8 cores are 256 bits a cycle for each.
Rows of more than 4,096 clusters are read twice."""


def measure(simulator, seed, say):
    """Cycles of HCU and WTU for a frame, as part of the paper's frame; what the engine waits for.

    All of it is fast replay, so ``simulator`` is not used.
    """
    del simulator
    sizes = sorted(
        (-(-tokens // each), tokens, each)
        for each in TOKENS_A_CLUSTER
        for tokens in (*FRAME_MS, *GROWTH)
        if tokens // each <= MOST
    )
    say("compiling")
    table, figures = Table(seed), []
    for clusters, tokens, each in sizes:
        say(f"{clusters} clusters")
        table.grow(clusters)
        figures.append(_figure(tokens, each, clusters, table.frame(FEW), table.frame(PAPER)))
    figures.sort(key=lambda figure: figure.trace)
    say("compiling, scores from near memory")
    figures += _read_from_near(Table(seed, replace(CONFIG, scores_from="near")), figures, say)
    return figures + overlap_core.measure(CONFIG, seed, say)


def _read_from_near(table, streamed, say):
    """The longest of the paper's frames, scores and counts at one port of memory."""
    tokens, found = max(FRAME_MS), []
    for each in TOKENS_A_CLUSTER:
        clusters = tokens // each
        say(f"{clusters} clusters, scores from near memory")
        table.grow(clusters)
        one = _figure(tokens, each, clusters, table.frame(FEW), table.frame(PAPER))
        beside = next(figure for figure in streamed if figure.trace == one.trace)
        name = f"scores from near memory, {one.figure}"  # not one of the frames' above
        found.append(replace(one, figure=name, must=None, bound=f"streamed: {beside.value} %"))
    return found


def _figure(tokens, each, clusters, free, held):
    """Both units beside each other, 32 layers, in % of the frame."""
    frame_ms = FRAME_MS.get(tokens, FRAME_MS[max(FRAME_MS)])
    known = tokens in FRAME_MS

    def share(cycles):
        return f"{100 * LAYERS * cycles / (MHZ * 1e3) / frame_ms:.3f}"

    return Figure(
        f"prediction, {each} tokens a cluster",
        f"{tokens:>7,} tokens, {clusters:>5,} clusters",
        float(share(max(free))),
        "% of a frame",
        "<= 0.5" if known else None,
        baseline=(
            f"HCU {free[0]:,}, WTU {free[1]:,} cycles; one by one {share(sum(free))} %; "
            f"while the KVMU fetches for Th_r 0.3: WTU {held[1]:,}, {share(max(held))} %"
        ),
        bound=f"frame of {frame_ms} ms" + ("" if known else " (of 40,000 tokens)"),
    )


class Table:
    """A context whose clusters have a token each; it grows."""

    def __init__(self, seed, config=CONFIG):
        self._rng = np.random.default_rng(seed)
        self._device = RTL(config, seed=seed, folder=simulate.BUILD / "rtl", **LATENCY)
        self._device.begin(
            0, sink_tokens=0, recent_tokens=0, max_chunk=CHUNK, held_back=64, frames=512
        )
        self._clusters = 0

    def grow(self, clusters):
        """Tokens that found, until there are so many."""
        self._set(Th_hd=0, TH=0)
        while self._clusters < clusters:
            tokens = min(CHUNK, clusters - self._clusters)
            self._chunk(tokens, rows=0)
            self._clusters += tokens

    def frame(self, TH):
        """Ten tokens that join, and their forty rows; cycles in which HCU and WTU are at work."""
        self._set(Th_hd=CONFIG.hash_bits + 1, TH=TH)
        before = self._device.driver.counts()
        self._chunk(FRAME, rows=FRAME * QUERY_HEADS)
        after = self._device.driver.counts()
        return [after[name] - before[name] for name in ("busy_hcu", "busy_wtu")]

    def _set(self, **thresholds):
        self._device.configure(K=33_428, k=18, **thresholds)

    def _chunk(self, tokens, rows):
        rng = self._rng
        words = rng.integers(0, 256, (tokens, CONFIG.hash_bits // 8)).astype(np.uint8)
        scores = rng.normal(0, 30, (rows, self._clusters)).astype(np.float32).astype(BF16)
        entries = np.zeros((tokens, CONFIG.entry_bytes), np.uint8)
        work = Work(context=0, tokens=tokens, words=words, scores=scores, entries=entries)
        self._device.chunk(work)
