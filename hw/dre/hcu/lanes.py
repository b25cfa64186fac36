"""The lanes: one token each, compared with every word that passes, keeping the best."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.hcu.distance import HammingDistance
from dre.layouts import index


def best_layout(config):
    """What a lane keeps of the nearest cluster so far.

    With two slots a token, also whether that is below the threshold: a comparison in each lane
    is not behind the multiplexer over all of them.
    """
    near = {"near": 1} if config.timing.decide_slots == 2 else {}
    return data.StructLayout(
        {"distance": range(config.hash_bits + 1), "cluster": index(config.max_clusters), **near}
    )


def select(values, chosen):
    """AND-OR multiplexer: the value whose bit of ``chosen`` is 1."""
    return reduce(or_, [Mux(bit, value, 0) for value, bit in zip(values, chosen, strict=True)])


class Lane(wiring.Component):
    """One token and its best cluster so far; a word a cycle. Spec D29, D30.

    Words are prefix parities here, see `dre.hcu.distance`.

    Members
    -------
    load, token_in : In
        Take a new token. Its best is void until the first forced update.
    token : Out(hash_bits)
        The token's hash word.
    en, word : In
        A word that passes; its distance is there ``latency`` enabled cycles later.
    update, force, cluster : In
        That word, now as a distance, is cluster number ``cluster``: keep it if it is nearer than
        the best, or in any case (``force``). Strictly nearer: the lowest index wins ties.
    Th_hd : In
        The threshold of the chunk.
    best : Out(struct)
        Distance and index of the best.
    """

    def __init__(self, config):
        self._distance = HammingDistance(
            hash_bits=config.hash_bits, registered=config.timing.distance_registers
        )
        super().__init__(
            {
                "load": In(1),
                "token_in": In(config.hash_bits),
                "token": Out(config.hash_bits),
                "en": In(1),
                "word": In(config.hash_bits),
                "update": In(1),
                "force": In(1),
                "cluster": In(index(config.max_clusters)),
                "Th_hd": In(config.settings["Th_hd"].shape),
                "best": Out(best_layout(config)),
            }
        )

    @property
    def latency(self):
        """Enabled cycles from word to distance."""
        return self._distance.latency

    def elaborate(self, platform):
        m = Module()
        m.submodules.distance = distance = self._distance
        token = Signal.like(self.token, reset_less=True)
        best = Signal.like(self.best, reset_less=True)
        m.d.comb += [
            self.token.eq(token),
            self.best.eq(best),
            distance.en.eq(self.en),
            distance.a.eq(token),
            distance.b.eq(self.word),
        ]
        with m.If(self.load):
            m.d.sync += token.eq(self.token_in)
        with m.If(self.update & (self.force | (distance.o < best.distance))):
            m.d.sync += [best.distance.eq(distance.o), best.cluster.eq(self.cluster)]
            if "near" in best.shape().members:
                m.d.sync += best.near.eq(distance.o < self.Th_hd)
        return m


class Lanes(wiring.Component):
    """All lanes, with one word broadcast to them in each cycle.

    Every lane keeps up its best, whether its token still waits for a decision or not: what a lane
    holds of former words is void anyway when the next group's first word is forced into it.

    Members
    -------
    load, load_lane, load_word : In
        Put a token into one lane.
    token_lane : In, token : Out
        Read back a lane's token, combinationally.
    en, word : In
        The word that passes.
    update, force, cluster, Th_hd : In
        What the word is, ``latency`` enabled cycles later; see `Lane`.
    best_lane : In, best : Out
        A lane's best, combinationally.
    """

    def __init__(self, config):
        self._lanes = [Lane(config) for _ in range(config.lanes)]
        lane = index(config.lanes)
        super().__init__(
            {
                "load": In(1),
                "load_lane": In(lane),
                "load_word": In(config.hash_bits),
                "token_lane": In(lane),
                "token": Out(config.hash_bits),
                "en": In(1),
                "word": In(config.hash_bits),
                "update": In(1),
                "force": In(1),
                "cluster": In(index(config.max_clusters)),
                "Th_hd": In(config.settings["Th_hd"].shape),
                "best_lane": In(lane),
                "best": Out(best_layout(config)),
            }
        )

    @property
    def latency(self):
        """Enabled cycles from word to distance."""
        return self._lanes[0].latency

    def elaborate(self, platform):
        m = Module()
        for n, lane in enumerate(self._lanes):
            m.submodules[f"lane_{n}"] = lane
            m.d.comb += [
                lane.load.eq(self.load & (self.load_lane == n)),
                lane.token_in.eq(self.load_word),
                lane.en.eq(self.en),
                lane.word.eq(self.word),
                lane.update.eq(self.update),
                lane.force.eq(self.force),
                lane.cluster.eq(self.cluster),
                lane.Th_hd.eq(self.Th_hd),
            ]
        numbers = range(len(self._lanes))
        tokens = [lane.token for lane in self._lanes]
        bests = [lane.best.as_value() for lane in self._lanes]
        m.d.comb += [
            self.token.eq(select(tokens, [self.token_lane == n for n in numbers])),
            self.best.as_value().eq(select(bests, [self.best_lane == n for n in numbers])),
        ]
        return m
