"""Mutants of the KVMU and its mover that change nothing anybody is promised, and why.

Only for the builds of `kvmu.mutation_kvmu`: with other sizes many of these are defects.
"""

from verification.shares import Reviewed

HW = "hw/dre/kvmu"
SAID = "said = [Mux(asked, _bits(values[name], argument), 0) for asked, values in self._calls]"
MOVERS = "m.submodules.movers = movers = Movers(config.mover, config.mover)"
NOT_ZERO = "Flips a bit where another one is 1: what is not 0 stays so, and what is 0 too."

MOVER = (
    Reviewed(
        f"{HW}/watch.py",
        "wait = Signal(range(period))",
        "mover.watch: inv Q[[]1]",
        "The count goes down in another order and in as many steps: 200 from visit to visit, tried "
        "for this build.",
    ),
)

STORE = (
    Reviewed(
        f"{HW}/store_near.py",
        "cache.mark.there.eq(fill.over & fill.whole),",
        "kvmu.store: const1 B[[]0]",
        "A line of which a beat has failed is marked as here: its access fails too, and from then "
        "on nothing is read until reset, which empties the cache (D91).",
    ),
    Reviewed(
        f"{HW}/store_writes.py",
        "with m.If(home.bvalid & home.bresp.any()):",
        "kvmu.store.writes: const0 A[[]0]",
        "Takes EXOKAY for OKAY: AXI4 answers so to exclusive accesses only, and there are none. "
        "SLVERR and DECERR have the other bit.",
    ),
)

UNIT = (
    Reviewed(
        f"{HW}/unit.py",
        MOVERS,
        "kvmu: cnot0 offload__done__payload[[]0]",
        "A tag: who orders pages to be written counts the jobs, and does not ask which has ended.",
    ),
    Reviewed(
        f"{HW}/unit.py",
        MOVERS,
        "kvmu: cnot1 far__araddr[[]20]",
        "Flips where bit 3 of the address is 1: it is 0, since beats have 64 bytes.",
    ),
    Reviewed(
        f"{HW}/movers.py",
        "m.submodules[direction] = mover = Mover(config)",
        "kvmu.movers: cnot1 state[[]2]",
        "That a mover is down: the unit hears it from the statuses of jobs, and looks at drained.",
    ),
)

KEEPER = (
    Reviewed(
        f"{HW}/keeper/contexts.py",
        'name: settled(m, f"free_no_{name}", timing, amount == 0)',
        "kvmu.keeper: cnot1 A[[]1]",
        NOT_ZERO,
    ),
    Reviewed(
        f"{HW}/keeper/contexts.py",
        'name: settled(m, f"free_no_{name}", timing, amount == 0)',
        "kvmu.keeper: cnot1 A[[]5]",
        NOT_ZERO,
    ),
    Reviewed(
        f"{HW}/keeper/assigning.py",
        'self._over = settled(m, "assign_over", timing, self._left == 0)',
        "kvmu.keeper: cnot1 A[[]0]",
        NOT_ZERO,
    ),
    Reviewed(
        f"{HW}/keeper/contexts.py",
        "self._promised.eq(self._promised + self._asked + command.sink_tokens),",
        "kvmu.keeper: const0 A[[]17]",
        "What is kept of the sum has eight bits at most.",
    ),
    Reviewed(
        f"{HW}/keeper/granting.py",
        "self._sinks.eq(Mux(rest < tokens, rest, tokens)),",
        "kvmu.keeper: const0 Y[[]15]",
        "What is kept of the count has four bits.",
    ),
    Reviewed(
        f"{HW}/keeper/granting.py",
        "| (now.tokens + tokens > config.max_tokens)",
        "kvmu.keeper: cnot1 B[[]5]",
        "Changes a chunk of 16,384 tokens and more: it is longer than max_chunk, and bad for that.",
    ),
    Reviewed(
        f"{HW}/keeper/granting.py",
        "m.d.comb += need.eq(tokens - self._sinks)",
        "kvmu.keeper: cnot1 Y[[]8]",
        "Changes a chunk of 4,096 tokens and more: it is longer than max_chunk, and bad for that.",
    ),
    Reviewed(
        f"{HW}/keeper/contexts.py",
        "(command.sink_tokens > MOST_SINKS)",
        "kvmu.keeper: cnot0 A[[]4]",
        "Flips bit 4 of a number below 32,768: it is above 255 as it was before, or not.",
    ),
    Reviewed(
        f"{HW}/keeper/commands.py",
        "known = command.context < book.config.contexts",
        "kvmu.keeper: cnot1 A[[]4]",
        "Changes a number of 1,024 and more, which stays so: beyond the last context.",
    ),
    Reviewed(
        f"{HW}/keeper/pools.py",
        "self.left.eq(self.left + give.count),",
        "kvmu.keeper: cnot1 Y[[]3]",
        "Flips where the sum has bit 6: it counts extents, of which there are 32.",
        "$1205",
    ),
    Reviewed(
        f"{HW}/keeper/planning.py",
        "with m.If(self._window != self._book.config.window):",
        "kvmu.keeper: cnot0 A[[]0]",
        "Flips the lowest bit of a number below 4: it stays below, and is compared with 4.",
    ),
    Reviewed(
        f"{HW}/keeper/page_set.py",
        "word = Mux(self.insert, self._word | bit, self._word & ~bit)",
        "kvmu.keeper.page_set: inv Y[[]9]",
        "Of two cells that this line makes the one whose word is kept, not the one that writes the "
        "top: with one level BEGIN takes the word from the top again before it is looked at.",
        "$57",
    ),
    Reviewed(
        f"{HW}/keeper/routine.py",
        SAID,
        "kvmu.keeper.calls_of_change: const1 B[[]8]",
        "Clears a bit of `before` in a frame's record while INIT links frames. Of a frame in which "
        "no page has been put it is never read, and putting one writes all of the record.",
        "$267",
    ),
    Reviewed(
        f"{HW}/keeper/routine.py",
        SAID,
        "kvmu.keeper.calls_of_put: const1 S[[]0]",
        "The page is said though nobody asks. There is one caller, so nothing is mixed with it.",
    ),
    Reviewed(
        f"{HW}/keeper/routine.py",
        'm.submodules[f"calls_of_{name}"] = self',
        "kvmu.keeper: const0 plan_page[[]8]",
        "Whether the page is resident: these calls are given all of its record and use its frame.",
        "calls_of_touch",
    ),
    Reviewed(
        f"{HW}/keeper/delivering.py",
        "parts.header.context.eq(command.context),",
        "kvmu.keeper: const0 A[[]2]",
        "What the payload keeps in a cycle that puts no header. It puts another beat then, which "
        "has the bit for itself or not at all, or none, and valid is 0.",
        "$procmux$3396",
    ),
    Reviewed(
        f"{HW}/keeper/reading.py",
        "with m.Elif((left != 0) & (self._open != book.config.jobs)):",
        "kvmu.keeper: inv Y[[]0]",
        "Of two cells that this line makes the one that decides only whether what follows counts: "
        "that asks for left to be 0, where this condition is 0 anyway.",
        "$960",
    ),
    Reviewed(
        f"{HW}/keeper/aging.py",
        "Mux(now.tokens < now.recent_tokens, 0, now.tokens - now.recent_tokens)",
        "kvmu.keeper: const1 Y[[]13]",
        "What is kept of the difference has eight bits.",
    ),
)

COUNTS = (
    Reviewed(
        f"{HW}/keeper/selecting.py",
        "self._count.eq(self._count + 1),",
        "kvmu.keeper: cnot1 A[[]17]",
        "Flips where 8,192 clusters of a packet have been counted: it names each once, and there "
        "are 12.",
    ),
    Reviewed(
        f"{HW}/keeper/selecting.py",
        'self._count = Signal(COUNT_BITS, name="selected_count", reset_less=True)',
        "kvmu.keeper: cnot1 D[[]16]",
        "Flips where 128 clusters of a packet have been counted: it names each once, and there are "
        "12.",
    ),
    Reviewed(
        f"{HW}/keeper/offloading.py",
        'self.written = Signal(book.config.pages, name="written", reset_less=True)',
        "kvmu.keeper: const0 Q[[]4]",
        "Sixteen pages of one END: beyond what may be held back there are no more entries than two "
        "chunks have (D61), that is four pages.",
    ),
    Reviewed(
        f"{HW}/keeper/routine.py",
        "return reduce(operator.or_, values, Const(0))",
        "kvmu.keeper.calls_of_fetch_order: cnot1 Y[[]38]",
        "Flips where bit 1 of the target is 1: it is 0, since pages begin at multiples of 4,096.",
    ),
)

CACHE = (
    Reviewed(
        f"{HW}/store_cache.py",
        "hit.eq((known.there & (known.tag == tag) & ~wrong) | kept),",
        "kvmu.store.cache.tags: cnot1 DATA[[]10]",
        "A tag of which one bit is read wrong, which its check bits show: there is no hit, and the "
        "line is read from near memory once more. That takes time, which nobody is promised (D94).",
        "$3",
    ),
)

REVIEWED = (*COUNTS, *CACHE, *MOVER, *STORE, *UNIT, *KEEPER)
