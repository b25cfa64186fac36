"""What going through a row finds: which entries are selected, and which may be."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from dre.wtu.row import Take
from dre.wtu.tree import delayed


class Marks(wiring.Component):
    """Two bits an entry, of a row, beat by beat.

    Parameters
    ----------
    config : WTUConfig
    looking, judging : int
        See `dre.wtu.lane.Lane`.

    Members
    -------
    replay, beat, valid : In
        A beat that is gone through is at hand: its number and its lanes.
    take : In(Take)
        Which entries to select. Stays.
    counted : In
        By lane, ``looking`` cycles after the beat.
    surely, perhaps : In
        By lane, ``judging`` cycles after the beat: above the threshold's first digit, or the same.
    mask_en, mask_address : In
        Beat.
    above, candidates : Out
        Selected, and what may be, ``memory_latency`` enabled cycles later.
    """

    def __init__(self, config, *, looking, judging):
        self._config, self._looking, self._judging = config, looking, judging
        lanes = config.lanes
        super().__init__(
            {
                "replay": In(1),
                "beat": In(range(config.list_depth)),
                "valid": In(lanes),
                "take": In(Take),
                "counted": In(lanes),
                "surely": In(lanes),
                "perhaps": In(lanes),
                "mask_en": In(1),
                "mask_address": In(range(config.list_depth)),
                "above": Out(lanes),
                "candidates": Out(lanes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, judging = self._config, self._judging
        m.submodules.masks = masks = SyncMemory(
            shape=2 * config.lanes,
            depth=config.list_depth,
            latency=config.timing.memory_latency,
            apart=True,  # masks are looked at when all of a row are there, and before others come
        )
        m.d.comb += [
            masks.write_en.eq(delayed(m, "marking", self.replay, judging, resets=True)),
            masks.write_address.eq(delayed(m, "marked", self.beat, judging)),
            masks.write_data.eq(self._found(m)),
            masks.read_en.eq(self.mask_en),
            masks.read_address.eq(self.mask_address),
            self.above.eq(masks.read_data[: config.lanes]),
            self.candidates.eq(masks.read_data[config.lanes :]),
        ]
        return m

    def _found(self, m):
        """Of the beat that has been compared."""
        counted = delayed(m, "is_counted", self.counted, self._judging - self._looking)
        valid = delayed(m, "is_valid", self.valid, self._judging)
        selected = Signal(self._config.lanes)
        candidates = Signal(self._config.lanes)
        with m.Switch(self.take):
            with m.Case(Take.ABOVE):
                m.d.comb += [selected.eq(self.surely), candidates.eq(self.perhaps)]
            with m.Case(Take.COUNTED):
                m.d.comb += selected.eq(counted)
            with m.Case(Take.EVERY):
                m.d.comb += selected.eq(valid)
        return Cat(selected, candidates)
