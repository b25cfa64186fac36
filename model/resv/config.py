"""The runtime values of ReSV, checked once where they enter (decisions D1 to D5, D10, D16, D20)."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from resv import checks

MAX_HASH_BITS = 128
MAX_MEMBERS = 65_535
"""Members of a cluster are 16-bit (D12); also the largest ``max_clusters`` (D16)."""


@dataclass(frozen=True, kw_only=True)
class ClusterRules:
    """What the clustering of one chunk needs; runtime inputs of the HCU (D31).

    Parameters
    ----------
    Th_hd : int
        Hamming threshold in bits: a token joins below it. 0 to ``hash_bits + 1``.
    max_clusters : int
        Clusters a table may hold, 1 to 65,535. A table may already hold more: then it is full.
    cluster_cap : int or None
        Clusters with this many members at chunk start are closed, 1 to 65,535. 65,535 is the same
        as none and is kept as None.
    max_chunk : int
        Most tokens of a chunk, 1 to 65,535 (D1, D12).

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its limits.
    """

    Th_hd: int = 7
    max_clusters: int = 4_096
    cluster_cap: int | None = None
    max_chunk: int = 256

    def __post_init__(self) -> None:
        _set(self, "Th_hd", checks.integer("Th_hd", self.Th_hd, 0, MAX_HASH_BITS + 1))
        _check_table_limits(self)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every runtime value of ReSV.

    Parameters
    ----------
    hash_bits : int
        Bits of a hash word (the paper's N_hp), a multiple of 8 from 8 to 128 (D10).
    Th_hd : int
        Hamming threshold in bits, 0 to ``hash_bits + 1`` (D16).
    Th_r : float
        Threshold ratio of WiCSum, 0 to 1 (Eq. 2 of the paper, D20).
    sink_tokens : int
        First positions of a stream that are never clustered and always attended to (D3).
    recent_tokens : int
        Positions before a chunk that are always attended to (D4).
    max_chunk : int
        Most tokens of a chunk, 1 to 65,535 (D1).
    max_clusters : int
        Clusters a table may hold, 1 to 65,535 (D16).
    cluster_cap : int or None
        Members from which a cluster is closed, 1 to 65,535; 65,535 is kept as None (D12, D16).
    scale : float or None
        The model's attention scale, above 0. None: 1/sqrt(d) (D19).
    wicsum : {"float64", "integer"}
        Which form of WiCSum selects: D20, or the hardware's D42.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its limits.
    """

    hash_bits: int = 32
    Th_hd: int = 7
    Th_r: float = 0.3
    sink_tokens: int = 16
    recent_tokens: int = 200
    max_chunk: int = 256
    max_clusters: int = 4_096
    cluster_cap: int | None = None
    scale: float | None = None
    wicsum: str = "float64"

    def __post_init__(self) -> None:
        _set(self, "hash_bits", check_hash_bits(self.hash_bits))
        _set(self, "Th_hd", checks.integer("Th_hd", self.Th_hd, 0, self.hash_bits + 1))
        _set(self, "Th_r", checks.real("Th_r", self.Th_r, 0, 1))
        _set(self, "sink_tokens", checks.integer("sink_tokens", self.sink_tokens, 0))
        _set(self, "recent_tokens", checks.integer("recent_tokens", self.recent_tokens, 0))
        _check_table_limits(self)
        if self.scale is not None:
            _set(self, "scale", checks.real("scale", self.scale))
            if self.scale <= 0:
                raise ValueError(f"scale must be above 0, not {self.scale}")
        checks.one_of("wicsum", self.wicsum, ("float64", "integer"))

    @classmethod
    def paper(cls, **changes: Any) -> Self:
        """The paper's configuration: the defaults with 1,024 clusters, then ``changes``."""
        return cls(**{"max_clusters": 1_024} | changes)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The configuration that ``to_dict`` described; all its fields must be there, and no other.

        Raises
        ------
        TypeError, ValueError
            If a field is missing, unknown, of the wrong kind or out of its limits.
        """
        if not isinstance(values, Mapping):
            raise TypeError(f"config must be an object of fields, not {type(values).__name__}")
        names = [field.name for field in fields(cls)]
        for name in names:
            if name not in values and name != "wicsum":
                raise ValueError(f"config must have the field {name}, not only {sorted(values)}")
        for name in values:
            if name not in names:
                raise ValueError(f"config must have only the fields {names}, not {name!r}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, as plain values that JSON can hold.

        ``wicsum`` is left out where it is the default: files from before it existed stay the same.
        """
        values = asdict(self)
        if values["wicsum"] == "float64":
            del values["wicsum"]
        return values

    @property
    def rules(self) -> ClusterRules:
        """The part that clustering needs."""
        return ClusterRules(
            **{field.name: getattr(self, field.name) for field in fields(ClusterRules)}
        )

    @property
    def TH(self) -> int | None:
        """The threshold register of D20, RNE(2^16 * Th_r), 0 to 65,535; None means "all".

        The product is exact and Python's ``round`` goes to even. A Th_r below 1 that rounds to 2^16
        is "all" too: a prefix never sums to more than everything.
        """
        register = round(65_536 * self.Th_r)
        return None if register == 65_536 else register

    def scale_for(self, d: int) -> float:
        """The attention scale for heads of size ``d`` (D19)."""
        return 1 / math.sqrt(d) if self.scale is None else self.scale


def check_hash_bits(hash_bits: Any) -> int:
    """Check a number of hash bits: a multiple of 8 from 8 to 128 (D10)."""
    bits = checks.integer("hash_bits", hash_bits, 8, MAX_HASH_BITS)
    if bits % 8:
        raise ValueError(f"hash_bits must be a multiple of 8, not {bits}")
    return bits


def _check_table_limits(values: Config | ClusterRules) -> None:
    """The limits of D16 that ``Config`` and ``ClusterRules`` share."""
    for name in ("max_chunk", "max_clusters"):
        _set(values, name, checks.integer(name, getattr(values, name), 1, MAX_MEMBERS))
    if values.cluster_cap is not None:
        cap = checks.integer("cluster_cap", values.cluster_cap, 1, MAX_MEMBERS)
        _set(values, "cluster_cap", None if cap == MAX_MEMBERS else cap)


def _set(values: Config | ClusterRules, name: str, value: Any) -> None:
    """Store a checked value in a frozen dataclass."""
    object.__setattr__(values, name, value)
