"""What ``make sim`` has to know of a unit, and what a replay gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Unit:
    """What a unit brings, as ``UNIT`` in ``tb/<core>/sim_<core>.py``.

    Attributes
    ----------
    replay : str
        The bench that replays a trace; it writes fields of `Replay`, all but the preset.
    benches : tuple of str
        The others, where TESTCASE= is looked for too.
    parameters : dict
        Of the build, beside the preset.
    building : str
        How long a build takes, for people.
    table, draw : callable
        From the trace and the replays, ``draw`` also from a path, to a rich table and to the path.
    fast_parameters : dict
        Of the build for SIM=fast, beside the preset.
    fast : bool
        Whether there is ``fast_<core>``, for SIM=fast: its ``replay_trace(trace, builds, seed,
        say)`` gives a `FastReplay` of each build, one after the other.
    saved : module or None
        Reads the chunks that a fast replay saves; None if there are none.
    chunk : str or None
        The bench for such a chunk.
    optimise : str
        As in `simulate.prepare`.
    suited : callable
        From a trace, and whether it is for SIM=fast, to further parameters of the build, which the
        trace asks for; raises ValueError if there is no such build.
    """

    replay: str
    benches: tuple[str, ...]
    parameters: dict
    building: str
    table: Callable
    draw: Callable
    fast_parameters: dict = field(default_factory=dict)
    fast: bool = False
    saved: ModuleType | None = None
    chunk: str | None = None
    optimise: str = "full"
    suited: Callable = lambda trace, fast: {}


@dataclass(frozen=True)
class Replay:
    """What a trace did in one preset.

    ``mismatches`` is None of a bench that fails at the first; ``every``: only each so many'th chunk
    was replayed.
    """

    preset: str
    rows: list
    mismatches: int | None = None
    cycles_per_second: float | None = None
    every: int = 1


@dataclass(frozen=True)
class FastReplay:
    """What a trace did in the compiled unit of one build.

    Attributes
    ----------
    rows : list of dict
        As in `Replay`.
    mismatches : int
    difference : str or None
        What was wrong first.
    first : int or None
        Number of the chunk in which it was, if it was in one.
    path : Path or None
        A file of that chunk.
    cycles : int
    seconds, processor_seconds : float
        Of the clock loop.
    """

    rows: list
    mismatches: int
    difference: str | None
    first: int | None
    path: Path | None
    cycles: int
    seconds: float
    processor_seconds: float
