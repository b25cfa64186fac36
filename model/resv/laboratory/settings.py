"""What a comparison is told, checked once."""

import hashlib
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from resv import checks
from resv.config import Config
from resv.policies import Policy, make, names
from resv.traces import Trace

RATIOS = (0.05, 0.1, 0.2, 0.33)
"""Retrieval ratios that policies are brought to."""

TOLERANCE = 0.0025
"""A ratio counts as reached within a quarter of a point (D134)."""

KINDS = ("frames", "text")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How policies are compared.

    Parameters
    ----------
    policies : iterable of str or Policy
        By default all there are.
    ratios : iterable of float
        Retrieval ratios, above 0 and below 1; none only if there are knobs.
    knobs : iterable of float
        Knobs to be measured as they are, 0 to 1: Th_r of ReSV, a share of others.
    layers, kv_heads : iterable of int or None
        What of a trace is measured; None: all.
    config : Config
        ``sink_tokens``, ``recent_tokens``, ``max_chunk`` and ``scale`` hold for all policies.
    seed : int
        Of all that is drawn, at least 0.
    block_chunks : int
        Chunks of one kind that follow each other and are drawn together (D137).
    link : bool
        Whether link bytes are measured.
    held_back : int
        Far tokens that may wait in near memory, for each layer and KV head (D62).
    area_pages : int
        Pages of 4 KB that stay there (D66).

    Raises
    ------
    TypeError, ValueError
        If a value is of a wrong kind or out of its limits, or a policy is given twice.
    """

    policies: tuple[Policy, ...] = ()
    ratios: tuple[float, ...] = RATIOS
    knobs: tuple[float, ...] = ()
    layers: tuple[int, ...] | None = None
    kv_heads: tuple[int, ...] | None = None
    config: Config = field(default_factory=Config)
    seed: int = 0
    block_chunks: int = 20
    link: bool = True
    held_back: int = 256
    area_pages: int = 32

    def __post_init__(self) -> None:
        chosen = _several("policies", self.policies) or names()
        object.__setattr__(self, "policies", tuple(make(one) for one in chosen))
        labels = [policy.label for policy in self.policies]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"policies must be different ones, not {label!r} twice")
        self._check_budgets()
        for name in ("layers", "kv_heads"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _places(name, getattr(self, name)))
        if not isinstance(self.config, Config):
            raise TypeError(f"config must be a Config, not {type(self.config).__name__}")
        checks.integer("seed", self.seed, 0)
        checks.integer("block_chunks", self.block_chunks, 1)
        checks.flag("link", self.link)
        checks.integer("held_back", self.held_back, 0)
        checks.integer("area_pages", self.area_pages, 1)

    def _check_budgets(self) -> None:
        ratios = _several("ratios", self.ratios)
        object.__setattr__(self, "ratios", tuple(sorted(_ratio(one) for one in ratios)))
        knobs = [checks.real("knobs", one, 0, 1) for one in _several("knobs", self.knobs)]
        object.__setattr__(self, "knobs", tuple(sorted(knobs)))
        if len(set(self.knobs)) < len(self.knobs):
            raise ValueError(f"knobs must be all different, not {list(self.knobs)}")
        missing = not self.ratios and not self.knobs
        if missing or len(set(self.ratios)) < len(self.ratios):
            raise ValueError(f"ratios must be one or more, all different, not {list(self.ratios)}")

    def heads(self, trace: Trace) -> list[tuple[int, int]]:
        """Layers and KV heads of a trace that are measured, in order."""
        chosen = (self.layers, self.kv_heads)
        every = (range(count) for count in trace.k.shape[:2])
        return list(itertools.product(*(c or e for c, e in zip(chosen, every, strict=True))))

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return {
            "policies": {p.label: {"name": p.name, **p.parameters} for p in self.policies},
            "ratios": list(self.ratios),
            "knobs": list(self.knobs),
            "layers": None if self.layers is None else list(self.layers),
            "kv_heads": None if self.kv_heads is None else list(self.kv_heads),
            "config": self.config.to_dict(),
            "seed": self.seed,
            "block_chunks": self.block_chunks,
            "link": self.link,
            "held_back": self.held_back,
            "area_pages": self.area_pages,
        }

    @property
    def sha256(self) -> str:
        """Of ``to_dict`` as JSON with sorted names: the configuration hash of results."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _several(name: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be several, in a list, not {value!r}")
    return list(value)


def _places(name: str, value: Any) -> tuple[int, ...]:
    """Numbers of layers or KV heads, ascending."""
    chosen = sorted(checks.integer(name, one, 0) for one in _several(name, value))
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"{name} must be one or more, all different, not {chosen}")
    return tuple(chosen)


def _ratio(value: Any) -> float:
    ratio = checks.real("ratios", value)
    if not 0 < ratio < 1:
        raise ValueError(f"ratios must be above 0 and below 1, not {ratio:g}")
    return ratio
