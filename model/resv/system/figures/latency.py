"""Fig. 13a: times of frames and tokens, and speedups over FlexGen on the GPU."""

from collections.abc import Callable, Sequence

from resv.system import paper
from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, papers, result, short

PLACES = {"edge": ("v-rex8", "agx-orin"), "server": ("v-rex48", "a100")}


def figure_13a(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Latency."""
    values = []
    for machine in ("v-rex8", "v-rex48"):
        for kind in ("frame", "token"):
            say(f"{machine}, {kind}")
            values += [_time(modes, kind, machine, tokens) for tokens in LENGTHS]
    for place, (_, gpu) in PLACES.items():
        for kind in ("frame", "token"):
            say(f"{gpu}, {kind}")
            values += [_flexgen(modes, kind, place, gpu, n) for n in (LENGTHS[0], LENGTHS[-1])]
    for place, batches in (("edge", (1, 4)), ("server", (1, 8))):
        for kind, batch in (("frame", batches[0]), ("frame", batches[1]), ("token", 1)):
            say(f"{place}, {kind}, batch {batch}")
            values += [_speedup(modes, kind, place, batch, n) for n in (LENGTHS[0], LENGTHS[-1])]
    return Figure(
        "13a",
        "Time of a frame and of a token, and speedup over FlexGen on the GPU",
        tuple(values),
        texts.notes("13a"),
        log=True,
    )


def _time(modes: Sequence[str], kind: str, machine: str, tokens: int) -> Value:
    point = f"{kind}.{machine}.1.{tokens}"
    return Value(
        f"{machine} {kind}, {short(tokens)}",
        "ms",
        each(modes, lambda mode: result(kind, mode, machine, "kvmu", tokens).milliseconds),
        point if point in paper.points() else "",
    )


def _flexgen(modes: Sequence[str], kind: str, place: str, gpu: str, tokens: int) -> Value:
    point = f"flexgen.{kind}.{place}.1.{tokens}"
    return Value(
        f"{gpu} FlexGen {kind}, {short(tokens)}",
        "ms",
        each(papers(modes), lambda mode: result(kind, mode, gpu, "flexgen", tokens).milliseconds),
        point,
    )


def _speedup(modes: Sequence[str], kind: str, place: str, batch: int, tokens: int) -> Value:
    point = f"speedup.{kind}.{place}.{batch}.{tokens}"
    return Value(
        f"speedup, {place} {kind}, batch {batch}, {short(tokens)}",
        "x",
        each(modes, lambda mode: speedup(mode, kind, place, batch, tokens)),
        point,
        made_of=made_of(kind, place, tokens) if batch == 1 else (),
    )


def made_of(kind: str, place: str, tokens: int) -> tuple[str, ...]:
    """The paper's names of the two times that a speedup at batch 1 is a quotient of."""
    return (f"flexgen.{kind}.{place}.1.{tokens}", f"{kind}.{PLACES[place][0]}.1.{tokens}")


def speedup(mode: str, kind: str, place: str, batch: int, tokens: int) -> float:
    """Time of FlexGen on the place's GPU over that of V-Rex."""
    ours, gpu = PLACES[place]
    base = result(kind, mode, gpu, "flexgen", tokens, batch).seconds
    return base / result(kind, mode, ours, "kvmu", tokens, batch).seconds
