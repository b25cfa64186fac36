"""What the metadata stores have in common: their port, and how a stored word is judged."""

from typing import NamedTuple

from amaranth.hdl import Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu import secded
from dre.layouts import index


def store_access(words):
    """Signature of ``access``, from its user's side.

    Members
    -------
    en, write, hint, address, data : Out
        An access, held from the cycle in which ``en`` rises until it is done. What follows in the
        next cycle is another one. With ``hint`` nothing is read or written: the word will be read
        soon, and may be brought nearer meanwhile. Never together with ``write``.
    done : In(1)
        For one cycle: it is over. A write has happened before all that comes behind it.
    answer : In
        What was read, in the cycle with ``done``; of a hint anything.
    failed : In(1)
        In the same cycle: the answer, or the store, cannot be trusted.
    """
    return wiring.Signature(
        {
            "en": Out(1),
            "write": Out(1),
            "hint": Out(1),
            "address": Out(index(words)),
            "data": Out(secded.DATA_BITS),
            "done": In(1),
            "answer": In(secded.DATA_BITS),
            "failed": In(1),
        }
    )


def store_ports(words):
    """What every store shows to its user."""
    return {
        "access": In(store_access(words)),
        "events": Out(data.StructLayout({"corrected": 1})),
        "broken": Out(1),
    }


class Judged(NamedTuple):
    """What is known of a stored word.

    Attributes
    ----------
    good : Signal
        Its check bits fit, ``judge_latency`` cycles after it is there.
    mended : secded.Corrected
        If they do not: what it should be, a cycle after ``good``. So what hardly ever happens is in
        nobody's way.
    """

    good: Signal
    mended: secded.Corrected


def judge(m, word, timing):
    """Look at a stored word, which stays as it is meanwhile."""
    wrong, good = Signal(secded.CHECK_BITS), Signal()
    found = secded.syndrome(word)
    if timing.judge_latency:
        m.d.sync += wrong.eq(found)
    else:
        m.d.comb += wrong.eq(found)
    m.d.comb += good.eq(wrong == 0)
    return Judged(good, secded.correct(m.d.sync, word, wrong))
