"""The fast form of ``resv.clustering``: the whole chunk against the table at once.

Only the founders of the chunk itself are looked at token by token. Same results, to the bit.
"""

import numpy as np
from numpy.typing import NDArray

from resv import search
from resv.clustering import Assignments, HCTable, check_chunk, refusal
from resv.config import MAX_MEMBERS, ClusterRules


def cluster_chunk(words: NDArray[np.uint8], table: HCTable, rules: ClusterRules) -> Assignments:
    """As ``resv.clustering.cluster_chunk``, in parameters, result and errors."""
    check_chunk(words, table, rules)
    tokens = search.as_numbers(words)
    near, forced = _in_table(tokens, table, rules)
    among = search.distances(tokens, tokens).tolist()
    founders: list[int] = []  # tokens of the chunk, in order
    first, room = len(table), max(rules.max_clusters - len(table), 0)
    decided = []
    for n, (index, distance) in enumerate(near):
        for rank, founder in enumerate(founders):  # nearer ones only: ties to the lowest index
            if among[n][founder] < distance:
                index, distance = first + rank, among[n][founder]
        if distance < rules.Th_hd:  # D13: join
            decided.append((index, False, False, distance))
        elif len(founders) < room:  # D13: found
            decided.append((first + len(founders), True, False, 0))
            founders.append(n)
        elif distance != search.NONE:  # D14: the nearest open one
            decided.append((index, False, True, distance))
        elif forced is not None and forced[n][1] != search.NONE:  # D14: the nearest joinable one
            decided.append((forced[n][0], False, True, forced[n][1]))
        else:
            raise refusal(first + len(founders), rules)
    return Assignments.of_tokens(decided)


def _in_table(
    tokens: NDArray[np.unsignedinteger], table: HCTable, rules: ClusterRules
) -> tuple[list[tuple[int, int]], list[tuple[int, int]] | None]:
    """Index and distance of each token's nearest open cluster of the table, and joinable one.

    The second is None where it cannot matter: if any cluster is open, or all are alike.
    """
    if not len(table):
        return [(0, search.NONE)] * len(tokens), None
    joinable = table.members <= MAX_MEMBERS - rules.max_chunk  # D12
    is_open = joinable
    if rules.cluster_cap is not None:
        is_open = joinable & (table.members < rules.cluster_cap)
    distance = search.distances(tokens, search.as_numbers(table.words))
    near = _pairs(*search.nearest(distance, is_open))
    if is_open.any():
        return near, None
    return near, _pairs(*search.nearest(distance, joinable))


def _pairs(index: NDArray, distance: NDArray) -> list[tuple[int, int]]:
    return list(zip(index.tolist(), distance.tolist(), strict=True))
