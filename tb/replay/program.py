"""Running a replay program: what all units give to it, and what comes back.

Kinds of records that all units share (numbers u32 unless said otherwise):

    stimulus, the first two
    1 build     the build's parameters, those that matter to the unit's surroundings
    2 run       seed u64, patience_cycles u64, most_cycles u64, first_number, what else the unit's
                run has, and for each stream in 65,536ths how often it is willing

    results, the last ones
    17 summary  cycles u64, seconds f64 of the clock loop, and of the processor in it f64, status,
                the counters
    18 fault    cycle u64, text: the rule that the unit broke; the run ended there
"""

import os
import struct
import subprocess
from dataclasses import dataclass, field

import numpy as np

from replay import records

BUILD, RUN, SUMMARY, FAULT = 1, 2, 17, 18


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a replay is run.

    Attributes
    ----------
    seed : int
        Of the stalls.
    stalls : dict of str to float
        By stream: how often in each cycle it is willing; missing ones always are.
    first_number : int
        Number of the first chunk (spec D27).
    patience_cycles : int
        So long may nothing move on any stream before the unit counts as stuck.
    most_cycles : int
        So long may all of it take; 0: any time.
    """

    seed: int = 0
    stalls: dict[str, float] = field(default_factory=dict)
    first_number: int = 0
    patience_cycles: int = 100_000
    most_cycles: int = 0

    def record(self, streams, *own):
        """The record of a run for a unit with these streams; ``own``: the unit's own numbers.

        Raises
        ------
        ValueError
            If stalls are given for another stream.
        """
        for name in self.stalls:
            if name not in streams:
                raise ValueError(f"stalls must name one of {', '.join(streams)}, not {name!r}")
        willing = [round(65_536 * self.stalls.get(name, 1)) for name in streams]
        numbers = (self.first_number, *own, *willing)
        head = struct.pack("<QQQ", self.seed, self.patience_cycles, self.most_cycles)
        return RUN, head + struct.pack(f"<{len(numbers)}I", *numbers)


@dataclass(frozen=True, kw_only=True)
class Clocked:
    """What every replay says of itself.

    Attributes
    ----------
    cycles : int
        Clock cycles, idle ones included.
    seconds, processor_seconds : float
        In the clock loop: of the clock on the wall, and of the processor, which does not count
        what other programs took on a busy machine.
    status : int
    counters : list of int
        As the unit's ports show them at the end.
    fault : str or None
        The rule that the unit broke, and when; the run ended there.
    """

    cycles: int
    seconds: float
    processor_seconds: float
    status: int
    counters: list[int]
    fault: str | None

    @property
    def cycles_per_second(self):
        """Simulated cycles a second on the wall."""
        return self.cycles / self.seconds

    @property
    def cycles_per_processor_second(self):
        """Simulated cycles a second of the processor."""
        return self.cycles / self.processor_seconds


def build_record(config, parameters):
    """The record of a build."""
    return BUILD, struct.pack(f"<{len(parameters)}I", *(getattr(config, p) for p in parameters))


def run(made, unit, stimulus, results, *, mutant=0):
    """Run a program on a stimulus file.

    Parameters
    ----------
    made : Path
        From `build.program`.
    unit : str
    stimulus, results : Path
        Files; the second is written.
    mutant : int
        Which one of a netlist with mutants is active; 0: none.

    Returns
    -------
    list of (kind, bytes)
        The unit's own records, and in `Clocked`'s words the others.
    dict

    Raises
    ------
    records.DamagedRecord
        If a file cannot be used; the message names the record.
    """
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [made, stimulus, results],
        env={**os.environ, "MUTANT": str(mutant)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        said = done.stderr.strip() or f"ended with status {done.returncode}"
        raise records.DamagedRecord(said)
    return _read(results, unit)


def _read(path, unit):
    own, clocked = [], {"fault": None}
    for kind, contents in records.read(path, unit):
        if kind == SUMMARY:
            values = struct.unpack_from("<QddI", contents)
            clocked |= zip(
                ("cycles", "seconds", "processor_seconds", "status"), values, strict=True
            )
            clocked["counters"] = np.frombuffer(contents[28:], "<u4").tolist()
        elif kind == FAULT:
            cycle = int.from_bytes(contents[:8], "little")
            clocked["fault"] = f"cycle {cycle}: {contents[8:].decode()}"
        else:
            own.append((kind, contents))
    return own, clocked
