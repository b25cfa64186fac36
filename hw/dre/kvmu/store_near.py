"""The store of metadata in near memory, with a cache on the chip (spec D90)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.axi import PAGE_BYTES
from dre.checks import integer, one_of, power_of_two
from dre.kvmu import secded
from dre.kvmu.config import PRESETS
from dre.kvmu.store_bus import PAGE_WORDS, WORD_BYTES, place_bits, whole_bus
from dre.kvmu.store_cache import LineCache
from dre.kvmu.store_fill import LineFill
from dre.kvmu.store_port import judge, store_ports
from dre.kvmu.store_writes import PostedWrites
from dre.ports import pass_on

MOST_WORDS = 2**32
MOST_KEPT = 2**16


class NearStore(wiring.Component):
    """Words of 56 bits with check bits, eight bytes each, in near memory.

    The first words are on the chip, too; others are read through a cache, which is direct-mapped.
    Both are written through. A read of what is on the chip is done in its second cycle, and so are
    writes and hints; in their fifth with preset ``fpga``. Another read waits for eight beats of
    near memory, and before that for writes to the same line. A hint lets the line of its word
    come, if it is not here, while accesses go on; those to lines in its place on the chip wait for
    it.

    What is wrong in the cache is read again, if it cannot be corrected there; a word that has been
    corrected is written to both. Nothing is said of words that were read beside the one wanted.

    Parameters
    ----------
    words : int
        1 to 2^32, and no more than the address space holds.
    kept_words : int
        Those that are on the chip: 0 to 65,536, and no more than there are.
    cache_words : int
        On the chip for the others: a power of two, 8 to 65,536.
    address_bits : int
        Of ``home``: 16 to 64.
    preset : {"asic", "fpga"}
        Short pipeline, or registered for clock speed.

    Members
    -------
    access : In(`store_access`)
    events : Out(struct)
        ``corrected``: 1 in a cycle in which an access ends that has put an error right.
    broken : Out(1)
        A write was not acknowledged as it should, or a burst of reads was too short or too long;
        stays, and accesses fail, or do not end.
    base : In
        First page of the array. Does not change after the first access.
    idle : Out(1)
        Every write has been acknowledged, and no line is on its way.
    home : Out(AXI4)

    Raises
    ------
    TypeError
        If a number is not an int, or ``preset`` not a str.
    ValueError
        If a value is not in its range or list, or not a power of two where it must be.
    """

    def __init__(self, *, words, cache_words, address_bits, kept_words=0, preset="asic"):
        self._address_bits = integer("address_bits", address_bits, 16, 64)
        most = min(MOST_WORDS, 2**address_bits // WORD_BYTES)
        self._words = integer("words", words, 1, most)
        self._kept_words = integer("kept_words", kept_words, 0, min(words, MOST_KEPT))
        self._cache_words = power_of_two("cache_words", cache_words, 8, 2**16)
        self._timing = PRESETS[one_of("preset", preset, tuple(PRESETS))]
        self._page_bits = address_bits - (PAGE_BYTES - 1).bit_length()
        super().__init__(
            {
                **store_ports(words),
                "base": In(self._page_bits),
                "idle": Out(1),
                "home": Out(whole_bus(address_bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        timing = self._timing
        m.submodules.cache = self._cache = LineCache(
            words=self._words,
            kept_words=self._kept_words,
            cache_words=self._cache_words,
            timing=timing,
        )
        m.submodules.fill = self._fill = LineFill(
            address_bits=self._address_bits,
            number_bits=self._cache.number_bits,
            places=self._cache.place_bits,
            kept_words=self._kept_words,
            timing=timing,
        )
        m.submodules.writes = self._writes = PostedWrites(self._address_bits)
        self._fetched = Signal()  # the word comes from near memory, just now
        word = Signal(8 * WORD_BYTES, reset_less=True)
        domain = m.d.sync if timing.judge_latency else m.d.comb
        domain += word.eq(Mux(self._fetched, self._fill.word, self._cache.word))
        self._good, self._mended = judge(m, word, timing)
        self._locate(m)
        self._connect(m, word)
        self._step(m)
        return m

    def _locate(self, m):
        """Where the word lies, from the second cycle of an access on."""
        address = self.access.address
        low, page = Signal(range(PAGE_WORDS)), Signal(self._page_bits, reset_less=True)
        self._place = Signal(place_bits(self._address_bits))
        m.d.sync += page.eq(self.base + address[len(low) :])
        m.d.comb += [low.eq(address), self._place.eq(Cat(low, page))]

    def _connect(self, m, word):
        """What is the same in every step of an access."""
        cache, fill, writes = self._cache, self._fill, self._writes
        access, mended = self.access, self._mended.word
        self._mending, self._wants = Signal(), Signal(name="wants")
        checks = Signal(secded.CHECK_BITS, reset_less=True)  # of data that is there for a cycle
        m.d.sync += checks.eq(secded.check_bits(access.data))
        for part in (fill, writes):
            pass_on(m, self.home, part.home, part.home.signature.members)
        m.d.comb += [
            cache.number.eq(access.address),
            fill.number.eq(access.address),
            fill.place.eq(self._place),
            writes.line.eq(self._place),
            writes.i.payload.place.eq(self._place),
            writes.i.payload.word.eq(Mux(access.write, Cat(access.data, checks), mended)),
            access.answer.eq(Mux(self._mending, mended, word)),
            self.idle.eq(writes.idle & fill.idle),
            self.broken.eq(writes.broken | fill.broken),
        ]

    def _step(self, m):
        """An access: looked up, judged, mended, and read from near memory if it must be."""
        cache, fill, access = self._cache, self._fill, self.access
        later = self._timing.judge_latency
        cycles = self._timing.memory_latency + 2 * later  # to a register, and through the check
        passed = Signal(range(cycles + 1))
        judging, skips, held_up = Signal(), Signal(), Signal()
        domain = m.d.sync if later else m.d.comb
        domain += held_up.eq(fill.pending)
        judged = "JUDGE" if cycles == 1 else "WAIT"
        misses, mends, spoiled = self._judge(m, judging, skips)
        with m.FSM():
            with m.State("LOOK"):
                m.d.comb += cache.look.eq(1)
                m.d.sync += [passed.eq(1), self._fetched.eq(0), spoiled.eq(0)]
                if later:  # whether it is held up is known in the next cycle
                    with m.If(access.en & cache.ready):
                        m.next = judged
                else:
                    m.d.comb += skips.eq(access.en & access.hint & cache.ready & held_up)
                    with m.If(access.en & cache.ready & ~held_up):
                        m.next = judged
            if cycles > 1:
                with m.State("WAIT"):
                    taking = passed < self._timing.memory_latency
                    m.d.comb += cache.look.eq(taking)  # once: what is told is what was judged
                    m.d.sync += passed.eq(passed + 1)
                    with m.If((passed == 1) & held_up):
                        m.d.comb += skips.eq(access.hint)
                        m.next = "LOOK"
                    with m.Elif(passed == cycles - 1):
                        m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.comb += judging.eq(1)
                with m.If(misses):
                    m.next = "FETCH"
                with m.Elif(mends):
                    m.next = "MEND"
                with m.Elif(access.done):
                    m.next = "LOOK"
            with m.State("MEND"):
                m.d.comb += self._mending.eq(1)
                with m.If(misses):
                    m.next = "FETCH"
                with m.Elif(access.done):
                    m.next = "LOOK"
            with m.State("FETCH"):
                m.d.comb += self._wants.eq(1)
                with m.If(fill.start):
                    m.next = "FILL"
            with m.State("FILL"):
                m.d.sync += [passed.eq(cycles - 1 - later), self._fetched.eq(1)]
                with m.If(fill.last):
                    m.next = judged

    def _judge(self, m, judging, skips):
        """What becomes of an access, now that its word is there.

        Returns whether near memory must be read, whether the word must be mended, and a register:
        something in the cache was wrong.
        """
        access, mended, fetched, mending = self.access, self._mended, self._fetched, self._mending
        cache, fill, writes = self._cache, self._fill, self._writes
        misses, mends, spoiled = Signal(), Signal(), Signal()
        reads, hints, lost = Signal(), Signal(), Signal()
        stores, changes, free, startable = (
            Signal(name=name) for name in ("stores", "changes", "free", "startable")
        )
        answers, ends, recovers = (Signal(name=name) for name in ("answers", "ends", "recovers"))
        pending = Signal(name="write_pending")  # what it looks at is there when the access begins
        domain = m.d.sync if self._timing.judge_latency else m.d.comb
        domain += pending.eq(writes.pending)
        m.d.comb += [
            reads.eq(judging & ~access.write & ~access.hint),
            hints.eq(judging & access.hint & ~cache.hit),
            lost.eq(reads & fetched & fill.failed),
            mends.eq(reads & (fetched | cache.hit) & ~self._good & ~lost),
            misses.eq(Mux(mending, mended.failed, reads & ~cache.hit) & ~fetched),
            stores.eq(Mux(mending, mended.corrected, judging & access.write)),
            free.eq(writes.i.ready & ~fill.comes),  # one word a cycle to the cache
            writes.i.valid.eq(stores & ~fill.comes),
            changes.eq(stores & free),
            startable.eq(fill.room & ~pending),
            fill.start.eq((self._wants | hints) & startable),
            answers.eq((fetched | cache.hit) & (self._good | (fetched & fill.failed))),
            ends.eq(Mux(access.write, free, Mux(access.hint, cache.hit | startable, answers))),
            recovers.eq((fetched | ~mended.failed) & (free | ~mended.corrected)),
            access.done.eq(skips | (judging & ends) | (mending & recovers)),
            access.failed.eq(lost | (mending & mended.failed) | self.broken),
        ]
        repaired = Mux(access.write | access.hint, cache.wrong & judging, mending | spoiled)
        m.d.comb += self.events.corrected.eq(access.done & ~access.failed & repaired)
        with m.If(misses):
            m.d.sync += spoiled.eq(cache.wrong | mending)
        self._keep(m, changes)
        return misses, mends, spoiled

    def _keep(self, m, changes):
        """The cache: lines that are read, words that change, and tags that cannot be trusted."""
        access, cache, fill, writes = self.access, self._cache, self._fill, self._writes
        reading, changed = fill.beat.valid, changes & (cache.hit | self._mending)
        m.d.comb += [
            cache.put.kept.eq((reading & fill.beat.kept) | (changed & cache.kept)),
            cache.put.other.eq((reading & ~fill.beat.kept) | (changed & ~cache.kept)),
            cache.put.same.eq(~reading),
            cache.put.number.eq(fill.beat.number),
            cache.put.data.eq(Mux(reading, fill.beat.data, writes.i.payload.word)),
            cache.mark.valid.eq(fill.over | fill.start | (changes & access.write & cache.wrong)),
            cache.mark.number.eq(Mux(fill.over, fill.beat.number, access.address)),
            cache.mark.there.eq(fill.over & fill.whole),
        ]
