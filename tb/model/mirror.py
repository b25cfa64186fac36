"""Both memories of the KVMU as plain arrays, written and read only where the model says."""

from resv.kvmu import KVMU
from resv.kvmu.config import PAGE_BYTES
from resv.kvmu.fetching import never


def founded(rng, known, tokens, most):
    """Clusters of so many tokens where ``known`` exist; never more than ``most`` (spec D60)."""
    cluster_of = []
    for _ in range(tokens):
        cluster_of.append(rng.randrange(min(known + 1, most)))
        known = max(known, cluster_of[-1] + 1)
    return cluster_of


class Mirror:
    """Follows a `KVMU` and holds what it says against everything that was ever appended.

    Contents are (context, token). A token is looked for where the model says it is, so an address
    that was reused too early, or a page of another context, is seen.
    """

    def __init__(self, config):
        self.config = config
        self.memory = KVMU(config)
        self.near, self.far = {}, {}
        self.clusters = {}  # of each context: those of all tokens, -1 for a sink

    def begin(self, context, config):
        self.memory.context_init(context, config)
        self.clusters[context] = []

    def free(self, context):
        self.memory.context_free(context)
        del self.clusters[context]

    def chunk(self, context, cluster_of, selected, *, unread=never, unwritten=never):
        """One chunk; returns its parts. Which pages cannot be read, and which not be written?"""
        state = self.memory.context(context)
        first = len(self.clusters[context])
        granted = self.memory.grant(context, len(cluster_of))
        for n, address in enumerate(granted):
            self.near[address] = (context, first + n)
        far = first - state.config.recent_tokens
        known = self.clusters[context]
        wanted = {n for n in range(max(0, far)) if known[n] >= 0 and known[n] in set(selected)}
        parts, part = [], self.memory.fetch(context, selected, fails=unread)
        while part is not None:
            self._take(context, part, wanted)
            parts.append(part)
            assert part.more == (len(wanted) > 0)
            part = self.memory.release(context, fails=unread)
        assert not wanted, f"never delivered: {wanted}"
        for write in self.memory.end(context, cluster_of, fails=unwritten):
            size = self.config.entry_bytes
            self.far[write.page] = [self.near[slot * size] for slot in write.slots]
        known += cluster_of
        self.check()
        return parts

    def _take(self, context, part, wanted):
        size = self.config.entry_bytes
        read = [read.page + n for read in part.reads for n in range(read.pages)]
        assert read == [page for page, _ in part.frames]
        for page, frame in part.frames:
            for place, content in enumerate(self.far[page]):
                content = None if page in part.failed else content
                self.near[self.config.area_base + frame * PAGE_BYTES + place * size] = content
        for token, address in part.deliveries:
            assert self.near[address] == (context, token), "another entry is there"
            wanted.remove(token)  # fails if it is not wanted, or came before
        for token in part.lost:
            assert any((context, token) in self.far[page] for page in part.failed)
            wanted.remove(token)

    def check(self):
        """Every slot, frame and page is free or belongs to one context."""
        memory, states = self.memory, [self.memory.context(n) for n in self.clusters]
        slots, pages, frames = list(memory.free_slots), list(memory.free_pages), []
        frames += memory.free_frames
        for state in states:
            slots += [*state.sinks, *state.slots.values()]
            pages += state.pages
            frames += state.area.numbers
            held = sum(len(tokens) for tokens in state.held.by_cluster.values())
            assert held == state.held.count
        assert sorted(slots) == list(range(self.config.near_slots))
        assert sorted(pages) == list(range(self.config.far_pages))
        assert sorted(frames) == list(range(self.config.frames))
