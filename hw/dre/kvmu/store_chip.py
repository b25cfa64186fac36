"""The store of metadata in a memory on the chip (spec D90)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring

from dre.checks import integer, one_of
from dre.kvmu import secded
from dre.kvmu.config import PRESETS
from dre.kvmu.store_port import judge, store_ports
from dre.memory import SyncMemory

MOST_WORDS = 2**24


class ChipStore(wiring.Component):
    """Words of 56 bits with check bits, all of them in one memory.

    A write is done in its first cycle, a read in its second; in its fifth with preset ``fpga``. A
    word that is not as it should be takes a cycle more, and is written back: corrected, or as it
    was. Hints are done at once, and nothing comes of them: it is all here.

    Parameters
    ----------
    words : int
        1 to 16,777,216.
    preset : {"asic", "fpga"}
        Short pipeline, or registered for clock speed.

    Members
    -------
    access : In(`store_access`)
    events : Out(struct)
        ``corrected``: 1 in a cycle in which a wrong bit was put right.
    broken : Out(1)
        Always 0: here nothing fails but what is read.

    Raises
    ------
    TypeError
        If ``words`` is not an int, or ``preset`` not a str.
    ValueError
        If a value is not in its range or list.
    """

    def __init__(self, *, words, preset="asic"):
        self._words = integer("words", words, 1, MOST_WORDS)
        self._timing = PRESETS[one_of("preset", preset, tuple(PRESETS))]
        super().__init__(store_ports(words))

    def elaborate(self, platform):
        m = Module()
        access, timing = self.access, self._timing
        m.submodules.array = array = SyncMemory(
            shape=secded.WORD_BITS,
            depth=self._words,
            latency=timing.memory_latency,
            apart=True,
        )
        word = Signal(secded.WORD_BITS, reset_less=True)
        if timing.judge_latency:  # an array of many blocks has its multiplexer before this
            m.d.sync += word.eq(array.read_data)
        else:
            m.d.comb += word.eq(array.read_data)
        good, mended = judge(m, word, timing)
        read, mends = Signal(), Signal()
        taken, judged = self._wait(m, read)
        m.d.sync += mends.eq(judged & ~good)
        m.d.comb += [
            read.eq(access.en & ~access.write & ~access.hint & ~mends),
            access.done.eq(access.en & (access.write | access.hint | (judged & good) | mends)),
            access.answer.eq(Mux(mends, mended.word, word)),
            access.failed.eq(mends & mended.failed),
            self.events.corrected.eq(mends & mended.corrected),
            array.read_en.eq(read & ~taken),  # once: what is told is what was judged
            array.read_address.eq(access.address),
            array.write_en.eq(access.en & (access.write | mends)),
            array.write_address.eq(access.address),
            array.write_data.eq(Mux(access.write, secded.encode(access.data), mended.word)),
        ]
        return m

    def _wait(self, m, read):
        """Of a read: whether its word has been taken, and whether it has been judged."""
        timing = self._timing
        passed = Signal(timing.memory_latency + 2 * timing.judge_latency)
        m.d.sync += passed.eq(Mux(read & ~passed[-1], Cat(1, passed), 0))
        return passed[timing.memory_latency - 1], passed[-1]
