"""The figures of moving KV: what ``make bench CORE=kvmu`` measures, of golden model and mover.

Selections are ReSV's (integer WiCSum) on real traces; the state is built by streaming appends from
empty (spec section 13).
"""

from dataclasses import dataclass, replace

import numpy as np

import resv
from figures import Figure
from kvmu import figures_mover
from resv import footprint, named_traces
from resv.kvmu import ContextConfig, Counters, KVConfig, belady
from resv.kvmu.config import PAGE_BYTES
from resv.kvmu.experiment import pages_used, play, record
from resv.replay import replay

DURATION = "about half an hour, most of it the golden model on one core"
HELD_BACK = (64, 128, 256, 512, 1_024, 2_048, 4_096)
AREAS = (0.5, 1, 2, 4)
"""Sizes of the retrieved area, in mean selections."""

USEFUL = {("T2", 1_024): (">= 0.95", ">= 0.98"), ("T3", 4_096): (">= 0.89", ">= 0.95")}
LINK = {("T2", 2): "<= 0.5"}
WORD_BYTES, DESCRIPTOR_WORDS, CLUSTER_WORDS = 8, 16, 3
"""Metadata (spec D88): a word with its check bits; words of a context, and of a cluster."""

TABLE_BYTES = 8
"""Of a cluster: hash word, members and token count."""

FIRST_WRITES = 10
"""Tokens held back of the control that writes a frame's tokens at once."""


@dataclass(frozen=True)
class Work:
    """A trace's chunks, by context, and how they are played."""

    name: str
    contexts: list
    sinks: int
    recent: int

    def context(self, held_back, frames=1):
        """What every context is set to."""
        return ContextConfig(
            sink_tokens=self.sinks, recent_tokens=self.recent, held_back=held_back, frames=frames
        )


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`.

    The mover is compiled with Verilator, so ``simulator`` is not used.
    """
    del simulator
    figures = []
    for name in ("excerpt", "T2", "T3"):
        say(f"selections of {name}")
        work = _work(name)
        if work is None:
            continue
        figures += _useful(work, say)
        figures += _residency(work, say)
        figures += _metadata(work)
    return figures + figures_mover.measure(seed, say)


def _work(name):
    path = resv.excerpt_path() if name == "excerpt" else named_traces.path_of(name)
    if not path.is_file():
        return None  # `make traces` makes it
    trace = resv.load_trace(path)
    config = resv.Config(wicsum="integer", **({"recent_tokens": 100} if name == "excerpt" else {}))
    contexts = record(replay(trace, config, engine="fast"))
    return Work(name, contexts, config.sink_tokens, config.recent_tokens)


def _total(counters):
    """Of all contexts."""
    total = Counters()
    for one in counters:
        for name, value in vars(one).items():
            setattr(total, name, getattr(total, name) + value)
    return total


def _without_residency(work, held_back, config):
    """Everything that was selected is read, in every chunk."""
    config = replace(config, eviction="none")
    context = work.context(held_back, config.frames)
    return _total(play(chunks, config, context).counters(0) for chunks in work.contexts)


def _useful(work, say):
    """Useful bytes (D67) over what is held back, with two controls."""
    config = KVConfig(frames=8_192)
    entries = config.page_entries
    tokens = sum(len(chunk.cluster_of) for chunk in work.contexts[0])
    for held_back in HELD_BACK:
        if held_back * 2 > tokens:
            continue
        say(f"{work.name}: {held_back:,} tokens held back")
        own = _without_residency(work, held_back, config)
        largest = _without_residency(work, held_back, replace(config, offload="largest"))
        must, aim = USEFUL.get((work.name, held_back), (None, None))
        yield Figure(
            f"useful bytes, {held_back:,} tokens held back",
            work.name,
            round(own.useful(entries), 4),
            "ratio",
            must,
            aim,
            bound=f"far bytes written / appended {_written(own, config):.3f}; "
            f"pages a read {own.pages_read / own.reads:.2f}",
            baseline=f"largest buffer first {largest.useful(entries):.3f}",
        )
    say(f"{work.name}: controls")
    held_back = min(1_024, tokens // 4)
    by_age = _without_residency(work, held_back, replace(config, offload="age"))
    at_once = _without_residency(work, FIRST_WRITES, replace(config, offload="largest"))
    yield Figure(
        f"useful bytes, controls: pages by age alone, {held_back:,} held back",
        work.name,
        round(by_age.useful(entries), 4),
        "ratio",
        bound=f"a page for every token: {1 / entries:.3f}",
        baseline=f"{FIRST_WRITES} held back, largest first: {at_once.useful(entries):.3f}",
    )


def _written(counters, config):
    """Far bytes written over bytes appended."""
    return counters.pages_written * PAGE_BYTES / (counters.appended * config.entry_bytes)


def _residency(work, say):
    """Pages read with what stays, over those without, beside Belady's rule on the same layout."""
    held_back = 1_024 if work.name != "excerpt" else 64
    config = KVConfig()
    requests = [pages_used(chunks, config, work.context(held_back)) for chunks in work.contexts]
    for area in AREAS:
        say(f"{work.name}: an area of {area} mean selections")
        found = {rule: [] for rule in ("lru", "often")}
        least, all_pages = 0, 0
        for chunks, pages in zip(work.contexts, requests, strict=True):
            frames = _frames(pages, area)
            least += belady(pages, frames)
            all_pages += sum(map(len, pages))
            for rule, counters in found.items():
                chosen = replace(config, eviction=rule, frames=frames)
                context = work.context(held_back, frames)
                counters.append(play(chunks, chosen, context).counters(0))
        read = {rule: _total(counters) for rule, counters in found.items()}
        own = read["lru"]
        yield Figure(
            f"link bytes with residency over those without, area {area} x the mean selection",
            work.name,
            round(own.pages_read / all_pages, 4),
            "ratio",
            LINK.get((work.name, area)),
            bound=f"Belady {least / all_pages:.4f}",
            baseline=f"by use count {read['often'].pages_read / all_pages:.4f}",
        )
        yield Figure(
            f"the same over Belady's, area {area} x the mean selection",
            work.name,
            round(own.pages_read / least, 3),
            "ratio",
            aim="<= 1.1" if (work.name, area) in LINK else None,
            bound=f"useful bytes of what is read {own.useful(config.page_entries):.3f}; "
            f"parts a chunk {own.parts / own.chunks:.2f}",
        )


def _frames(pages, area):
    used = [len(found) for found in pages if found]
    return max(1, round(area * sum(used) / len(used))) if used else 1


def _metadata(work):
    """What near memory holds beside K and V: the words that are in use (spec D88), and the table.

    Of the table hash words, members and token counts; where a cluster's tokens lie is in the words.
    """
    config = KVConfig()
    held_back = 1_024 if work.name != "excerpt" else 64
    total = values = mean_keys = 0
    for chunks in work.contexts:
        context = work.context(held_back, frames=256)
        state = play(chunks, replace(config, eviction="none"), context).context(0)
        cluster_of = np.concatenate([chunk.cluster_of for chunk in chunks])
        members = np.bincount(cluster_of[cluster_of >= 0])
        of_table = footprint.of_members(members, 32, config.d, sinks=work.sinks)
        words = {
            "descriptor": DESCRIPTOR_WORDS,
            "slots": context.capacity + context.sink_tokens,
            "frames": context.frames,
            "pages": len(state.pages) * (1 + config.page_entries // 2),
            "extents": sum(map(len, state.extents.values())),
            "clusters": CLUSTER_WORDS * len(members),
        }
        total += WORD_BYTES * sum(words.values()) + TABLE_BYTES * len(members)
        values += of_table.keys_and_values
        mean_keys += of_table.mean_keys
    must, aim = (None, None) if work.name == "excerpt" else ("<= 2", "<= 1.4")
    yield Figure(
        f"metadata in near memory, mean keys left out, {held_back:,} held back",
        work.name,
        round(100 * total / values, 3),
        "% of K and V",
        must,
        aim,
        bound=f"with mean keys {100 * (total + mean_keys) / values:.3f}; the paper, with: 1.67",
    )
