"""Long runs through the compiled KVMU, held to the golden model: random commands, or a trace."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dre.kvmu.unit import COUNTED
from kvmu import coverage, mixture_kvmu, replay_kvmu
from kvmu.mixture_kvmu import BEGINNINGS
from kvmu.planned_kvmu import Plan, at_once
from kvmu.replay_kvmu import Given
from kvmu.trace_kvmu import replay_trace
from kvmu.wrong_kvmu import difference, name_of, wrong_monitor

__all__ = ["Piece", "Tally", "endure", "plan_piece", "replay_trace"]

COMMANDS = 2_000  # of a piece


@dataclass
class Tally:
    """What a build made of a run, summed over its pieces.

    Attributes
    ----------
    operations : int
        Commands, each answered.
    kinds : Counter
        Commands by operation and status.
    seen : Counter
        Situations, as `kvmu.coverage` names them.
    cycles, seconds, processor_seconds
    flips, corrected : int
        Bits of metadata that turned round by themselves; those that the unit has put right.
    mismatches : int
        Commands with anything wrong: result, grants, deliveries, bytes, pages; or no answer. A
        piece whose counters are wrong, or that broke a rule, counts one more.
    difference : str or None
        What was wrong first, and of which command.
    path : Path or None
        The stimulus it was wrong in.
    """

    operations: int = 0
    kinds: Counter = field(default_factory=Counter)
    seen: Counter = field(default_factory=Counter)
    cycles: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    flips: int = 0
    corrected: int = 0
    mismatches: int = 0
    difference: str | None = None
    path: Path | None = None

    def add(self, piece, replayed):
        """Count a piece that has been replayed."""
        self.operations += sum(one.ended > 0 for one in replayed.answers)
        self.cycles += replayed.cycles
        self.seconds += replayed.seconds
        self.processor_seconds += replayed.processor_seconds
        self.flips += replayed.flips
        self.corrected += replayed.counters[COUNTED.index("corrected")]
        self.kinds.update(coverage.kind_of(given.made) for given in piece.commands)
        wrong = difference([name_of(given.made) for given in piece.commands], replayed)
        monitor = wrong_monitor(piece.counts, replayed)
        self.mismatches += replayed.mismatches + bool(replayed.fault or monitor)
        if self.difference is None and (wrong or monitor):
            self.difference = f"{piece.name}, {wrong or monitor}"
            self.path = piece.path.with_name("first.bin")
            self.path.write_bytes(piece.path.read_bytes())


@dataclass(frozen=True)
class Piece:
    """A part of a run, from reset on.

    Attributes
    ----------
    name : str
    steps : list
    run : Run
    counts : Counter
        What the unit's counters must show at the end.
    path : Path
        Its stimulus.
    """

    name: str
    steps: list
    run: replay_kvmu.Run
    counts: Counter
    path: Path

    @property
    def commands(self):
        """The steps that are commands."""
        return [step for step in self.steps if isinstance(step, Given)]


def endure(name, build, operations, seed, *, say=None, change=None, folder=None):
    """Replay at least so many random commands on a build; returns the `Tally`.

    Parameters
    ----------
    name : str
        Of the program's folder.
    build : dre.kvmu.KVMUConfig
    operations, seed : int
        Together with the build's sizes the seed decides everything.
    say : callable or None
        Is told how far it is.
    change : callable or None
        Is given each `Piece` before it is written: a test plants what must be found out.
    folder : Path or None
        For the files; by default the program's.
    """
    say = say or (lambda text: None)
    say(f"{name}: building")
    made, tally, planned = replay_kvmu.build_program(build, name), Tally(), 0
    folder = folder or made.parents[1]
    with ThreadPoolExecutor(1) as worker:  # while one piece is replayed the next one is planned
        waiting = None
        for number in range(len(BEGINNINGS) + operations):
            if planned >= operations:
                break
            piece = plan_piece(build, number, operations - planned, seed, folder, tally.seen)
            planned += len(piece.commands)
            if change:
                change(piece)
            replay_kvmu.write(piece.path, build, piece.steps, piece.run)
            if waiting:
                tally.add(waiting[0], waiting[1].result())
                say(f"{name}: {tally.operations:,} operations, {tally.mismatches} mismatches")
            waiting = piece, worker.submit(replay_kvmu.replay, made, piece.path)
        tally.add(waiting[0], waiting[1].result())
    return tally


def plan_piece(build, number, most, seed, folder, seen):
    """One of the situations that must come, then random commands: at most about so many.

    ``number``: of the piece, which decides everything together with the seed.
    """
    rng = random.Random(f"{seed} {number}")
    plan = Plan(build, rng, seen)
    if number < len(BEGINNINGS):
        name, begins = list(BEGINNINGS.items())[number]
        plan.habits()
        at_once(begins(plan))
    else:
        at_once(mixture_kvmu.mixture(plan, min(most, COMMANDS)))
        name = f"piece {number}"
    path = folder / f"piece-{number % 2}.bin"  # the other one is being replayed
    run = mixture_kvmu.run(rng, build, plan.bases)
    return Piece(f"{name} of seed {seed}", plan.steps, run, plan.counts, path)
