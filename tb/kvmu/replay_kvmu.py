"""Fast replay of the KVMU: commands with what they must bring about in, what differs out.

Kinds of records beside those of `replay.program` (numbers u32 unless said otherwise):

    stimulus
    1 build       those of `CONSTANTS` that say where what lies
    2 run         its own: first pages of ring, area, far, store; quiesce, flips and chip_flips in
                  65,536ths of a cycle; streams:
                  commands, selected, assignments, results, grants, deliveries
    3 command     op, context, chunk, tokens, sink_tokens, recent_tokens, max_chunk, held_back,
                  frames; status, more and count of its result; whose tokens, the first that is
                  granted; whether there is a packet of deliveries, and of its trailer tokens,
                  lost, status, more. Then lists, each behind its length: grants (u64), deliveries
                  (token, address u64), pages written (address u64, list of tokens), moves; at last
                  the stream of its packet (0: none) and a list of the words of its beats.
                  A move: mover, side, spot u64, lists of fates, and of (address u64, bytes u64)
                  for reads and writes
    4 habits      of six memories, each least and most latency, order, address, data, answer
    5 outage      mover, side, on: that side answers late from now on, or no longer
    6 wait        drained: for all results, and for the movers
    7 spoil       far, flip, address u64: a byte of near or far memory changes by itself

    results
    16 answer     one a command: cycles u64 in which it was given and of its result, whether all of
                  it was right
    19 difference command, text; of the first 20 at most
    20 flips      bits of metadata that were turned round
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from dre.kvmu import KVMUConfig, secded
from dre.kvmu.keeper.records import tables
from kvmu.golden_kvmu import Outcome
from kvmu.places_kvmu import home_pages
from replay import build, program, records

COMMAND, HABITS, OUTAGE, WAIT, SPOIL = range(3, 8)
ANSWER, DIFFERENCE, FLIPS = 16, 19, 20
STREAMS = ("commands", "selected", "assignments", "results", "grants", "deliveries")
PLACES = ("ring", "area", "far", "store")
MOVERS, SIDES = ("fetching", "offloading"), ("read", "write")
FATES = ("ok", "slverr", "decerr", "short", "long", "late")
ORDERS = ("in order", "reordered", "interleaved")
LANES = (None, "selected", "assignments")
FIELDS = (
    *("op", "context", "chunk", "tokens", "sink_tokens", "recent_tokens", "max_chunk"),
    *("held_back", "frames"),
)
TRAILER = ("tokens", "lost", "status", "more")
HERE = Path(__file__).parent
SOURCES = [HERE / f"{name}_kvmu.cpp" for name in ("replay", "player", "judge")]


def constants(config):
    """What the C++ has to know of a build; the first eight are in its record."""
    names = ("entry_bytes", "near_slots", "frames", "far_pages", "ring_pages")
    return {
        **{name: getattr(config, name) for name in names},
        "home_pages": home_pages(config),
        **{name: getattr(config, name) for name in ("data_bits", "address_bits")},
        **{name: getattr(config, name) for name in ("burst_bytes", "outstanding", "timeout")},
        **_on_chip(config),
    }


def _on_chip(config):
    """Words of metadata there, and bits of a tag: whether it is there, which line, check bits."""
    _, words = tables(config)
    lines = -(-words // config.cache_words)
    tag_bits = 1 + max(1, (lines - 1).bit_length()) + secded.CHECK_BITS
    kept = min(config.kept_words, words)
    sizes = {"store_words": words, "kept_words": kept, "cache_words": config.cache_words}
    return {**sizes, "tag_bits": tag_bits}


PEERS = 6
"""Far, near, near, far: fetching, then offloading; home, read and written."""

RECORDED = 8
"""Constants in the record of a build."""


@dataclass(frozen=True, kw_only=True)
class Run(program.Run):
    """How a replay is run.

    Attributes
    ----------
    bases : dict of str to int
        First pages of what lies in the memories.
    quiesce : float
        How often the unit is told to begin nothing more, until it has drained.
    flips, chip_flips : float
        How often a bit of a word of metadata turns round, in a cycle: in near memory; on the chip,
        in each memory there (all words, or those in the cache, and its tags). Of a word once until
        it has been written again.
    """

    bases: dict[str, int] = field(default_factory=dict)
    quiesce: float = 0.0
    flips: float = 0.0
    chip_flips: float = 0.0


@dataclass(frozen=True)
class Given:
    """A command: what it must bring about, the beats of its packet, and what must be moved.

    Attributes
    ----------
    made : kvmu.golden_kvmu.Outcome
    life : int
        Whose tokens: a number of a context from its beginning to its end.
    stream : str or None
        Where its packet comes.
    beats : list of int
        Packed.
    moves : list of (str, kvmu.moves_kvmu.Move)
        With the name of the mover.
    """

    made: Outcome
    life: int
    stream: str | None
    beats: list
    moves: list


@dataclass(frozen=True)
class Answer:
    """Of a command: cycles in which it was given and in which its result was taken, 0 if none came;
    whether nothing was wrong."""

    given: int
    ended: int
    right: bool


@dataclass(frozen=True)
class Difference:
    """What was wrong with a command, by its number among them."""

    command: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Replayed(program.Clocked):
    """Results of a replay.

    Attributes
    ----------
    answers : list of Answer
        Of each command.
    differences : list of Difference
        The first ones.
    flips : int
        Bits of metadata that were turned round.
    """

    answers: list[Answer]
    differences: list[Difference]
    flips: int

    @property
    def mismatches(self):
        """Commands that were answered wrong, or not at all."""
        return sum(not (one.ended and one.right) for one in self.answers)


def build_program(config, name, netlist=None):
    """Build the replay program for a build of the KVMU; ``netlist``: as `replay.build` has it."""
    about = constants(config)
    return build.program("kvmu", config, SOURCES, name=name, constants=about, netlist=netlist)


def write(path, config, steps, run):
    """Write a stimulus.

    Parameters
    ----------
    path : Path
    config : dre.kvmu.KVMUConfig
    steps : list of Given or (int, bytes)
        The latter are records of other kinds.
    run : Run
    """
    records.write(path, "kvmu", _stimulus(config, steps, run))


def replay(made, stimulus, mutant=0):
    """Run the program on a stimulus that `write` wrote; ``mutant``: as `replay.program` has it."""
    named = f"{stimulus.stem}-{mutant}" if mutant else stimulus.stem
    results = stimulus.with_name(f"{named}.results.bin")
    own, clocked = program.run(made, "kvmu", stimulus, results, mutant=mutant)
    if mutant:
        results.unlink()
    answers, differences, flips = [], [], 0
    for kind, contents in own:
        if kind == ANSWER:
            given, ended, right = struct.unpack("<QQI", contents)
            answers.append(Answer(given, ended, bool(right)))
        elif kind == DIFFERENCE:
            differences.append(
                Difference(int.from_bytes(contents[:4], "little"), contents[4:].decode())
            )
        elif kind == FLIPS:
            flips = int.from_bytes(contents, "little")
    return Replayed(answers=answers, differences=differences, flips=flips, **clocked)


def habits(all_of_them):
    """A step: how the memories behave from now on; of far and near, read and written, and home."""
    numbers = []
    for one in all_of_them:
        often = (round(65_536 * p) for p in (one.address, one.data, one.answer))
        numbers += [*one.latency, ORDERS.index(one.order), *often]
    return HABITS, _numbers(*numbers)


def outage(mover, side, on):
    """A step: a side of a mover answers late from now on, or no longer."""
    return OUTAGE, _numbers(MOVERS.index(mover), SIDES.index(side), on)


def wait(drained=False):
    """A step: what follows waits for all results, perhaps for the movers too."""
    return WAIT, _numbers(drained)


def spoil(memory, address, flip):
    """A step: a byte of "near" or "far" memory changes by itself."""
    return SPOIL, struct.pack("<IIQ", memory == "far", flip, address)


def _numbers(*values):
    return struct.pack(f"<{len(values)}I", *values)


def _list(parts):
    parts = list(parts)
    return _numbers(len(parts)) + b"".join(parts)


def _stimulus(config: KVMUConfig, steps, run):
    built = list(constants(config).values())[:RECORDED]
    yield program.BUILD, _numbers(*built)
    own = [run.bases[name] for name in PLACES]
    often = (round(65_536 * share) for share in (run.quiesce, run.flips, run.chip_flips))
    yield run.record(STREAMS, *own, *often)
    words = {
        name: -(-getattr(config, f"{name}_packet").size // 32)
        for name in ("selected", "assignments")
    }
    page = {"far": run.bases["far"]}
    for step in steps:
        yield (COMMAND, _given(step, words, page["far"])) if isinstance(step, Given) else step


def _given(given, words, far):
    made = given.made
    command, result, trailer = made.command, made.result, made.trailer or {}
    numbers = [command.get(name, 0) for name in FIELDS]
    numbers += [result[name] for name in ("status", "more", "count")]
    numbers += [given.life, made.first, bool(made.trailer)]
    numbers += [trailer.get(name, 0) for name in TRAILER]
    size = words.get(given.stream, 0)
    beats = b"".join(beat.to_bytes(4 * size, "little") for beat in given.beats)
    return b"".join(
        [
            _numbers(*numbers),
            _list(struct.pack("<Q", one) for one in made.grants),
            _list(struct.pack("<IQ", *one) for one in made.delivered),
            _list(
                struct.pack("<Q", (far + page) * 4096) + _list(map(_numbers, tokens))
                for page, tokens in made.written
            ),
            _list(_move(*one) for one in given.moves),
            _numbers(LANES.index(given.stream), len(beats) // 4),
            beats,
        ]
    )


def _move(mover, move):
    head = struct.pack("<IIQ", MOVERS.index(mover), SIDES.index(move.side), move.spot)
    fates = _list(_numbers(FATES.index(fate)) for fate in move.fates)
    extents = (_list(struct.pack("<QQ", *one) for one in move.extents[side]) for side in SIDES)
    return head + fates + b"".join(extents)
