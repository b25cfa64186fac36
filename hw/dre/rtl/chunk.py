"""What goes into a chunk, and what a DRE makes of it, as arrays."""

from dataclasses import dataclass, field

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from dre.checks import integer

SCORES = (bfloat16, np.uint16)


@dataclass(frozen=True, eq=False, kw_only=True)
class Work:
    """One chunk of one context.

    Attributes
    ----------
    context : int
    tokens : int
        All of them; the first ones may be sinks.
    words : ndarray of uint8 [clustered tokens, hash_bits / 8]
        Hash words of those that are not.
    scores : ndarray of bfloat16 or uint16 [rows, clusters]
        Of every row with every cluster there is when the chunk begins; in mode ``weight``, weights.
    entries : ndarray of uint8 [tokens, entry_bytes]
        Keys and values.
    """

    context: int
    tokens: int
    words: NDArray[np.uint8]
    scores: NDArray
    entries: NDArray[np.uint8]

    @property
    def clusters(self):
        """Known when the chunk begins."""
        return self.scores.shape[1]


@dataclass(eq=False, kw_only=True)
class Done:
    """What has come of it.

    Attributes
    ----------
    context, number : int
        ``number`` of the chunk, modulo 2^16.
    slots : ndarray of int64 [tokens]
        Near addresses of its keys and values.
    clusters, founded, full, distances : ndarray [clustered tokens]
        int64, bool, bool and int64; as the HCU's assignments (spec section 9).
    selected : ndarray of bool [rows, clusters]
    rows : dict of str to ndarray of int64 [rows]
        Trailers: entries, mass, total, saturated, passes, status (spec D46).
    delivered : ndarray of int64 [any]
        Positions of selected tokens, in the order in which they came.
    content : ndarray of uint8 [any, entry_bytes]
        Their keys and values.
    lost : int
        Selected tokens that could not be read.
    cycles : dict of str to int
        From the first command on: ``granted``, ``clustered``, ``thresholded``, ``delivered``,
        ``all``. If it went `RTL.ahead`: ``clustered`` and ``ended`` from `RTL.end` on.
    beats_at : dict of str to ndarray of int64
        The cycles in which beats moved, by stream, of all chunks side by side.
    """

    context: int
    number: int
    slots: NDArray[np.int64] | None = None
    clusters: NDArray[np.int64] | None = None
    founded: NDArray[np.bool_] | None = None
    full: NDArray[np.bool_] | None = None
    distances: NDArray[np.int64] | None = None
    selected: NDArray[np.bool_] | None = None
    rows: dict = field(default_factory=dict)
    delivered: NDArray[np.int64] | None = None
    content: NDArray[np.uint8] | None = None
    lost: int = 0
    cycles: dict = field(default_factory=dict)
    beats_at: dict = field(default_factory=dict)

    @property
    def selected_clusters(self):
        """Clusters that any row selects, ascending: int64 [any]."""
        return np.flatnonzero(self.selected.any(axis=0))


def check_works(config, works):
    """Whether chunks fit a build, and each other.

    Raises
    ------
    TypeError, ValueError
        If an array is of another kind or shape, or a context is there twice.
    """
    contexts = [work.context for work in works]
    if len(set(contexts)) != len(contexts):
        raise ValueError(f"context must be another one in each chunk, not {contexts}")
    for work in works:
        integer("tokens", work.tokens, 1, config.max_chunk)
        integer("context", work.context, 0, config.contexts - 1)
        _check("words", work.words, (np.uint8,), (None, config.hash_bits // 8))
        integer("hash words", len(work.words), 0, work.tokens)
        _check("entries", work.entries, (np.uint8,), (work.tokens, config.entry_bytes))
        _check("scores", work.scores, SCORES, (None, None))
        integer("rows", len(work.scores), 0, config.max_rows)
        integer("clusters", work.clusters, 0, config.max_clusters)


def _check(name, array, dtypes, shape):
    if not isinstance(array, np.ndarray) or array.dtype not in dtypes:
        kinds = " or ".join(np.dtype(one).name for one in dtypes)
        found = array.dtype.name if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"{name} must be an array of {kinds}, not {found}")
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} must have the shape [{wanted}], not {list(array.shape)}")
