"""Not figures of the paper, but what its comparison of methods rests on: all at the same ratio."""

from typing import Any

from resv import laboratory, policies
from resv.laboratory import plots
from resv.paper.shown import Say, Shown, Value
from resv.traces import Trace

TARGET = 0.33
"""The ratio of figure by head, near the paper's 32.7 %."""

PAPER = (
    "each method at a ratio of its own, with its accuracy: in frames ReSV 32.7 %, InfiniGenP "
    "50.8 %, ReKV 58.4 %; nothing at equal ratio"
)


def error(trace: Trace, seed: int, say: Say) -> Shown:
    """Output error of all policies, each brought to the same retrieval ratios by one knob.

    Raises
    ------
    ValueError
        If the trace is no longer than its sinks and recent window.
    """
    found = _compared(trace, seed, say, laboratory.RATIOS)
    figures = {key[1:]: one for key, one in found.figures().items() if key[2] == "ratio"}
    rows: list[list[Value]] = []
    for (kind, _, policy, target), one in figures.items():
        asked = "none" if target is None else 100 * target
        shares = (one.ratio, one.output_error, one.output_error_centred, one.mass_recalled)
        reached = "yes" if one.reached else "no"
        rows.append([kind, policy, asked, reached, *(100 * value for value in shares)])
    kinds = list(dict.fromkeys(row[0] for row in rows))
    return Shown(
        "error, output error against retrieval ratio, one knob for the trace",
        [
            *("kind", "policy", "asked_percent", "reached"),
            *("ratio_percent", "error_percent", "error_centred_percent", "mass_percent"),
        ],
        rows,
        PAPER,
        "; ".join(_best(rows, kind) for kind in kinds),
        "an error of attention's output, not the accuracy of a task, which random weights cannot "
        "show; and at one ratio for all, so that order and spending count, not how much",
        lambda axes: _draw_errors(axes if len(kinds) > 1 else [axes], found, kinds),
        panels=len(kinds),
    )


def by_head(trace: Trace, seed: int, say: Say) -> Shown:
    """Retrieval ratio of all policies in each layer and KV head, at one ratio for the trace.

    Raises
    ------
    ValueError
        If the trace is no longer than its sinks and recent window.
    """
    found = _compared(trace, seed, say, (TARGET,))
    own = {
        key: one for key, one in found.by_head().items() if key[2] == "ratio" and key[4] is not None
    }
    rows: list[list[Value]] = [
        [key[1], key[3], *key[5:], 100 * one.ratio, 100 * one.output_error]
        for key, one in own.items()
    ]
    kinds = list(dict.fromkeys(row[0] for row in rows))
    return Shown(
        f"heads, ratio by layer and KV head at {100 * TARGET:g} % of the trace",
        ["kind", "policy", "layer", "kv_head", "ratio_percent", "error_percent"],
        rows,
        "ReSV's ratio differs between layers and heads (figure 20), where a fixed k does not; no "
        "other method shown",
        "; ".join(_spread(rows, kind) for kind in kinds),
        "one knob for all heads, as a threshold is meant: a head spends what its scores ask for. "
        "A share is the same everywhere but for the size of groups. How sharp heads are comes from "
        "the regime of random weights",
        lambda axes: _draw_heads(axes if len(kinds) > 1 else [axes], own, kinds),
        panels=len(kinds),
    )


def _compared(
    trace: Trace, seed: int, say: Say, ratios: tuple[float, ...]
) -> laboratory.Comparison:
    return laboratory.compare(
        {"trace": trace},
        policies.names(),
        ratios,
        link=False,
        seed=seed,
        say=lambda what, done, of: say(f"{what.removeprefix('trace: ')}, {done} of {of}"),
    )


def _best(rows: list[list[Value]], kind: str) -> str:
    """Errors at the largest ratio asked for."""
    asked = [row for row in rows if row[0] == kind and row[2] != "none"]
    most = max(row[2] for row in asked)
    at = {row[1]: row for row in asked if row[2] == most}
    least = min(at.values(), key=lambda row: row[5])
    named = dict.fromkeys((least[1], "resv_plus", "resv", "random"))
    return f"{kind} at {most:g} %: " + ", ".join(
        f"{name} {at[name][5]:.1f} %" + ("" if at[name][3] == "yes" else f" (at {at[name][4]:.1f})")
        for name in named
    )


def _spread(rows: list[list[Value]], kind: str) -> str:
    parts = []
    for policy in ("resv", "resv_plus", "topk_token"):
        ratios = [row[4] for row in rows if row[:2] == [kind, policy]]
        parts.append(f"{policy} {min(ratios):.1f} to {max(ratios):.1f} %")
    return f"{kind}: " + ", ".join(parts)


def _draw_errors(axes: Any, found: laboratory.Comparison, kinds: list[str]) -> None:
    figures = found.figures()
    style = plots.Styles(figures)
    for axis, kind in zip(axes, kinds, strict=True):
        own = {key: one for key, one in figures.items() if key[1:3] == (kind, "ratio")}
        plots.curves(axis, own, style, lambda one: one.ratio)
        axis.set(xlabel=f"far tokens retrieved, %; {kind}", ylabel="output error, %")


def _draw_heads(axes: Any, own: dict, kinds: list[str]) -> None:
    style = plots.Styles(own)
    for axis, kind in zip(axes, kinds, strict=True):
        plots.points_by_head(axis, {k: one for k, one in own.items() if k[1] == kind}, style)
        axis.set_xlabel(f"layer.KV head; {kind}")
        axis.axhline(100 * TARGET, color=plots.GREY, linestyle=":", linewidth=1)
