"""Takes the packets of a row, scores and counts side by side."""

from amaranth.hdl import Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import layouts
from dre.wtu.reader import PacketReader
from dre.wtu.staged_reader import StagedReader
from dre.wtu.tree import delayed


class RowReader(wiring.Component):
    """Offers beats of scores with the counts beside them, as long as both are as expected.

    A row without a packet of counts has beats of scores alone.

    Parameters
    ----------
    config : WTUConfig

    Members
    -------
    scores, counts : In(stream)
        As in `WTU`.
    start, with_counts : In(1)
        Packets of a row are expected from the next cycle on: of scores, and of counts, too.
    expected, final : In
        See `dre.wtu.reader.PacketReader`.
    waits : In(1)
        No beat may be taken in this cycle; with registers between, in the next one.
    load, scores_entries, counts_entries : Out
        A beat is taken, and what is in it.
    over : Out(1)
        Nothing more will come of the row; with registers between, a cycle late.
    lost : Out(1)
        A packet was not as expected, or did not come. That of counts stays lost until the next
        one is expected.
    scores_out_of_step, counts_out_of_step : Out(1)
        Events (spec D28).
    """

    def __init__(self, config):
        self._config = config
        entries = data.ArrayLayout(layouts.SCORE_BITS, config.lanes)
        super().__init__(
            {
                "scores": In(stream.Signature(config.entries_packet)),
                "counts": In(stream.Signature(config.entries_packet)),
                "start": In(1),
                "with_counts": In(1),
                "expected": In(layouts.row_header(config.max_clusters, config.max_rows)),
                "final": In(1),
                "waits": In(1),
                "load": Out(1),
                "scores_entries": Out(entries),
                "counts_entries": Out(entries),
                "over": Out(1),
                "lost": Out(1),
                "scores_out_of_step": Out(1),
                "counts_out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        late = 1 if self._config.timing.registered_sums else 0
        kind = StagedReader if late else PacketReader
        scores, counts = (self._reader(m, name, kind) for name in ("scores", "counts"))
        some = scores.beat | counts.beat
        both = (scores.beat | scores.over) & (counts.beat | counts.over)
        m.d.comb += [
            scores.start.eq(self.start),
            counts.start.eq(self.start & self.with_counts),
            self.load.eq(some & both & ~delayed(m, "waits", self.waits, late)),
            self.over.eq(delayed(m, "both_over", scores.over & counts.over, late)),
            self.lost.eq(scores.failed | counts.failed),
        ]
        return m

    def _reader(self, m, name, kind):
        """Who finds the row's packet on one of the streams."""
        m.submodules[f"{name}_reader"] = reader = kind(self._config)
        wiring.connect(m, wiring.flipped(getattr(self, name)), reader.packets)
        m.d.comb += [
            reader.expected.eq(self.expected),
            reader.final.eq(self.final),
            reader.take.eq(self.load),
            getattr(self, f"{name}_entries").eq(reader.entries),
            getattr(self, f"{name}_out_of_step").eq(reader.out_of_step),
        ]
        return reader
