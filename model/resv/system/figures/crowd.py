"""Answer: 1 to 16 streams on one machine, with bursts: three ways to arbitrate, or together."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from resv.system import streams as model
from resv.system.events import run_one
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, result, short
from resv.system.modes import Options
from resv.system.platform import load_platform
from resv.system.run import Result

STREAMS = (1, 2, 4, 8, 16)
TOKENS, GROUPS, FRAMES, SEEDS, LOAD = 40_000, 8, 192, 10, 0.8
"""Cached tokens of each; groups of layers; frames in all; seeds; of what the machine can do."""

TOGETHER = "together"
"""Frames that wait go through the model in one pass, one pass at a time."""

PERCENTILES = {"p50": 50, "p99": 99, "worst": 100}


def streams(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Frame times of many streams, ours, V-Rex8."""
    platform = load_platform("v-rex8")
    values = []
    for count in STREAMS:
        say(_many(count))
        base = _work(count)
        work = model.coarse(base.work, GROUPS)
        busiest = max(base.busy[name] for name in ("engine", "link", "dre"))
        period = count * busiest / LOAD
        values.append(
            Value(
                f"{_many(count)}, what can be done", "FPS", {"ours": 1 / busiest}, why=_binds(base)
            )
        )
        rates = (platform.dram_rate * base.assumed.dram_efficiency, platform.link_rate)
        most, passes = _passes(count, rates)
        values.append(
            Value(
                f"{_many(count)}, what can be done together", "FPS",
                {"ours": count / most.seconds}, why=_binds(most),
            )
        )  # fmt: skip
        came = [model.arrivals(count, FRAMES // count, period, seed) for seed in range(SEEDS)]
        of = {
            name: [model.simulate(work, 1, rates, come, name) for come in came]
            for name in model.ARBITRATIONS
        }
        of[TOGETHER] = [model.together(come, passes) for come in came]
        values += _values(count, of)
    title = f"1 to 16 streams of {short(TOKENS)} on V-Rex8 with our DRE, 8 bits on the link"
    return Figure("streams", title, tuple(values), texts.notes("streams"), _draw)


def _many(count: int) -> str:
    return "1 stream" if count == 1 else f"{count} streams"


def _work(count: int) -> Result:
    """A frame of one of so many streams: they share the retrieved area."""
    options = Options(kv_bits=8, sharing=count)
    return result("frame", "ours", "v-rex8", None, TOKENS, 1, options)


def _passes(count: int, rates: tuple[float, float]) -> tuple[Result, list[float]]:
    """Frames of all streams in one pass through the model; seconds with one, two, ... of them."""
    options = Options(kv_bits=8, sharing=count)
    passes = [
        result("frame", "ours", "v-rex8", None, TOKENS, batch, options)
        for batch in range(1, count + 1)
    ]
    works = [model.coarse(one.work, GROUPS) for one in passes]
    return passes[-1], [run_one(work, *rates, 1)[0] for work in works]


def _binds(one: Result) -> str:
    return max(("engine", "link", "dre"), key=one.busy.__getitem__)


def _values(count: int, of: dict[str, list[model.Outcome]]) -> list[Value]:
    found = []
    for name, outcomes in of.items():
        rates = [one.frames_s for one in outcomes]
        found.append(_value(f"{_many(count)}, {name}, throughput", "FPS", rates))
        for what, percent in PERCENTILES.items():
            times = [1e3 * np.percentile(one.seconds, percent) for one in outcomes]
            found.append(_value(f"{_many(count)}, {name}, {what}", "ms", times))
        late = [100 * one.late.mean() for one in outcomes]
        found.append(_value(f"{_many(count)}, {name}, late", "%", late))
    for name in (*model.ARBITRATIONS[1:], TOGETHER):
        pairs = zip(of[name], of["round-robin"], strict=True)
        less = [
            1e3 * (np.percentile(a.seconds, 99) - np.percentile(b.seconds, 99)) for a, b in pairs
        ]
        found.append(_value(f"{_many(count)}, {name} minus round-robin, p99", "ms", less))
    return found


def _value(what: str, unit: str, by_seed: Sequence[float]) -> Value:
    mean, half = (0.0 if abs(x) < 1e-9 else x for x in model.interval(by_seed))
    return Value(what, unit, {"ours": mean}, why=f"± {half:.3g}")


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """Median and p99 over the number of streams."""
    of = {value.what: value.ours["ours"] for value in figure.values}
    half = {value.what: float(value.why[2:]) for value in figure.values if "±" in value.why}
    for n, name in enumerate((*model.ARBITRATIONS, TOGETHER)):
        for what, line in (("p50", ":"), ("p99", "-")):
            keys = [f"{_many(count)}, {name}, {what}" for count in STREAMS]
            axis.errorbar(
                [x * (1 + 0.02 * n) for x in STREAMS], [of[key] for key in keys],
                [half[key] for key in keys], color=f"C{n}", linestyle=line, capsize=2,
                marker="o", markersize=3, label=f"{name}, {what}",
            )  # fmt: skip
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xticks(STREAMS, [str(n) for n in STREAMS])
    axis.set_xlabel(f"streams; in all {100 * LOAD:g} % of what it can do one by one")
    axis.set_ylabel("ms a frame")
