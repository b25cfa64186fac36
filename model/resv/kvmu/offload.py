"""Which entries share the next far page (D63)."""

from collections import OrderedDict
from collections.abc import Callable

Take = list[tuple[int, int]]
"""Clusters, and how many of the oldest held entries of each."""


class Held:
    """The far tokens of one context that are still in the ring, by cluster and by age.

    Attributes
    ----------
    count : int
        How many there are.
    """

    def __init__(self, page_entries: int) -> None:
        self.page_entries = page_entries
        self.count = 0
        self.by_cluster: OrderedDict[int, list[int]] = OrderedDict()
        """Positions, oldest first; the cluster that grew last is last."""
        self.whole: OrderedDict[int, None] = OrderedDict()
        """Clusters that fill a page, in the order in which they came to."""

    def add(self, cluster: int, token: int) -> None:
        """A token has become a far token."""
        tokens = self.by_cluster.setdefault(cluster, [])
        tokens.append(token)
        self.by_cluster.move_to_end(cluster)
        if len(tokens) >= self.page_entries:
            self.whole.setdefault(cluster)
        self.count += 1

    def tokens(self, cluster: int) -> list[int]:
        """Those of a cluster, oldest first."""
        return self.by_cluster.get(cluster, [])

    def take(self, cluster: int, count: int) -> list[int]:
        """Remove the oldest of a cluster, and give them."""
        tokens = self.by_cluster[cluster]
        taken, rest = tokens[:count], tokens[count:]
        self.by_cluster[cluster] = rest
        if not rest:
            del self.by_cluster[cluster]
        self.whole.pop(cluster, None)
        if len(rest) >= self.page_entries:
            self.whole[cluster] = None
        self.count -= len(taken)
        return taken


def stale(held: Held) -> Take:
    """A cluster that fills a page, else the clusters that have not grown for the longest time.

    What has not grown for long will not fill a page soon; what grows is left to fill one.
    """
    if held.whole:
        return [(next(iter(held.whole)), held.page_entries)]
    return _fill(held, list(held.by_cluster))


def largest(held: Held) -> Take:
    """The clusters with the most entries, ties to the lowest index."""
    order = sorted(held.by_cluster, key=lambda cluster: (-len(held.by_cluster[cluster]), cluster))
    return _fill(held, order)


def age(held: Held) -> Take:
    """The oldest entries, whatever their cluster: what a layout by time would give."""
    tokens = ((token, cluster) for cluster, found in held.by_cluster.items() for token in found)
    oldest = sorted(tokens)[: held.page_entries]
    take: dict[int, int] = {}
    for _, cluster in oldest:
        take[cluster] = take.get(cluster, 0) + 1
    return list(take.items())


OFFLOADS: dict[str, Callable[[Held], Take]] = {"stale": stale, "largest": largest, "age": age}
"""Rules by name: which held entries, exactly a page of them, are written next."""


def _fill(held: Held, order: list[int]) -> Take:
    take, room = [], held.page_entries
    for cluster in order:
        count = min(room, len(held.by_cluster[cluster]))
        take.append((cluster, count))
        room -= count
        if not room:
            break
    return take
