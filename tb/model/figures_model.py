"""The figures of the golden model: what ``make bench CORE=model`` measures, on one core."""

import numpy as np

from figures import Figure
from model import figures_forms
from model.one_core import measured
from resv import footprint, named_traces

DURATION = "about two minutes"
ENTRIES_AIM = 2  # times as fast as faiss
HEAD = "one KV head, four query heads, d = 128"


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`.

    There is nothing to simulate, so ``simulator`` is not used.
    """
    del simulator
    trace, name = _long_trace()
    say(f"the fast path on {name}")
    streams = measured("measure_stream", trace=trace and str(trace), seed=seed)
    say("Hamming search beside faiss")
    searches = measured("measure_search", seed=seed)
    figures = [
        *_of_whole(streams["whole"], name),
        *_of_growth(streams),
        *(figure for row in searches for figure in _of_search(row)),
        *_of_memory(streams["whole"], name),
    ]
    return [*figures, *figures_forms.of_model(say)]


def _long_trace():
    """T3, or T3s, or None for a made-up stream; and the name that the figures carry."""
    for name in ("T3", "T3s"):
        if named_traces.path_of(name).is_file():
            return named_traces.path_of(name), name
    return None, "made up, as T3 (run make traces)"


def _of_whole(whole, name):
    yield Figure(
        f"fast: whole ReSV, {whole['tokens']:,} tokens, {whole['clusters']:,} clusters at the end",
        name,
        round(whole["seconds"], 2),
        "s of one core",
        "<= 60",
        aim="<= 30",
        bound=HEAD,
        baseline=f"a chunk near the end: plain {whole['plain_ms']:.1f} ms, "
        f"fast {whole['fast_ms']:.1f}",
    )
    windows = whole["windows"]
    for window in (windows[len(windows) * part // 8] for part in (1, 2, 4, 6)):
        yield Figure(
            f"fast: time of a chunk, {window[1]:,} clusters, {window[0]:,} tokens",
            name,
            round(window[2], 3),
            "ms",
            bound="grows with the clusters",
        )
    yield Figure(
        f"fast: chunks that differ from the plain path, of {whole['compared']} resumed in it",
        name,
        whole["different"],
        "chunks",
        "<= 0",
    )
    yield Figure("clusters at the end", name, whole["clusters"], "clusters", "> 1250")
    yield Figure(
        "state file at 99 % of the stream",
        name,
        round(whole["state_bytes"] / 1e6, 2),
        "MB",
        baseline=f"K and V {whole['footprint']['keys_and_values'] / 1e6:.1f} MB; "
        f"saved in {1e3 * whole['save_seconds']:.0f} ms",
    )


def _of_growth(streams):
    windows = streams["constant"]["windows"]
    early, late = windows[len(windows) // 8], windows[-1]
    listing = streams["constant"]["listing"]
    clusters = f"{late[1]:,} clusters"
    yield Figure(
        f"fast: time of a chunk, {late[0]:,} tokens / {early[0]:,} tokens, {clusters} both times",
        "made up, constant clusters",
        round(late[2] / early[2], 3),
        "ratio",
        "<= 1.2",
        aim="<= 1.05",
        bound="1, if it grows with clusters only",
        baseline=f"{early[2]:.2f} and {late[2]:.2f} ms",
    )
    early_listing, late_listing = listing[len(listing) // 8], listing[-1]
    yield Figure(
        f"fast: listing the attended positions, if asked for, {late[0]:,} tokens",
        "made up, constant clusters",
        round(late_listing[2], 3),
        "ms",
        bound="grows with what is selected",
        baseline=f"{early_listing[2]:.3f} ms at {early[0]:,} tokens",
    )


def _of_search(row):
    faiss, ours = row["faiss"], row["ours"]
    yield Figure(
        f"Hamming search of 10 tokens in {row['entries']:,} entries, faiss / ours",
        "random hash words",
        round(faiss[0] / ours[0], 3),
        "times as fast",
        ">= 1",
        aim=f">= {ENTRIES_AIM}",
        bound="faiss IndexBinaryFlat, k = 1, in turn, least of each",
        baseline=f"faiss {faiss[0]:.1f} µs (median {faiss[1]:.1f}), "
        f"ours {ours[0]:.1f} ({ours[1]:.1f})",
    )
    yield Figure(
        f"answers that differ from faiss or from all distances, {row['entries']:,} entries",
        "random hash words",
        row["different"],
        "tokens",
        "<= 0",
    )


def _of_memory(whole, name):
    members = np.full(1_250, 32)
    exact = footprint.of_members(members, 32, 128)
    worst = footprint.of_members(members, 32, 128, scattered=True)
    items = ", ".join(f"{item} {size // 1_250}" for item, size in exact.table.items())
    yield Figure(
        "table on the accelerator / K and V, 32 tokens a cluster, without mean keys",
        "by calculation",
        round(100 * exact.table_share, 3),
        "%",
        "<= 2",
        bound=f"bytes a cluster: {items}",
        baseline=f"{100 * worst.table_share:.2f} % if every token were an extent",
    )
    yield Figure(
        "mean keys / K and V, 32 tokens a cluster",
        "by calculation",
        round(100 * exact.mean_keys_share, 3),
        "%",
    )
    found = whole["footprint"]
    tokens = whole["tokens"] / whole["clusters"]
    yield Figure(
        f"table on the accelerator / K and V, {tokens:.1f} tokens a cluster, without mean keys",
        name,
        round(100 * found["table_share"], 3),
        "%",
        "<= 2",
        bound=", ".join(f"{item} {size:,}" for item, size in found["table"].items()),
        baseline=f"{100 * found['scattered_share']:.2f} % if every token were an extent",
    )
    yield Figure(
        f"mean keys / K and V, {tokens:.1f} tokens a cluster",
        name,
        round(100 * found["mean_keys_share"], 3),
        "%",
    )
    for item, size in found["model"].items():
        yield Figure(f"the model's own arrays: {item}", name, round(size / 1e6, 3), "MB")
