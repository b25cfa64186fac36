"""What policies with the knob Th_r select at one Th_r, as the paper runs ReSV."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from resv import policies
from resv.laboratory.attending import Attending
from resv.laboratory.entries import costs, kind_of
from resv.paper.shown import Say
from resv.traces import Trace

TH_R = 0.3


@dataclass(frozen=True)
class Chunk:
    """One chunk in one layer and KV head.

    Attributes
    ----------
    at : tuple of int
        Layer and KV head.
    kind : {"frames", "text"}
    far, selected, rows : int
    error : float
        Sum over the rows (D135).
    operations, table_bytes : float
    """

    at: tuple[int, int]
    kind: str
    far: int
    selected: int
    rows: int
    error: float
    operations: float
    table_bytes: float


def chunks(
    trace: Trace, name: str, say: Say, Th_r: float = TH_R, with_error: bool = True
) -> Iterator[Chunk]:
    """Every chunk of a trace that has far tokens, with a policy at one Th_r."""
    policy = policies.make(name)
    for at in np.ndindex(trace.k.shape[:2]):
        say(f"{name}, layer {at[0]}, KV head {at[1]}")
        head = policy.start()
        for seen in policies.walk(trace, *at):
            entries, kind = head.entries(seen.past, seen.rows), kind_of(seen.kind)
            if kind is None:
                continue
            order = np.argsort(entries, kind="stable")
            count = int(np.count_nonzero(entries <= Th_r))
            error = Attending(seen).first(order, [count])[0].error if with_error else float("nan")
            yield Chunk(
                at, kind, len(entries), count, len(seen.rows), error, *costs(policy, seen, head)
            )


def ratio(some: list[Chunk]) -> float:
    """Retrieval ratio in %, sum over sum; NaN if there is none."""
    far = sum(chunk.far for chunk in some)
    return 100 * sum(chunk.selected for chunk in some) / far if far else float("nan")
