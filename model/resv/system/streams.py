"""Many streams on one machine: frames that come in bursts, and who is served first (D157)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv.system.events import Machine
from resv.system.link import Transfer
from resv.system.work import Choice, Layer, Operation, Work

ARBITRATIONS = ("round-robin", "oldest", "deadline")
"""Of link and DRE. Round-robin: who asked first, layer by layer; oldest: whose frame came first;
deadline: whose frame is due first. The engine is always served layer by layer."""

BURST_FRAMES, BURST_EVERY = 4, 10
"""Of ten arrivals one is a burst of four frames at once."""

PATIENCE = (1.0, 3.0)
"""Frames of even and of odd streams are due after so many mean times between arrivals."""

T_95 = 2.262
"""Of Student's distribution, 9 degrees of freedom: 95 % intervals of ten seeds."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What frames of one simulation took.

    Attributes
    ----------
    seconds : ndarray of float64 [frames]
        From arrival to end.
    late : ndarray of bool [frames]
        Ended after it was due.
    frames_s : float
        Frames over the time from the first arrival to the last end.
    """

    seconds: NDArray[np.float64]
    late: NDArray[np.bool_]
    frames_s: float


def coarse(work: Work, groups: int) -> Work:
    """The same work in fewer layers, each of several: fewer events, the same sums.

    Raises
    ------
    ValueError
        If ``groups`` does not divide the layers.
    """
    size, rest = divmod(len(work.layers), groups)
    if rest:
        raise ValueError(f"groups must divide {len(work.layers)}, not {groups}")
    parts = [work.layers[n * size : (n + 1) * size] for n in range(groups)]
    return replace(work, layers=tuple(map(_joined, parts)))


def _joined(layers: Sequence[Layer]) -> Layer:
    before = _sum([one for layer in layers for one in layer.before])
    after = _sum([one for layer in layers for one in layer.after])
    choices = [layer.choice for layer in layers if layer.choice]
    fetches = [layer.fetch for layer in layers if layer.fetch]
    return Layer(
        (before,),
        Choice(*np.sum([_numbers(one) for one in choices], axis=0).tolist()) if choices else None,
        Transfer(*np.sum([_numbers(one) for one in fetches], axis=0).tolist()) if fetches else None,
        sum(layer.written_bytes for layer in layers),
        (after,),
    )


def _numbers(one: Choice | Transfer) -> list[float]:
    return list(vars(one).values())


def _sum(operations: Sequence[Operation]) -> Operation:
    names = " and ".join(dict.fromkeys(one.name for one in operations))
    sums = np.sum([list(vars(one).values())[1:] for one in operations], axis=0)
    return Operation(names, *sums.tolist())


def arrivals(
    streams: int, frames: int, period: float, seed: int
) -> list[list[tuple[float, float]]]:
    """When the frames of each stream come, and when they are due; the same for all arbitrations.

    Parameters
    ----------
    streams, frames : int
        Streams; frames of each.
    period : float
        Seconds between frames of a stream, on average.
    seed : int
    """
    rng = np.random.default_rng(seed)
    gap = period * (BURST_EVERY - 1 + BURST_FRAMES) / BURST_EVERY
    found = []
    for stream in range(streams):
        at, own = rng.uniform(0, gap), []
        number = int(rng.integers(BURST_EVERY))
        while len(own) < frames:
            together = BURST_FRAMES if number % BURST_EVERY == 0 else 1
            due = at + PATIENCE[stream % len(PATIENCE)] * period
            own += [(at, due)] * together
            at += gap * rng.uniform(0.8, 1.2)
            number += 1
        found.append(own[:frames])
    return found


def simulate(
    work: Work, ahead: int, rates: tuple[float, float],
    come: Sequence[Sequence[tuple[float, float]]], arbitration: str,
) -> Outcome:  # fmt: skip
    """Frames of several streams on one machine; those of one stream one after the other.

    Parameters
    ----------
    work : Work
        Of each frame.
    ahead : int
    rates : (float, float)
        Bytes a second of near memory, and of the link outwards.
    come : sequence
        As `arrivals` gives.
    arbitration : str

    Raises
    ------
    ValueError
        If the arbitration is unknown.
    """
    if arbitration not in ARBITRATIONS:
        known = ", ".join(ARBITRATIONS)
        raise ValueError(f"arbitration must be one of {known}, not {arbitration!r}")
    machine = Machine(*rates, keep=False, ranked=frozenset({"link", "dre"}))
    ended: list[tuple[float, float, float]] = []

    def stream(frames: Sequence[tuple[float, float]]) -> Generator[Any, Any, None]:
        for at, due in frames:
            yield machine.env.timeout(max(0.0, at - machine.env.now))
            rank = {"round-robin": 0.0, "oldest": at, "deadline": due}[arbitration]
            yield machine.env.process(machine.chunk(work, ahead, rank))
            ended.append((at, due, machine.env.now))

    for frames in come:
        machine.env.process(stream(frames))
    machine.env.run()
    return _outcome(ended)


def together(come: Sequence[Sequence[tuple[float, float]]], passes: Sequence[float]) -> Outcome:
    """Frames that wait go through the model together, one of each stream, one pass at a time.

    Parameters
    ----------
    come : sequence
        As `arrivals` gives.
    passes : sequence of float
        Seconds of a pass of one stream, of two, and so on, up to as many as there are.

    Raises
    ------
    ValueError
        If there are more streams than passes.
    """
    if len(passes) < len(come):
        raise ValueError(
            f"passes must be at least {len(come)}, one for each number, not {len(passes)}"
        )
    left = [list(reversed(frames)) for frames in come]
    now, ended = 0.0, []
    while any(left):
        now = max(now, min(frames[-1][0] for frames in left if frames))
        taken = [frames.pop() for frames in left if frames and frames[-1][0] <= now]
        now += passes[len(taken) - 1]
        ended += [(at, due, now) for at, due in taken]
    return _outcome(ended)


def _outcome(ended: Sequence[tuple[float, float, float]]) -> Outcome:
    """Of arrival, when it was due, and end of each frame."""
    at, due, end = np.array(ended).T
    return Outcome(end - at, end > due, len(ended) / (end.max() - at.min()))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean over seeds, and half of its 95 % interval (ten seeds)."""
    own = np.asarray(values, float)
    return float(own.mean()), float(T_95 * own.std(ddof=1) / np.sqrt(len(own)))
