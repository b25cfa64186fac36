"""Takes chunks from the hash stream into free lanes, group by group."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import CHUNK_BITS, CONTEXT_BITS, ChunkStatus, index


def following(lane, lanes):
    """The lane after ``lane``, around the ring."""
    return Mux(lane == lanes - 1, 0, lane + 1)


def group_layout(config):
    """Tokens that are ready to be searched: how many, whether more of the chunk follow."""
    return data.StructLayout({"size": range(config.lanes + 1), "last": 1, "status": ChunkStatus})


def chunk_layout(config):
    """A chunk whose first group is ready to be searched."""
    return data.StructLayout(
        {
            "context": CONTEXT_BITS,
            "chunk": CHUNK_BITS,
            "clusters": range(config.max_clusters + 1),
            "tokens": range(config.max_chunk + 1),
            "settings": config.settings,
            "group": group_layout(config),
        }
    )


class PassRequester(wiring.Component):
    """Asks for the table once for each group of a chunk, as soon as the chunk is known.

    Members
    -------
    start, header : In
        A chunk of ``header.tokens`` tokens; the header stays until all requests are taken.
    passes : Out(stream)
        One request a group.
    """

    def __init__(self, config):
        self._lanes = config.lanes
        super().__init__(
            {
                "start": In(1),
                "header": In(config.hash_packet["data"].shape["header"].shape),
                "passes": Out(stream.Signature(config.pass_request)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        left = Signal.like(self.header.tokens, reset_less=True)
        group = Signal.like(self.passes.payload.group, reset_less=True)
        request = self.passes.payload
        m.d.comb += [
            request.context.eq(self.header.context),
            request.chunk.eq(self.header.chunk),
            request.clusters.eq(self.header.clusters),
            request.group.eq(group),
        ]
        with m.If(self.start):
            m.d.sync += [self.passes.valid.eq(1), group.eq(0), left.eq(self.header.tokens)]
        with m.Elif(self.passes.valid & self.passes.ready):
            m.d.sync += [group.eq(group + 1), left.eq(left - self._lanes)]
            with m.If(left <= self._lanes):
                m.d.sync += self.passes.valid.eq(0)
        return m


class Loader(wiring.Component):
    """Fills the lanes, which are used as a ring, with the words of the next group.

    A word a cycle. A lane is free from reset on, and again when its token has been decided; so the
    next group comes in while the present one goes out. A chunk that breaks the rules of its stream
    (spec D28) or its settings (D31) is passed on without words but with a status.

    Members
    -------
    hash_bits : In(stream)
        Chunks: header, then a word a token.
    settings : In(struct)
        Taken with the header.
    passes : Out(stream)
        Requests for the table.
    load, load_lane, load_word : Out
        To the lanes.
    free : In(1)
        The oldest token in the lanes has been decided.
    chunk : Out(stream)
        Chunks, in order, each with its first group.
    more : Out(stream)
        The chunk's further groups. One is kept here, so that the next chunk's words can follow.
    out_of_step : Out(1)
        An event (spec D28).
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "hash_bits": In(stream.Signature(config.hash_packet)),
                "settings": In(config.settings),
                "passes": Out(stream.Signature(config.pass_request)),
                "load": Out(1),
                "load_lane": Out(index(config.lanes)),
                "load_word": Out(config.hash_bits),
                "free": In(1),
                "chunk": Out(stream.Signature(chunk_layout(config))),
                "more": Out(stream.Signature(group_layout(config))),
                "out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, chunk = self._config, self.chunk.payload
        m.submodules.requester = requester = PassRequester(config)
        wiring.connect(m, requester.passes, wiring.flipped(self.passes))

        # The header's fields stay in the ports until the next chunk's header is taken.
        self._header = Signal.like(
            self.hash_bits.payload.data.header, reset_less=True, name="header"
        )
        self._settings = Signal.like(self.settings, reset_less=True, name="taken_settings")
        self._status = Signal(ChunkStatus, reset_less=True)
        self._fits = Signal(reset_less=True)  # the header taken last is within D31
        self._ended = Signal(reset_less=True)  # ... and was its packet's last beat
        self._more = Signal.like(self.more.payload, reset_less=True, name="more_group")
        self._first = Signal(reset_less=True)  # the group at hand is its chunk's first
        self._left = Signal(range(config.max_chunk + 1), reset_less=True)  # tokens to be loaded
        self._loaded = Signal(range(config.lanes + 1))  # of the group at hand
        self._held = Signal(range(config.lanes + 1))  # lanes that are not free
        m.d.comb += [
            chunk.context.eq(self._header.context),
            chunk.chunk.eq(self._header.chunk),
            chunk.clusters.eq(self._header.clusters),
            chunk.tokens.eq(self._header.tokens),
            chunk.settings.eq(self._settings),
            self.more.payload.eq(self._more),
            requester.header.context.eq(chunk.context),
            requester.header.chunk.eq(chunk.chunk),
            requester.header.clusters.eq(chunk.clusters),
            requester.header.tokens.eq(chunk.tokens),
            chunk.group.last.eq(self._left == 0),
            chunk.group.size.eq(self._loaded),
            chunk.group.status.eq(self._status),
            self.load_word.eq(self.hash_bits.payload.data.word),
        ]
        m.d.sync += self._held.eq(self._held + self.load - self.free)
        with m.If(self.more.ready):
            m.d.sync += self.more.valid.eq(0)
        with m.FSM():
            with m.State("HEADER"):
                self._take_header(m, requester.passes.valid)
            with m.State("START"):
                self._start(m, requester.start)
            with m.State("LOAD"):
                self._take_word(m)
            with m.State("DRAIN"):
                self._drain(m)
            with m.State("GROUP"):
                self._pass_on(m)
        return m

    def _take_header(self, m, requesting):
        """The header beat: note what the chunk is. What follows is decided a cycle later."""
        beat, header = self.hash_bits.payload, self.hash_bits.payload.data.header
        dropping = Signal()  # beats without a header are one event, however many
        m.d.comb += self.hash_bits.ready.eq(~requesting)
        with m.If(~requesting):
            # All but the chunk's number, which others look at, may be taken of any beat, or none.
            m.d.sync += [
                *(
                    self._header[name].eq(header[name])
                    for name in ("context", "clusters", "tokens")
                ),
                self._settings.eq(self.settings),
                self._status.eq(ChunkStatus.OK),
                self._first.eq(1),
                self._left.eq(header.tokens),
                self._fits.eq(self._check(header)),
                self._ended.eq(beat.last),
            ]
        with m.If(self.hash_bits.valid & ~requesting):
            m.d.sync += dropping.eq(~beat.first)
            with m.If(beat.first):
                m.d.sync += self._header.chunk.eq(header.chunk)
                m.next = "START"
            with m.Elif(~dropping):
                m.d.comb += self.out_of_step.eq(1)

    def _check(self, header):
        """Spec D31."""
        settings, config = self.settings, self._config
        return (
            (settings.Th_hd <= config.hash_bits + 1)
            & (settings.max_clusters != 0)
            & (settings.max_clusters <= config.max_clusters)
            & (settings.cluster_cap != 0)
            & (header.clusters <= config.max_clusters)
            & (header.tokens <= config.max_chunk)
        )

    def _start(self, m, request):
        """Begin a chunk that can be done; pass on one that cannot, or that has no words."""
        empty = self._left == 0
        with m.If(~self._fits):
            m.d.sync += [self._status.eq(ChunkStatus.BAD_CONFIG), self._left.eq(0)]
            self._finish_packet(m, self._ended)
        with m.Else():
            with m.If(self._ended != empty):
                self._void(m)
            with m.If(empty):
                self._finish_packet(m, self._ended)
            with m.Else():
                m.d.comb += request.eq(1)
                m.next = "LOAD"

    def _take_word(self, m):
        """A word into the next lane, once that is free. A void chunk takes lanes without words."""
        beat, final = self.hash_bits.payload, self._left == 1
        usable = self._held != self._config.lanes
        void = self._status == ChunkStatus.OUT_OF_STEP
        m.d.comb += [
            self.hash_bits.ready.eq(usable & ~void & ~(self.hash_bits.valid & beat.first)),
            self.load.eq(usable & (void | (self.hash_bits.valid & ~beat.first))),
        ]
        with m.If(self.hash_bits.valid & beat.first & ~void):
            self._void(m)
        with m.If(self.load):
            m.d.sync += [
                self._loaded.eq(self._loaded + 1),
                self._left.eq(self._left - 1),
                self.load_lane.eq(following(self.load_lane, self._config.lanes)),
            ]
            with m.If(final | (self._loaded == self._config.lanes - 1)):
                m.next = "GROUP"
            with m.If(~void & (beat.last != final)):
                self._void(m)
                with m.If(~beat.last):
                    m.next = "DRAIN"

    def _drain(self, m):
        """Drop the rest of a packet, up to its last beat or to the next packet's header."""
        beat = self.hash_bits.payload
        with m.If(self.hash_bits.valid & beat.first):
            m.next = "GROUP"
        with m.Else():
            m.d.comb += self.hash_bits.ready.eq(1)
            with m.If(self.hash_bits.valid & beat.last):
                m.next = "GROUP"

    def _pass_on(self, m):
        """A group is complete: hand it over, then go on with the chunk or the next one."""
        group, done = self.chunk.payload.group, Signal()
        m.d.comb += [
            self.chunk.valid.eq(self._first),
            done.eq(Mux(self._first, self.chunk.ready, ~self.more.valid)),
        ]
        with m.If(done):
            m.d.sync += [self._loaded.eq(0), self._first.eq(0)]
            with m.If(~self._first):
                m.d.sync += [self.more.valid.eq(1), self._more.eq(group)]
            m.next = "LOAD"
            with m.If(group.last):
                m.next = "HEADER"

    def _finish_packet(self, m, ended):
        m.next = "DRAIN"
        with m.If(ended):
            m.next = "GROUP"

    def _void(self, m):
        m.d.comb += self.out_of_step.eq(1)
        m.d.sync += self._status.eq(ChunkStatus.OUT_OF_STEP)
