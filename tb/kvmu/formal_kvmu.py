"""Proofs of the KVMU; see `verification.formal`."""

from kvmu.properties import controls
from verification.formal import Proof

PRESETS = ("asic", "fpga")

SMALL_MOVER = {
    "address_bits": 16,
    "outstanding": 2,
    "burst_bytes": 32,
    "jobs": 2,
    "job_bytes": 64,
    "timeout": 128,
}
"""Two bursts of up to four beats, two jobs of up to eight."""

FOUR = {"outstanding": 4, "jobs": 4}
"""The default but for four bursts and four jobs under way."""

SMALL_HOME = {"words": 600, "kept_words": 5, "cache_words": 32, "address_bits": 16}
"""Two pages; on the chip a line and a word of the next, and eight lines of the others."""

LARGE_HOME = {"words": 1 << 20, "kept_words": 1_536, "cache_words": 1_024, "address_bits": 40}

SMALL_KEEPER = {
    **{"contexts": 2, "near_slots": 8, "frames": 2, "far_pages": 4, "extents": 32},
    **{"entry_bytes": 2048, "max_clusters": 4, "max_tokens": 16, "max_chunk": 2},
    **{"window": 2, "most_pages": 2, "hash_bits": 16, "lanes": 1},
    **{"address_bits": 16, "outstanding": 2, "jobs": 2},
}

MOVER = Proof(
    "mover",
    "AXI4 of the mover: AR, AW and W stay until taken, and are 0 in the cycle after reset; bursts "
    "are of whole beats, increment, are as long as they may be at most and cross no multiple of "
    "4,096 bytes; they lie in the regions given, read and write of one have the same length (D71, "
    "D72); an ID is not asked for again before its last answer; words come with or behind their "
    "address, as many as it said, the last one marked, in the order of addresses (D74); what is "
    "asked for is answered without waiting (D73). Whatever the jobs, however the memories answer, "
    "and whenever a burst is given up.",
    "kvmu.properties.mover_inside.rules",
    "kvmu.properties.mover_ports.at_the_ports",
    {},
    depth=1,
    part="kvmu.properties.parts.mover",
    free="w:unit.watch.wait",
)

PROGRESS = Proof(
    "progress",
    "No deadlock in the mover: while the memories take what is offered and answer what they have "
    "taken, at most 4 cycles pass without a step of a burst, or of a job that is split; each has a "
    "bounded number of steps, so bursts end and jobs are asked for whole. No VALID waits for "
    "READY.",
    "kvmu.properties.mover_progress.never_stuck",
    "kvmu.properties.mover_progress.beats_move",
    {},
    depth=6,
    cover=22,
    part="kvmu.properties.parts.mover",
    free="w:unit.watch.wait",
)
HOME = Proof(
    "home",
    "AXI4 of the store in near memory: AR, AW and W stay until taken, and are 0 in the cycle after "
    "reset; bursts are as they may be and lie in the array; at most four lines are on their way, "
    "and none of them has a word that is on its way to memory (D90): a line is not asked for "
    "before such words are acknowledged, and none is written before the line's last beat; each "
    "word has its own burst and comes with or behind its address, the next one when both are "
    "taken; at most eight are not acknowledged; answers are taken at once. Whatever is read, "
    "written and hinted at, and whatever the memories hold.",
    "kvmu.properties.home_inside.rules",
    "kvmu.properties.home_ports.at_the_ports",
    {},
    depth=1,
    cover=48,
    part="kvmu.properties.parts.near_store",
    free="t:$mem_v2",
)

KEEPER = Proof(
    "keeper",
    "Valid and payload of `results`, `grants` and `deliveries` stay until taken (D25), and so do "
    "jobs for both movers; none is valid in the cycle after reset. Whatever comes in, and whatever "
    "the store and the movers answer, and when.",
    "kvmu.properties.keeper_ports.outputs_stay",
    "kvmu.properties.keeper_ports.outputs_stay",
    {},
    depth=1,
    cover=70,
    part="kvmu.properties.parts.keeper",
    free="t:$mem_v2",
)

SECDED = Proof(
    "secded",
    "Of every word of 56 bits: what is stored has no syndrome and is not all zeros; of any word, a "
    "bit that is turned round changes the syndrome by its column; one wrong bit is corrected, "
    "whichever it is, two are found (D88).",
    "kvmu.properties.secded.corrects_and_finds",
    "kvmu.properties.secded.corrects_and_finds",
    {},
    depth=1,
    cover=3,
    part="kvmu.properties.parts.code",
)
PAGES = Proof(
    "pages",
    "What is taken is the least number that is there; there is some exactly if something has been "
    "inserted and not taken; an insertion or a removal takes at most 8·L - 2 cycles with L levels, "
    "11·L - 4 of `fpga`, five with one (D67). For every sequence of both.",
    "kvmu.properties.page_set.tree",
    "kvmu.properties.page_set.least_first",
    {},
    depth=32,
    cover=48,
    part="kvmu.properties.parts.numbers",
)
POOL = Proof(
    "pool",
    "A number that was given is not given again before it came back, all that came back are "
    "given, and those left are counted (D89). For every sequence of takes and of lists given back, "
    "whatever their words say meanwhile, and however long the store takes.",
    "kvmu.properties.pool.lists",
    "kvmu.properties.pool.given_once",
    {},
    depth=1,
    cover=20,
    part="kvmu.properties.parts.pool",
)
AREA = Proof(
    "area",
    "All frames stay in the list, once each and linked both ways; one that a part uses for the "
    "first time goes to its end, one that it has used stays where it is, the others keep their "
    "order, and a page is put where the least recently used one was (D68). From every list to "
    "begin with, whichever of its frames are used, for every sequence of both.",
    "kvmu.properties.area.steps",
    "kvmu.properties.area.by_use",
    {},
    depth=10,
    cover=24,
    part="kvmu.properties.parts.area",
)


def _part(proof, build, **parameters):
    return Proof(**{**vars(proof), "name": f"{proof.name}, {build}", "parameters": parameters})


def _of(proof, build, preset, **changed):
    name = f"{proof.name}, {build}, {preset}"
    sizes = SIZES[proof.name][build]
    return Proof(
        **{**vars(proof), "name": name, "parameters": {**sizes, "preset": preset}, **changed}
    )


SIZES = {
    "mover": {"small": SMALL_MOVER, "four": FOUR},
    "progress": {"small": SMALL_MOVER},
    "keeper": {"small": SMALL_KEEPER, "default": {}},
    "home": {"small": SMALL_HOME, "large": LARGE_HOME},
}

WITHOUT_DATA = {"function": "kvmu.properties.mover_inside.rules_without_data", "cover": 0}

PROOFS = [
    *(_of(MOVER, "small", preset) for preset in PRESETS),
    _of(MOVER, "four", "fpga", **WITHOUT_DATA),
    *(_of(PROGRESS, "small", preset) for preset in PRESETS),
    *(_of(KEEPER, "small", preset) for preset in PRESETS),
    *(_of(KEEPER, "default", preset, cover=0) for preset in PRESETS),
    _part(SECDED, "63 bits", bits=63),
    _part(PAGES, "one level", count=16, word=16),
    _part(PAGES, "two levels", count=16, word=4),
    _part(PAGES, "three levels", count=8, word=2),
    _part(PAGES, "two levels, fpga", count=16, word=4, preset="fpga"),
    _part(PAGES, "three levels, fpga", count=8, word=2, preset="fpga"),
    _part(POOL, "four", count=4),
    _part(AREA, "three", count=3),
    *(_of(HOME, "small", preset) for preset in PRESETS),
    *(_of(HOME, "large", preset, cover=0) for preset in PRESETS),
]

CONTROLS = controls.CONTROLS

SAMPLE = ("mover, small, asic", "a burst ends at the farther edge")

GAPS = [
    "**mover**: the time after which a burst is given up is free, so the rules hold whenever that "
    "is. Of peers it is assumed that they answer what they have taken, each burst once; strays "
    "(D80) are simulated. The default has 16 bursts under way: the induction was tried and takes "
    "too long; build `four` has all its other sizes, without `wdata`. Three controls show late or "
    "only after long searching: yices alone refutes them.",
    "**home** leaves the words and tags on the chip out: whatever they say. It presupposes a user "
    "that holds an access until it is done and never hints and writes with one, an array that ends "
    "within the address space, and of a peer that it answers lines in the order in which they were "
    "asked for, says the last beat of one not later than asked for, and acknowledges in order. A "
    "burst that ends early is one of those that the rules hold for; of one that is too long it is "
    "not known where the next begins, and the store is broken (D91): the benches look at that. "
    "That the words of a line get to its place on the chip, and a hint to its end, is simulated.",
    "**keeper** says nothing of what is offered, only that it stays. That an access to the store "
    "stays until it is done, which `home` presupposes, is **neither proved nor watched** by a "
    "bench: its induction was tried and needs more claims; no trace of 12 cycles breaks it "
    "(`asic`).",
    "**pool** and **area** are the routines by themselves, with four numbers and three frames, "
    "given lists that are linked as they must be, at least one number long; that callers give only "
    "what they have, and the other lists, is not proved: the benches see it by what comes out. In "
    "`area` the store answers at once.",
    "**secded** is of words of 63 bits, those on the chip. With the last bit of 64, always 0, "
    "yices takes minutes; the benches try each error of one bit and of two.",
    "**pages** has words of 16, 4 and 2 bits, so that a few numbers have three levels; the "
    "hardware's words of 64 are simulated, in one, two and three levels.",
    "**progress** is of bursts and of asking for them. That `done` is told, and a bound for a "
    "whole job, are not proved; benches see that every job ends. Its control breaks a claim of the "
    "ports (never 12 cycles without a beat) that is looser and not proved: the unit without the "
    "defect keeps it for 24 cycles, by yices.",
    "**Not proved**: what is moved where (bytes, statuses, D75 to D78), and the commands of "
    "section 15: the benches compare each result, address and order with the golden model.",
]
