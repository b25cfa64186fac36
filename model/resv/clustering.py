"""Hamming clustering of one chunk: section 4 of the specification, word by word (D12 to D16, D24).

Golden model of the HCU. Source: V-Rex, section IV-B; the paper leaves open which of several near
clusters a token joins and what happens when the table is full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.config import MAX_MEMBERS, ClusterRules, check_hash_bits
from resv.hashing import check_words, hamming_distance


class ChunkRefused(ValueError):
    """No cluster of a full table can take another token (D14). Nothing has changed."""


@dataclass(frozen=True, eq=False)
class Assignments:
    """Where the tokens of one chunk go.

    Parameters
    ----------
    clusters : ndarray of int32 [T]
        The cluster each token joined or founded.
    founded : ndarray of bool [T]
        The token founded its cluster (D13).
    full : ndarray of bool [T]
        The token joined only because it could not found: the table was full (D14).
    distances : ndarray of uint8 [T]
        Hamming distance to the cluster's hash bits, in bits; 0 for a founder.
    """

    clusters: NDArray[np.int32]
    founded: NDArray[np.bool_]
    full: NDArray[np.bool_]
    distances: NDArray[np.uint8]

    @classmethod
    def of_tokens(cls, decided: Sequence[tuple[int, bool, bool, int]]) -> Self:
        """From cluster, founded, full and distance of one token after the other."""
        columns = np.array(decided, np.int32).reshape(-1, 4).T
        return cls(
            clusters=columns[0],
            founded=columns[1].astype(bool),
            full=columns[2].astype(bool),
            distances=columns[3].astype(np.uint8),
        )

    def __len__(self) -> int:
        return len(self.clusters)


class HCTable:
    """Hash words and members of the clusters of one context: the HCU's part of the HC table.

    Parameters
    ----------
    words : ndarray of uint8 [C, N / 8]
        The clusters' hash bits, which are their founders' (D15). C may be 0.
    members : ndarray of any integer dtype [C]
        Members of each cluster, 1 to 65,535.

    Raises
    ------
    TypeError, ValueError
        If an array has another dtype, shape or range.
    """

    def __init__(self, words: NDArray[np.uint8], members: NDArray[np.integer]) -> None:
        self._words = check_words("words", words).copy()
        checks.integers("members", members, (len(words),), 1, MAX_MEMBERS)
        if len(words) > MAX_MEMBERS:
            raise ValueError(f"words must be at most {MAX_MEMBERS} clusters, not {len(words)}")
        self._members = members.astype(np.int32)

    @classmethod
    def empty(cls, hash_bits: int) -> "HCTable":
        """A table without clusters, for hash words of ``hash_bits`` bits."""
        width = check_hash_bits(hash_bits) // 8
        return cls(np.zeros((0, width), np.uint8), np.zeros(0, np.int32))

    def __len__(self) -> int:
        """Number of clusters."""
        return len(self._members)

    @property
    def hash_bits(self) -> int:
        """Bits of a hash word."""
        return 8 * self._words.shape[1]

    @property
    def words(self) -> NDArray[np.uint8]:
        """Hash words, uint8 [C, N / 8], read-only."""
        return _read_only(self._words)

    @property
    def members(self) -> NDArray[np.int32]:
        """Members of each cluster, int32 [C], read-only."""
        return _read_only(self._members)

    def apply(self, words: NDArray[np.uint8], assignments: Assignments) -> None:
        """Enter what ``cluster_chunk`` decided about a chunk (D24).

        Parameters
        ----------
        words : ndarray of uint8 [T, N / 8]
            The chunk's hash words.
        assignments : Assignments
            What ``cluster_chunk`` returned for these words and this table.

        Raises
        ------
        TypeError, ValueError
            If the words or assignments do not belong to this table. It then stays as it was.
        """
        check_words("words", words, self._words.shape[1])
        if len(words) != len(assignments):
            raise ValueError(f"words must be {len(assignments)} tokens, not {len(words)}")
        founders = assignments.clusters[assignments.founded]
        clusters = len(self) + len(founders)
        if founders.tolist() != list(range(len(self), clusters)):
            raise ValueError(f"assignments must found clusters from {len(self)} on, not {founders}")
        members = np.bincount(assignments.clusters, minlength=clusters)
        members[: len(self)] += self._members
        if len(members) > clusters or members.max(initial=0) > MAX_MEMBERS:
            raise ValueError("assignments must be made for this table, not another one")
        self._words = np.concatenate([self._words, words[assignments.founded]])
        self._members = members.astype(np.int32)


def cluster_chunk(words: NDArray[np.uint8], table: HCTable, rules: ClusterRules) -> Assignments:
    """Decide for every token of a chunk which cluster it joins or founds.

    Token by token, in their order. The table is only read; ``table.apply`` enters the result.

    Parameters
    ----------
    words : ndarray of uint8 [T, N / 8]
        Hash words of the chunk's tokens, 0 to ``rules.max_chunk`` of them.
    table : HCTable
        The table at chunk start. It may hold more clusters than ``rules.max_clusters``.
    rules : ClusterRules
        May change from chunk to chunk.

    Returns
    -------
    Assignments
        Exact: hardware must match it bit for bit.

    Raises
    ------
    TypeError, ValueError
        If the words do not fit the table, are too many, or Th_hd is above ``hash_bits + 1``.
    ChunkRefused
        If the table is full and no cluster is joinable (D14).
    """
    check_chunk(words, table, rules)

    # D12, decided once, at chunk start. A cluster founded in this chunk is both.
    joinable = table.members + rules.max_chunk <= MAX_MEMBERS
    is_open = joinable & (table.members < (rules.cluster_cap or MAX_MEMBERS))
    is_open = np.concatenate([is_open, np.ones(len(words), bool)])
    joinable = np.concatenate([joinable, np.ones(len(words), bool)])
    known = np.concatenate([table.words, np.empty_like(words)])  # and room for every founder
    clusters = len(table)

    decided = []
    for word in words:
        distance = hamming_distance(word[None], known[:clusters])[0].astype(int)
        near = _nearest(distance, is_open[:clusters] & (distance < rules.Th_hd))
        if near is not None:  # D13: join
            decided.append((near, False, False, distance[near]))
        elif clusters < rules.max_clusters:  # D13: found
            decided.append((clusters, True, False, 0))
            known[clusters] = word  # D15
            clusters += 1
        else:  # D14: full
            forced = _nearest(distance, is_open[:clusters])
            if forced is None:
                forced = _nearest(distance, joinable[:clusters])
            if forced is None:
                raise refusal(clusters, rules)
            decided.append((forced, False, True, distance[forced]))

    return Assignments.of_tokens(decided)


def check_chunk(words: NDArray[np.uint8], table: HCTable, rules: ClusterRules) -> None:
    """Check what ``cluster_chunk`` is given; raises its TypeError and ValueError."""
    check_words("words", words, table.hash_bits // 8)
    checks.integer("tokens of a chunk", len(words), 0, rules.max_chunk)
    checks.integer("Th_hd", rules.Th_hd, 0, table.hash_bits + 1)


def refusal(clusters: int, rules: ClusterRules) -> ChunkRefused:
    """The error of a chunk with a token that none of so many clusters can take."""
    return ChunkRefused(
        f"chunk refused: the table is full ({clusters} clusters, max_clusters "
        f"{rules.max_clusters}) and no cluster can take {rules.max_chunk} more members"
    )


def _nearest(distance: NDArray[np.int_], allowed: NDArray[np.bool_]) -> int | None:
    """The allowed cluster of smallest distance, ties to the lowest index; None if none is."""
    candidates = np.flatnonzero(allowed)
    if not candidates.size:
        return None
    return int(candidates[np.argmin(distance[candidates])])  # argmin: the first of equals


def _read_only(array: NDArray) -> NDArray:
    view = array.view()
    view.flags.writeable = False
    return view
