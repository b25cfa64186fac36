"""The paper's HCU, read literally: one token against one cluster at a time, 16 bits a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.checks import integer
from dre.hcu.distance import add
from dre.layouts import index
from dre.memory import SyncMemory


class LiteralHCU(wiring.Component):
    """Clusters one chunk against a table on the chip with a single XOR accumulator.

    ``hash_bits // width`` cycles a comparison, and three more a token. Golden model:
    ``resv.cluster_chunk``, without cluster cap and member limit (every cluster is open), with
    Th_hd and max_clusters in their ranges, one context, no streams, no errors.

    Parameters
    ----------
    hash_bits : int
        Bits of a hash word: 32 in the paper.
    width : int
        Bits compared in a cycle (the paper's N_HCU_w): 16. Divides ``hash_bits``.
    clusters : int
        Words of the key-cluster-hash memory: 1,024 in the paper.
    tokens : int
        Words of the current-hash memory: 32 in the paper.

    Members
    -------
    load, load_number, load_word : In
        Write a word of the current-hash memory, while idle.
    start, tokens, clusters_before, Th_hd, max_clusters : In
        Begin a chunk; all stay until ``busy`` falls. The table holds ``clusters_before`` words.
    busy : Out(1)
        From the cycle after ``start`` to the end of the chunk.
    reads : Out(1)
        A word of the table is read in this cycle.
    assignments : Out(stream)
        A beat a token.
    clusters : Out
        Clusters now.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not an int in its range, or ``width`` does not divide ``hash_bits``.
    """

    def __init__(self, *, hash_bits=32, width=16, clusters=1024, tokens=32):
        self._hash_bits = integer("hash_bits", hash_bits, 2, 128)
        self._width = integer("width", width, 1, hash_bits // 2)
        if hash_bits % width:
            raise ValueError(f"width must divide hash_bits ({hash_bits}), not {width}")
        self._clusters = integer("clusters", clusters, 1, 65_535)
        self._tokens = integer("tokens", tokens, 1, 256)
        assignment = data.StructLayout(
            {
                "cluster": index(clusters),
                "founded": 1,
                "full": 1,
                "distance": range(hash_bits + 1),
            }
        )
        super().__init__(
            {
                "load": In(1),
                "load_number": In(index(tokens)),
                "load_word": In(hash_bits),
                "start": In(1),
                "tokens": In(range(tokens + 1)),
                "clusters_before": In(range(clusters + 1)),
                "Th_hd": In(range(hash_bits + 2)),
                "max_clusters": In(range(clusters + 1)),
                "busy": Out(1),
                "reads": Out(1),
                "assignments": Out(stream.Signature(assignment)),
                "clusters": Out(range(clusters + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.current = current = SyncMemory(
            shape=self._hash_bits, depth=self._tokens, latency=1
        )
        m.submodules.table = table = SyncMemory(
            shape=self._hash_bits, depth=self._clusters, latency=1
        )
        self._slices = self._hash_bits // self._width
        self._token = Signal(range(self._tokens + 1), name="token")
        self._cluster = Signal.like(self.clusters, name="cluster")  # to be read next
        self._part = Signal(range(self._slices), name="part")  # of the word to be read
        self._comparing = Signal(name="comparing")  # a slice is at hand
        self._best = Signal(self.assignments.payload.shape()["distance"].shape, name="best")
        self._nearest = Signal.like(self._cluster, name="nearest")
        self._any_cluster = Signal(name="any_cluster")
        m.d.comb += [
            current.write_en.eq(self.load & ~self.busy),
            current.write_address.eq(self.load_number),
            current.write_data.eq(self.load_word),
            current.read_en.eq(1),
            current.read_address.eq(self._token),
            table.read_address.eq(self._cluster),
            table.read_en.eq(self.reads),
            table.write_address.eq(self.clusters),
            table.write_data.eq(current.read_data),
        ]
        self._compare(m, current.read_data, table.read_data)
        self._answer(m)
        with m.FSM():
            self._take_tokens(m)
            self._search(m)
            with m.State("DECIDE"):
                m.d.comb += [self.busy.eq(1), self.assignments.valid.eq(1)]
                with m.If(self.assignments.ready):
                    founded = self.assignments.payload.founded
                    m.d.comb += table.write_en.eq(founded)
                    m.d.sync += [
                        self._token.eq(self._token + 1),
                        self.clusters.eq(self.clusters + founded),
                    ]
                    m.next = "FETCH"
        return m

    def _compare(self, m, own_word, table_word):
        """A slice of a word, a cycle after its address; the nearest cluster so far."""
        number = Signal.like(self._cluster, name="number")
        slice_at_hand = Signal.like(self._part, name="slice_at_hand")
        sofar = Signal(range(self._hash_bits + 1))
        distance, differing = Signal(range(self._hash_bits + 1)), Signal(self._width)
        compared = Signal()  # a whole word
        m.d.comb += [
            differing.eq(
                own_word.word_select(slice_at_hand, self._width)
                ^ table_word.word_select(slice_at_hand, self._width)
            ),
            distance.eq(Mux(slice_at_hand == 0, 0, sofar) + add(m, list(differing))),
            compared.eq(self._comparing & (slice_at_hand == self._slices - 1)),
        ]
        m.d.sync += [
            number.eq(self._cluster),
            slice_at_hand.eq(self._part),
            self._comparing.eq(0),
        ]
        with m.If(self._comparing):
            m.d.sync += sofar.eq(distance)
        nearer = ~self._any_cluster | (distance < self._best)  # strictly: lowest index wins
        with m.If(compared & nearer):
            m.d.sync += [
                self._best.eq(distance),
                self._nearest.eq(number),
                self._any_cluster.eq(1),
            ]

    def _answer(self, m):
        beat = self.assignments.payload
        near = self._any_cluster & (self._best < self.Th_hd)
        room = self.clusters < self.max_clusters
        m.d.comb += [
            beat.founded.eq(~near & room),
            beat.full.eq(~near & ~room),
            beat.cluster.eq(Mux(beat.founded, self.clusters, self._nearest)),
            beat.distance.eq(Mux(beat.founded, 0, self._best)),
        ]

    def _take_tokens(self, m):
        with m.State("IDLE"):
            with m.If(self.start):
                m.d.sync += [self.clusters.eq(self.clusters_before), self._token.eq(0)]
                m.next = "FETCH"
        with m.State("FETCH"):
            m.d.comb += self.busy.eq(1)
            m.d.sync += [self._cluster.eq(0), self._part.eq(0), self._any_cluster.eq(0)]
            m.next = "SEARCH"
            with m.If(self._token == self.tokens):
                m.next = "IDLE"
            with m.Elif(self.clusters == 0):
                m.next = "DECIDE"

    def _search(self, m):
        """The token against all clusters, a slice a cycle."""
        with m.State("SEARCH"):
            m.d.comb += [self.busy.eq(1), self.reads.eq(self._part == 0)]
            m.d.sync += [self._comparing.eq(1), self._part.eq(self._part + 1)]
            with m.If(self._part == self._slices - 1):
                m.d.sync += [self._part.eq(0), self._cluster.eq(self._cluster + 1)]
                with m.If(self._cluster == self.clusters - 1):
                    m.next = "FINISH"
        with m.State("FINISH"):
            m.d.comb += self.busy.eq(1)
            m.next = "DECIDE"
