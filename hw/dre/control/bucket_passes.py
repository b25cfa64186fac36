"""Goes through a row for the bucket control: its memories, its lanes, their sums."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.control.bucket_edges import place_bits
from dre.control.bucket_lane import BucketLane
from dre.control.bucket_loading import place, write_layout
from dre.layouts import MASS_BITS
from dre.memory import SyncMemory
from dre.wtu.key import KEY_BITS
from dre.wtu.mass import COUNT_BITS
from dre.wtu.row import Take
from dre.wtu.tree import delayed, tree, tree_latency


def pass_layout(config):
    """A beat of a row that is gone through.

    It counts only as long as the turn that it says lasts.
    """
    return data.StructLayout(
        {
            "valid": 1,
            "turn": 1,
            "first": 1,  # of the pass
            "last": 1,
            "beat": range(config.list_depth),
            "inside": config.lanes,  # lanes that have an entry there
            "edge": place_bits(config),
            "open": 1,
        }
    )


class BucketPasses(wiring.Component):
    """Compares and adds up a beat of a row a cycle, and notes its mask.

    A pass may follow the one before without a gap: the mask of a beat is not written before it is
    known whether the pass before was the last one.

    Members
    -------
    keys, counts : In(struct)
        What is written to the memories of entries.
    passing : In(struct)
        A beat to go through.
    turn : In(1)
        Whose turn it is: beats of another one leave no trace.
    set, counts_set, E, weight, take : In
        Of the row that is gone through: its set and its chunk's, its largest octave and mode, and
        which entries to select (`Take.ABOVE`: by the edge).
    threshold : In(56)
        What the selected mass has to exceed.
    done : Out(1)
        The last beat of a pass has been added up.
    mass, total : Out(56)
        Selected in the pass, and there in all. They stay until a beat comes.
    passed : Out(1)
        ``mass`` is above the threshold; ``compare_latency`` cycles after that has come.
    mask_en, mask_address, above : In, Out
        The last masks of a row: bank above beat, and ``memory_latency`` enabled cycles later.
    """

    def __init__(self, config):
        self._config = config
        self._registered = config.timing.registered_sums
        self._memory_latency = config.timing.memory_latency
        super().__init__(
            {
                "keys": In(write_layout(config, KEY_BITS)),
                "counts": In(write_layout(config, COUNT_BITS)),
                "passing": In(pass_layout(config)),
                "turn": In(1),
                "set": In(1),
                "counts_set": In(1),
                "E": In(8),
                "weight": In(1),
                "take": In(Take),
                "threshold": In(MASS_BITS),
                "done": Out(1),
                "mass": Out(MASS_BITS),
                "total": Out(MASS_BITS),
                "passed": Out(1),
                "mask_en": In(1),
                "mask_address": In(range(2 * config.list_depth)),
                "above": Out(config.lanes),
            }
        )

    @property
    def compare_latency(self):
        """Cycles from a threshold to ``passed``."""
        return 1 if self._registered else 0

    def elaborate(self, platform):
        m = Module()
        lanes = [BucketLane(self._config) for _ in range(self._config.lanes)]
        for n, lane in enumerate(lanes):
            m.submodules[f"lane_{n}"] = lane
        passing = {name: self.passing[name] for name in self.passing.shape().members}
        fetched = self._later(m, "fetched", passing, self._memory_latency)
        here = self._later(m, "here", fetched, 1)
        compared = self._later(m, "compared", here, lanes[0].edge_latency)
        kept = {name: compared[name] for name in compared if name not in ("edge", "open")}
        wait = lanes[0].latency - lanes[0].edge_latency
        weighed = self._later(m, "weighed", kept, wait)
        keys = self._memory(m, "keys", KEY_BITS, self.set)
        counts = self._memory(m, "counts", COUNT_BITS, self.counts_set)
        for n, lane in enumerate(lanes):
            key = Signal(KEY_BITS, reset_less=True, name=f"key_{n}")
            count = Signal(COUNT_BITS, reset_less=True, name=f"count_{n}")
            m.d.sync += [
                key.eq(keys.word_select(n, KEY_BITS)),
                count.eq(Mux(fetched["inside"][n], counts.word_select(n, COUNT_BITS), 0)),
            ]
            m.d.comb += [
                lane.key.eq(key),
                lane.count.eq(count),
                lane.E.eq(self.E),
                lane.weight.eq(self.weight),
                lane.edge.eq(compared["edge"]),
                lane.open.eq(compared["open"]),
            ]
        self._add_up(m, lanes, weighed)
        return m

    def _later(self, m, name, about, cycles):
        return {
            field: delayed(m, f"{name}_{field}", value, cycles, resets=field == "valid")
            for field, value in about.items()
        }

    def _memory(self, m, name, bits, bank):
        """Two sets of entries; returns those of the beat that was asked for."""
        m.submodules[name] = memory = SyncMemory(
            shape=self._config.lanes * bits,
            depth=2 * self._config.list_depth,
            latency=self._memory_latency,
        )
        write = getattr(self, name)
        m.d.comb += [
            memory.write_en.eq(write.en),
            memory.write_address.eq(write.address),
            memory.write_data.eq(write.data),
            memory.read_en.eq(1),
            memory.read_address.eq(place(self._config, self.passing.beat, bank)),
        ]
        return memory.read_data

    def _add_up(self, m, lanes, about):
        """Both sums of a pass, and what follows from them."""
        selected = Cat(lane.selected for lane in lanes)
        with_mask = about | {"mask": self._mask(selected, about)}
        if self._registered:
            added = self._later(m, "added", with_mask, tree_latency(len(lanes), True))
        else:
            added = self._later(m, "added", with_mask, 1)
        sums = {}
        for name, values in (
            ("mass", [lane.share for lane in lanes]),
            ("total", [lane.mass for lane in lanes]),
        ):
            beat = tree(m, name, values, lambda a, b: a + b, registered=self._registered)
            beat = beat[:MASS_BITS] if self._registered else delayed(m, name, beat[:MASS_BITS], 1)
            sums[name] = sum_ = Signal(MASS_BITS, reset_less=True, name=f"sum_{name}")
            with m.If(added["valid"]):
                m.d.sync += sum_.eq(Mux(added["first"], 0, sum_) + beat)
        wait = self.compare_latency
        summed = self._later(m, "summed", added, 1 + wait)
        passed = Signal()
        m.d.comb += passed.eq(sums["mass"] > self.threshold)
        own = Signal()  # a beat of the row whose turn it is
        m.d.comb += [
            own.eq(summed["valid"] & (summed["turn"] == self.turn)),
            self.done.eq(own & summed["last"]),
            self.passed.eq(delayed(m, "has_passed", passed, wait)),
            self.mass.eq(delayed(m, "final_mass", sums["mass"], wait)),
            self.total.eq(delayed(m, "final_total", sums["total"], wait)),
        ]
        self._keep_masks(m, own, summed)

    def _mask(self, selected, about):
        """What is selected of a beat."""
        return Mux(
            self.take == Take.EVERY,
            about["inside"],
            Mux(self.take == Take.NONE, 0, selected),
        )

    def _keep_masks(self, m, own, about):
        m.submodules.masks = masks = SyncMemory(
            shape=self._config.lanes,
            depth=2 * self._config.list_depth,
            latency=self._memory_latency,
        )
        m.d.comb += [
            masks.write_en.eq(own),
            masks.write_address.eq(place(self._config, about["beat"], self.set)),
            masks.write_data.eq(about["mask"]),
            masks.read_en.eq(self.mask_en),
            masks.read_address.eq(self.mask_address),
            self.above.eq(masks.read_data),
        ]
