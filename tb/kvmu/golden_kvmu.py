"""The golden model in lock-step: what a command must bring about (spec section 15)."""

from collections import Counter
from dataclasses import dataclass, field

from resv.kvmu import KVMU, ContextConfig, ContextRefused, GrantRefused, KVConfig
from resv.kvmu.config import PAGE_BYTES
from resv.kvmu.offload import OFFLOADS

INIT, FREE, GRANT, FETCH, RELEASE, END = range(6)
OK, REFUSED, BAD_COMMAND, OUT_OF_STEP, VOID, WRITE_FAILED, READ_FAILED, BROKEN = range(8)
STATUSES = (
    *("ok", "refused", "bad_command", "out_of_step", "void", "write_failed", "read_failed"),
    "broken",
)
MOST_SINKS = 255
COUNTED = (
    *("appended", "offloaded", "pages_written", "from_ring", "from_area", "from_far"),
    *("pages_hit", "pages_read", "reads", "parts"),
)
SETTINGS = ("sink_tokens", "recent_tokens", "max_chunk", "held_back", "frames")


@dataclass
class Outcome:
    """What a command must bring about.

    Attributes
    ----------
    number : int
        Of the command.
    command, result : dict
    life : tuple
        Whose tokens: a context, and how often it has begun.
    first : int
        The first token of what is granted.
    grants : list of int
        Near addresses.
    delivered : list of (int, int)
        Token and near address.
    trailer : dict or None
        Of the packet of deliveries, if there is one.
    fetched, offloaded : list of (list, list, int)
        Of each page: what is read and written, as (address, bytes), and how often that fails.
    written : list of (int, list)
        Pages that are in far memory then, and the tokens in them.
    counts : Counter
    part : resv.kvmu.Part or None
    granted, told : int
        Beats of grants and of deliveries that have come; the bench counts.
    """

    number: int
    command: dict
    result: dict
    life: tuple = ()
    first: int = 0
    grants: list = field(default_factory=list)
    delivered: list = field(default_factory=list)
    trailer: dict | None = None
    fetched: list = field(default_factory=list)
    offloaded: list = field(default_factory=list)
    written: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    part: object = None
    granted: int = 0
    told: int = 0

    @property
    def beats(self):
        """Of its packet of deliveries."""
        return len(self.delivered) + 2 if self.trailer else 0


class Golden:
    """Follows the commands of one device from its reset on.

    Parameters
    ----------
    build : dre.kvmu.KVMUConfig
    bases : dict of str to int
        First pages.
    """

    def __init__(self, build, bases):
        self.build, self._number = build, 0
        self.chunks = {}  # of each context: the number of its chunk, or None
        self.fetched = set()  # contexts that have had the selection of their chunk
        self.model = KVMU(
            KVConfig(
                d=build.entry_bytes // 4,
                near_slots=build.near_slots,
                frames=build.frames,
                far_pages=build.far_pages,
                extents=build.extents,
                max_clusters=build.max_clusters,
                window=build.window,
                most_pages=build.most_pages,
                near_base=bases["ring"] * PAGE_BYTES,
                area_base=bases["area"] * PAGE_BYTES,
                far_base=bases["far"] * PAGE_BYTES,
            )
        )
        self.lives = Counter()  # of each context, to tell its tokens from those of one before

    def state(self, context):
        """The model's context, or None."""
        return self.model.context(context) if context in self.chunks else None

    def life(self, context):
        """A context from its beginning to its end."""
        return context, self.lives[context]

    def do(self, command, packet=None, failures=lambda page: 0):
        """Do a command, as `resv.kvmu` does it.

        Parameters
        ----------
        command : dict
            As in the layout of ``commands``.
        packet : kvmu.packets_kvmu.Packet or None
            What FETCH or END finds.
        failures : callable
            How often moving a page fails.
        """
        self._number += 1
        result = {name: command[name] for name in ("op", "context", "chunk")}
        result |= {"status": OK, "more": 0, "count": 0}
        made = Outcome(self._number, dict(command), result, self.life(command["context"]))
        steps = (self._init, self._free, self._grant, self._fetch, self._release, self._end)
        before = self._counts(command["context"])
        try:
            if command["op"] >= len(steps):
                raise ValueError("no such operation")
            steps[command["op"]](made, command, packet, failures)
        except (ContextRefused, GrantRefused):
            result["status"] = REFUSED
        except (TypeError, ValueError):
            result["status"] = BAD_COMMAND
        made.counts = self._counts(command["context"]) - before
        if result["status"] != OK:
            made.counts[STATUSES[result["status"]]] += 1
        return made

    def _counts(self, context):
        state = self.state(context)
        return Counter({name: getattr(state.counters, name) for name in COUNTED} if state else {})

    def _init(self, made, command, packet, failures):
        if not (
            command["context"] < self.build.contexts
            and command["sink_tokens"] <= MOST_SINKS
            and command["max_chunk"] <= self.build.max_chunk
        ):
            raise ValueError("out of its limits (D87)")
        settings = ContextConfig(**{name: command[name] for name in SETTINGS})
        self.model.context_init(command["context"], settings)
        self.chunks[command["context"]] = None
        self.lives[command["context"]] += 1

    def _free(self, made, command, packet, failures):
        self.model.context_free(command["context"])
        del self.chunks[command["context"]]

    def _grant(self, made, command, packet, failures):
        context, tokens = command["context"], command["tokens"]
        made.first = self.model.context(context).tokens
        if made.first + tokens > self.build.max_tokens:
            raise ValueError("too many tokens (D87)")
        made.grants = list(self.model.grant(context, tokens))
        self.chunks[context] = command["chunk"]
        self.fetched.discard(context)
        made.result["count"] = tokens

    def _own(self, command):
        """The chunk under way must be the one that is named."""
        state = self.model.context(command["context"])
        if not state.granted or self.chunks[command["context"]] != command["chunk"]:
            raise ValueError("another chunk")
        return state

    def _fetch(self, made, command, packet, failures):
        if self._own(command).fetch is not None:
            raise ValueError("not its turn")
        asked = {}
        part = self.model.fetch(
            command["context"], packet.clusters, fails=self._asks(asked, failures)
        )
        self.fetched.add(command["context"])
        self._deliver(made, part, asked, packet.status)

    def _release(self, made, command, packet, failures):
        if self._own(command).fetch is None:
            raise ValueError("not its turn")
        asked = {}
        part = self.model.release(command["context"], fails=self._asks(asked, failures))
        if part is not None:
            self._deliver(made, part, asked, OK)

    def _asks(self, asked, failures):
        """What the model is told of a page; ``asked`` keeps how often moving it fails."""

        def fails(page):
            asked[page] = failures(page)
            return asked[page] > self.build.retries

        return fails

    def _deliver(self, made, part, asked, status):
        if part.lost and status == OK:
            status = READ_FAILED
        made.part = part
        made.delivered = [tuple(one) for one in part.deliveries]
        made.trailer = {
            "tokens": len(made.delivered),
            "lost": len(part.lost),
            "status": status,
            "more": int(part.more),
        }
        made.result |= {"status": status, "more": 1, "count": len(made.delivered)}
        config = self.model.config
        for page, frame in part.frames:
            reads = [(config.page_address(page), PAGE_BYTES)]
            writes = [(config.frame_address(frame, 0), PAGE_BYTES)]
            made.fetched.append((reads, writes, asked[page]))

    def _end(self, made, command, packet, failures):
        state = self._own(command)
        if state.fetch is not None:
            raise ValueError("not its turn")
        if packet.status != OK:
            made.result["status"] = packet.status
            return
        sinks = [-1] * state.sinks_among(state.granted)
        asked, pages = {}, len(state.pages)
        cluster_of = sinks + packet.clusters
        fails = self._asks(asked, failures)
        writes = self.model.end(command["context"], cluster_of, fails=fails)
        self.chunks[command["context"]] = None
        for write in writes:
            self._offload(made, write.page, write.slots, asked[write.page])
        for page, times in list(asked.items())[len(writes) :]:  # the one that has failed
            take = OFFLOADS["stale"](state.held)
            tokens = [one for cluster, count in take for one in state.held.tokens(cluster)[:count]]
            self._offload(made, page, [state.slots[one] for one in tokens], times)
            made.result["status"] = WRITE_FAILED
        assert [write.page for write in writes] == state.pages[pages:]
        made.written = [(write.page, self._tokens(state, write.page)) for write in writes]
        made.result["count"] = len(writes)

    def _offload(self, made, page, slots, times):
        config = self.model.config
        size = config.entry_bytes
        reads = [(config.slot_address(slot), size) for slot in slots]
        joined = []  # a job may be of neighbouring entries
        for address, count in reads:
            if joined and sum(joined[-1]) == address:
                joined[-1] = (joined[-1][0], joined[-1][1] + count)
            else:
                joined.append((address, count))
        writes = [(config.page_address(page), PAGE_BYTES)]
        made.offloaded.append((joined, writes, times))

    def _tokens(self, state, page):
        """Tokens of a page, by their places."""
        found = [one for extents in state.extents.values() for one in extents if one.page == page]
        return [token for one in sorted(found, key=lambda one: one.place) for token in one.tokens]
