"""What one process does of a sweep: one policy on one trace with one seed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from resv import named_traces
from resv.laboratory import Row, Settings
from resv.laboratory.comparison import provenance
from resv.laboratory.measure import REFERENCE, measure
from resv.sweeps.declaration import Sweep
from resv.traces import Trace, load_trace

TRACES_KEPT = 2
"""Traces that a process keeps in memory."""


@dataclass(frozen=True)
class Unit:
    """A part of a sweep that is measured in one go, with the same result wherever that is.

    Attributes
    ----------
    name : str
        Of the trace.
    path : Path
        Where it lies, for every process.
    trace_sha256 : str
    settings : Settings
        Of one policy.
    version : str
        Of this package.
    """

    name: str
    path: Path
    trace_sha256: str
    settings: Settings
    version: str

    @property
    def key(self) -> str:
        """What names its result: a hash of all that the result depends on."""
        parts = (self.name, self.trace_sha256, self.settings.sha256, self.version)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

    def __str__(self) -> str:
        (policy,) = self.settings.policies
        said = [self.name, policy.label, f"seed {self.settings.seed}"]
        for what, chosen in (("layer", self.settings.layers), ("KV head", self.settings.kv_heads)):
            if chosen and len(chosen) == 1:
                said.append(f"{what} {chosen[0]}")
        return ", ".join(said)


def units(sweep: Sweep, traces: Mapping[str, Trace]) -> Iterator[Unit]:
    """The units of a sweep, in the order of its results.

    Parameters
    ----------
    sweep : Sweep
    traces : mapping of str to Trace
        Its traces by name, in their order.
    """
    import resv  # the version; this module is imported by the package

    for path, (name, trace) in zip(sweep.traces, traces.items(), strict=True):
        place = named_traces.resolve(path).resolve()
        for seed in sweep.seeds:
            for policy in (REFERENCE, *sweep.settings.policies):
                one = replace(sweep.settings, policies=(policy,), seed=seed)
                for settings in _parts(one, sweep.fit, trace):
                    yield Unit(name, place, trace.sha256 or "", settings, resv.__version__)


def _parts(settings: Settings, fit: str, trace: Trace) -> Iterator[Settings]:
    """The settings as they are, or those of each layer and KV head."""
    if fit == "together":
        yield settings
        return
    for layer, kv_head in settings.heads(trace):
        yield replace(settings, layers=(layer,), kv_heads=(kv_head,))


def measured(unit: Unit) -> list[Row]:
    """The rows of a unit; what a process of a sweep runs.

    Raises
    ------
    OSError
        If this process cannot read the trace.
    ValueError
        If it reads another trace there, has another version of this package, or cannot measure.
    """
    import resv

    if resv.__version__ != unit.version:
        raise ValueError(f"worker must have resv {unit.version}, not {resv.__version__}")
    trace = _loaded(unit.path, unit.trace_sha256)
    (policy,) = unit.settings.policies
    return measure(trace, policy, unit.settings, provenance(unit.name, trace, unit.settings))


@lru_cache(TRACES_KEPT)
def _loaded(path: Path, sha256: str) -> Trace:
    trace = load_trace(path)
    if trace.sha256 != sha256:
        raise ValueError(f"{path}: trace must have SHA-256 {sha256}, not {trace.sha256}")
    return trace
