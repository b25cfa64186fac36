"""Where a cluster's entry and count lie (spec D95)."""

from amaranth.hdl import Cat, Const, Mux
from amaranth.utils import ceil_log2

from dre.table.config import COUNT_BYTES


def place(config, of_counts, context, cluster):
    """Byte of a number, from the table's beginning on."""
    entry = _joined(config, config.entry_bytes, config.words_shift, context, cluster)
    count = _joined(config, COUNT_BYTES, config.counts_shift, context, cluster)
    return Mux(of_counts, config.counts_offset + count, entry)


def _joined(config, size, shift, context, cluster):
    """A place among those of all contexts, put together."""
    low = ceil_log2(size)
    gap = shift - low - len(cluster)
    return Cat(Const(0, low), cluster, Const(0, max(gap, 0)))[:shift] | (context << shift)
