"""Fig. 13b: energy of a frame or token, FlexGen on the GPU over V-Rex."""

from collections.abc import Callable, Sequence

from resv.system import paper
from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, result, short
from resv.system.figures.latency import PLACES


def figure_13b(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Energy."""
    values = []
    for place, batch in (("edge", 4), ("server", 8)):
        for kind, streams in (("frame", 1), ("token", 1), ("frame", batch)):
            say(f"{place}, {kind}, batch {streams}")
            values += [_ratio(modes, kind, place, streams, tokens) for tokens in LENGTHS]
    return Figure(
        "13b",
        "Energy efficiency: FlexGen on the GPU over V-Rex",
        tuple(values),
        texts.notes("13b"),
    )


def _ratio(modes: Sequence[str], kind: str, place: str, batch: int, tokens: int) -> Value:
    ours, gpu = PLACES[place]

    def ratio(mode: str) -> float:
        base = result(kind, mode, gpu, "flexgen", tokens, batch).energy.total
        return base / result(kind, mode, ours, "kvmu", tokens, batch).energy.total

    what = f"{place} {kind}, batch {batch}, {short(tokens)}"
    point = f"energy.{kind}.{place}.{batch}.{tokens}"
    known = point if point in paper.points() else ""
    why = texts.why("13b", place)
    return Value(what, "x", each(modes, ratio), known, why)
