"""A row on its way through the WTU."""

from dataclasses import dataclass

from amaranth.hdl import Const, Mux, Signal
from amaranth.lib import data, enum

from dre.layouts import CHUNK_BITS, CONTEXT_BITS, MASS_BITS, RowStatus, index
from dre.wtu.key import KEY_BITS

TH_BITS = 16

LOW_BITS = 11
"""Of a key, below its first digit, in either mode."""


class Level(enum.Enum, shape=2):
    """Which digit of a key is looked at: see `DIGITS`."""

    FIRST = 0
    SECOND = 1
    THIRD = 2


@dataclass(frozen=True)
class Digit:
    """Bits of a key, in mode ``exp`` and in mode ``weight``."""

    exp: slice
    weight: slice

    def of(self, key, weight):
        """The digit of a key, in the mode that ``weight`` says."""
        return Mux(weight, key[self.weight], key[self.exp])

    @property
    def pairs(self):
        """Pairs of places that its sums have, in either mode."""
        return tuple(2 ** (bits.stop - bits.start) // 2 for bits in (self.exp, self.weight))


DIGITS = {
    Level.FIRST: Digit(slice(8, KEY_BITS), slice(LOW_BITS, KEY_BITS)),  # in ``exp`` the octave
    Level.SECOND: Digit(slice(4, 8), slice(5, LOW_BITS)),
    Level.THIRD: Digit(slice(0, 4), slice(0, 5)),
}


class Take(enum.Enum, shape=2):
    """Which entries of a row are selected."""

    ABOVE = 0  # what the threshold says
    NONE = 1
    COUNTED = 2
    EVERY = 3


WEIGHT_BITS = 16
"""Of the weight of an entry, in units of its octave."""

QUOTA_BITS = 20
"""Of tokens that have the threshold's key."""

PASSES_OF_A_THRESHOLD = 3
"""Loading, the row again, the lists."""


def finding_layout():
    """What is known of a row's threshold, and the row's mode.

    ``threshold`` is the key, digit by digit from the top, 0 below.
    """
    return data.StructLayout({"threshold": KEY_BITS, "weight": 1})


def again_field(config):
    """``again``: what says of a row that it is read once more, of a beat that it comes from that.

    Only where there are such rows.
    """
    return {"again": 1} if config.reads_twice else {}


def is_again(config, struct):
    """Whether a struct with `again_field` says so."""
    return struct["again"] if config.reads_twice else Const(0)


def counts_field(config):
    """``counts_set``: which of two sets of token counts. Only the control has two."""
    return {"counts_set": 1} if config.variant == "bucket" else {}


def job_layout(config):
    """A row that has been loaded, or a chunk without rows (``no_row``)."""
    return data.StructLayout(
        {
            "context": CONTEXT_BITS,
            "chunk": CHUNK_BITS,
            "clusters": range(config.max_clusters + 1),
            "row": index(config.max_rows),
            "first": 1,  # of its chunk
            "last": 1,
            "no_row": 1,
            "nothing": 1,  # no row, or one without clusters
            "set": 1,
            **counts_field(config),
            "status": RowStatus,
            "saturated": range(config.max_clusters + 1),
            "TH": TH_BITS,
            "all": 1,
            "weight": 1,
            "E": 8,
            **again_field(config),
        }
    )


def row_status(m, bad, nothing, lost, finite, too_many_tokens):
    """Status of a row that has been loaded; ``nothing`` of it, if its chunk is ``bad``, too."""
    status = Signal(RowStatus, init=RowStatus.OK)
    with m.If(bad):
        m.d.comb += status.eq(RowStatus.BAD_CONFIG)
    with m.Elif(~nothing):
        with m.If(lost):
            m.d.comb += status.eq(RowStatus.OUT_OF_STEP)
        with m.Elif(~finite):
            m.d.comb += status.eq(RowStatus.NOT_FINITE)
        with m.Elif(too_many_tokens):
            m.d.comb += status.eq(RowStatus.TOO_MANY_TOKENS)
    return status


def decision_layout(config):
    """What a row selects: keys above the threshold, and of those that equal it the first ones.

    Of these as many as are needed to hold more than ``quota`` tokens; each token weighs ``each``.
    ``above`` is the mass of keys above the threshold, in units of the threshold's octave, and
    ``octaves`` how far that unit is above the one of ``total`` (spec D41). ``full``: candidates are
    where the row is kept, because lists have not had room for them; only where that may be.
    """
    return data.StructLayout(
        {
            "job": job_layout(config),
            "decided": 1,  # else masks are as the replay has made them
            "threshold": LOW_BITS,
            "each": WEIGHT_BITS,
            "quota": QUOTA_BITS,
            "above": MASS_BITS + 1,
            "octaves": 5,
            "total": MASS_BITS,
            "passes": 8,
            "early_exit": 1,
            **({"full": 1} if config.lists_fill else {}),
        }
    )
