"""The KVMU, plain: every slot, page and address, one operation after the other (D60 to D69)."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from resv import checks
from resv.kvmu.config import ContextConfig, KVConfig
from resv.kvmu.contexts import Context, ContextRefused, GrantRefused
from resv.kvmu.counters import Counters
from resv.kvmu.fetching import Fails, never, next_part, plan
from resv.kvmu.offload import OFFLOADS, Held
from resv.kvmu.parts import Part
from resv.kvmu.residency import Area


@dataclass(frozen=True)
class Write:
    """A page that leaves: ring ``slots``, in the order of its entries, to far page ``page``."""

    page: int
    slots: tuple[int, ...]


class KVMU:
    """Two memories and what is in them.

    Operations of one chunk, in their order: `grant`, `fetch`, `release` until it gives None, `end`.
    Chunks of different contexts may overlap. What raises has changed nothing.

    Parameters
    ----------
    config : KVConfig or None
        None: the defaults.

    Attributes
    ----------
    free_slots, free_frames, free_pages : deque of int
        The pools: taken from the front, given back at the end (D61, D64).
    free_extents : int
        How many more extents there may be.
    """

    def __init__(self, config: KVConfig | None = None) -> None:
        config = KVConfig() if config is None else config
        if not isinstance(config, KVConfig):
            raise TypeError(f"config must be a KVConfig, not {type(config).__name__}")
        self.config = config
        self.free_slots = deque(range(config.near_slots))
        self.free_frames = deque(range(config.frames))
        self.free_pages = deque(range(config.far_pages))
        self.free_extents = config.extents
        self._contexts: dict[int, Context] = {}
        self._promised = 0  # slots that contexts may still ask for

    # -- contexts ----------------------------------------------------------------------------------

    def context_init(self, context: int, config: ContextConfig | None = None) -> None:
        """Begin a context (D61).

        Raises
        ------
        ContextRefused
            If its ring capacity or its frames are not free.
        TypeError, ValueError
            If it exists, or a value is not allowed.
        """
        config = ContextConfig() if config is None else config
        checks.integer("context", context, 0, 4_095)
        if context in self._contexts:
            raise ValueError(f"context must be a new one, not {context}, which exists")
        least = self.config.page_entries - 1
        checks.integer("held_back", config.held_back, least)
        asked = config.sink_tokens + config.capacity
        free = self.config.near_slots - self._promised
        if asked > free:
            raise ContextRefused(f"ring slots of a context must be at most {free}, not {asked}")
        if config.frames > len(self.free_frames):
            left = len(self.free_frames)
            raise ContextRefused(f"frames of a context must be at most {left}, not {config.frames}")
        self._promised += asked
        frames = [self.free_frames.popleft() for _ in range(config.frames)]
        self._contexts[context] = Context(
            config=config,
            area=Area(frames, self.config.eviction),
            held=Held(self.config.page_entries),
            sinks=[self.free_slots.popleft() for _ in range(config.sink_tokens)],
        )

    def context_free(self, context: int) -> None:
        """End a context: slots, frames and pages go back, in this order (D69)."""
        state = self._state(context)
        self.free_slots.extend(state.leaving())
        self.free_frames.extend(state.area.numbers)
        self.free_pages.extend(state.pages)
        self.free_extents += sum(map(len, state.extents.values()))
        self._promised -= state.config.sink_tokens + state.config.capacity
        del self._contexts[context]

    def context(self, context: int) -> Context:
        """What is kept of a context; not to be changed."""
        return self._state(context)

    def counters(self, context: int) -> Counters:
        """What it has moved."""
        return self._state(context).counters

    # -- a chunk -----------------------------------------------------------------------------------

    def grant(self, context: int, tokens: int) -> tuple[int, ...]:
        """Near byte addresses for the keys and values of a chunk (D61).

        Raises
        ------
        GrantRefused
            If the context's capacity is used up, which is so when far memory is full.
        ValueError
            If a chunk is under way, or it has no tokens or more than ``max_chunk``.
        """
        state = self._state(context)
        checks.integer("tokens", tokens, 1, state.config.max_chunk)
        if state.granted:
            raise ValueError(f"context must have ended its chunk, not {context}")
        sinks = state.sinks_among(tokens)
        room = state.config.capacity - len(state.slots)
        if tokens - sinks > room:
            state.counters.refused += 1
            most = room + sinks
            raise GrantRefused(f"tokens of a chunk must be at most {most} now, not {tokens}")
        slots = state.sinks[state.tokens : state.tokens + sinks]
        for position in range(state.tokens + sinks, state.tokens + tokens):
            state.slots[position] = self.free_slots.popleft()
            slots.append(state.slots[position])
        state.granted = tokens
        return tuple(self.config.slot_address(slot) for slot in slots)

    def fetch(self, context: int, clusters: Sequence[int], *, fails: Fails = never) -> Part:
        """Bring the far tokens of the selected clusters (D66, D67); the first part.

        Parameters
        ----------
        context : int
        clusters : sequence of int
            In the order in which they are selected, each once. One that is not known has no
            tokens.
        fails : callable
            Whether a page cannot be read (D86).
        """
        state = self._under_way(context)
        if state.fetch is not None:
            raise ValueError(f"context must have released its parts, not {context}")
        if len(set(clusters)) != len(clusters):
            raise ValueError(f"clusters must be selected once each, not {list(clusters)}")
        state.area.begin_chunk()
        state.fetch = plan(self.config, state, clusters)
        return next_part(self.config, state, fails)

    def release(self, context: int, *, fails: Fails = never) -> Part | None:
        """The part has been attended to; the next one, or None (D66); ``fails`` as in `fetch`."""
        state = self._under_way(context)
        if state.fetch is None:
            raise ValueError(f"context must have a part to release, not {context}")
        if state.fetch.missing:
            return next_part(self.config, state, fails)
        state.fetch = None
        return None

    def end(self, context: int, cluster_of: Sequence[int], *, fails: Fails = never) -> list[Write]:
        """The chunk is written: what has become old enough leaves (D62 to D64).

        Parameters
        ----------
        context : int
        cluster_of : sequence of int
            The cluster of each of its tokens, known or the next one (D60); -1 for a sink.
        fails : callable
            Whether a page cannot be written: what was to leave with it stays, and so does the
            rest until the next chunk has ended (D62).

        Returns
        -------
        list of Write
            Pages that were written.
        """
        state = self._under_way(context)
        sinks = state.sinks_among(state.granted)
        most = self.config.max_clusters
        clusters = _check_clusters(cluster_of, state.granted, sinks, state.clusters, most)
        if state.fetch is not None:
            raise ValueError(f"context must have released its parts, not {context}")
        for n in range(sinks, state.granted):
            state.cluster_of[state.tokens + n] = cluster_of[n]
        state.clusters = clusters
        state.counters.appended += state.granted - sinks
        state.counters.chunks += 1
        state.tokens += state.granted
        state.granted = 0
        begin = max(state.old, state.config.sink_tokens)
        state.old = max(begin, state.tokens - state.config.recent_tokens)
        for position in range(begin, state.old):
            state.held.add(state.cluster_of[position], position)
        writes = []
        while state.held.count > state.config.held_back and self._room():
            page = self.free_pages.popleft()
            if fails(page):
                self.free_pages.append(page)
                state.counters.failed_writes += 1
                break
            writes.append(self._write_page(state, page))
        return writes

    # -- inside ------------------------------------------------------------------------------------

    def _room(self) -> bool:
        """A page can leave: there is one, and extents for whatever it holds (D64)."""
        return bool(self.free_pages) and self.free_extents >= self.config.page_entries

    def _write_page(self, state: Context, page: int) -> Write:
        take = OFFLOADS[self.config.offload](state.held)
        taken = [(cluster, state.held.take(cluster, count)) for cluster, count in take]
        state.add_extents(page, taken)
        self.free_extents -= len(taken)
        tokens = [token for _, part in taken for token in part]
        slots = tuple(state.slots.pop(token) for token in tokens)
        for token in tokens:
            del state.cluster_of[token]
        self.free_slots.extend(slots)
        state.counters.offloaded += len(tokens)
        state.counters.pages_written += 1
        return Write(page, slots)

    def _state(self, context: int) -> Context:
        if context not in self._contexts:
            raise ValueError(f"context must be one that exists, not {context}")
        return self._contexts[context]

    def _under_way(self, context: int) -> Context:
        state = self._state(context)
        if not state.granted:
            raise ValueError(f"context must have a chunk under way, not {context}")
        return state


def _check_clusters(
    cluster_of: Sequence[int], tokens: int, sinks: int, known: int, most: int
) -> int:
    """Look at the clusters of a chunk; gives how many there are then."""
    if len(cluster_of) != tokens:
        raise ValueError(f"cluster_of must have {tokens} clusters, not {len(cluster_of)}")
    for n, cluster in enumerate(cluster_of):
        checks.integer("a cluster", int(cluster), -1, most - 1)
        if (cluster < 0) != (n < sinks):
            rule = "-1 for a sink and for no other token"
            raise ValueError(f"cluster_of must be {rule}, not {cluster} for token {n}")
        if cluster > known:
            rule = f"a known cluster or the next one, {known}"
            raise ValueError(f"cluster_of must be {rule}, not {cluster} for token {n}")
        known = max(known, cluster + 1)
    return known
