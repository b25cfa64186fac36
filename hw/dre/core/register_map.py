"""The registers of a DRE: the one table that bank, header, documentation and driver come from."""

from dataclasses import fields

from dre.bus.arbiter import EVENTS as BUS_EVENTS
from dre.core.config import SCORES_FROM
from dre.core.watch import COUNTER_BITS as WATCHED_BITS
from dre.core.watch import EVENTS as WATCHED
from dre.hcu.search import EVENTS as HCU_EVENTS
from dre.hcu.unit import STICKY as HCU_STICKY
from dre.kvmu.config import PRESETS
from dre.kvmu.layouts import COUNT_BITS, KVOp, KVStatus
from dre.kvmu.unit import COUNTED as KVMU_COUNTED
from dre.kvmu.unit import STICKY as KVMU_STICKY
from dre.layouts import CHUNK_BITS, CONTEXT_BITS, ScoreMode
from dre.monitor import COUNTER_BITS
from dre.registers.bank import EVENTS as BANK_EVENTS
from dre.registers.fields import WORD_BITS, WORD_BYTES, Count, Field, Register, Table
from dre.registers.hcu_settings import hcu_settings
from dre.registers.identity import build_parameters, identity
from dre.scores.reader import COUNTED as SCORES_COUNTED
from dre.scores.reader import STICKY as SCORES_STICKY
from dre.table.unit import COUNTED as TABLE_COUNTED
from dre.table.unit import STICKY as TABLE_STICKY
from dre.wtu.unit import EVENTS as WTU_EVENTS
from dre.wtu.unit import STICKY as WTU_STICKY

ADDRESS_BITS = 12
"""4 KB."""
LETTERS = b"V-RX"
IDENTIFICATION = int.from_bytes(LETTERS, "big")
VERSION = (0, 1, 0)

PARAMETERS, CONTROL, BASES, SETTINGS, COMMANDS, STATUS, COUNTS = (
    *(0x010, 0x100, 0x120, 0x160),
    *(0x180, 0x200, 0x400),
)
"""Where each group begins."""

UNITS = {
    "hcu": ("HCU, section 9", HCU_STICKY, HCU_EVENTS),
    "wtu": ("WTU, section 12", WTU_STICKY, WTU_EVENTS),
    "kvmu": ("KVMU, section 15", KVMU_STICKY, KVMU_COUNTED),
    "table": ("table unit, section 16", TABLE_STICKY, TABLE_COUNTED),
    "bus": ("arbiter, section 17", BUS_EVENTS, BUS_EVENTS),
    "control": ("registers, D126", BANK_EVENTS, BANK_EVENTS),
    "scores": ("row reader, section 18", SCORES_STICKY, SCORES_COUNTED),
}
"""Of each unit: what it is, its sticky bits, what it counts."""

NARROW = ("bus", "control")
"""Units whose counters are as narrow as those of `dre.core.watch`."""

REGIONS = {
    "ring": "keys and values that came last",
    "area": "what was retrieved",
    "far": "what has left, in far memory",
    "store": "words of the KVMU",
    "table": "hash words, members, token counts",
}
"""What has a place in memory."""

HELD_COMMAND = {
    "command_tokens": ("tokens", "max_chunk"),
    "command_kept": ("sink_tokens", "recent_tokens"),
    "command_room": ("held_back", "frames"),
}
"""Fields of a command that registers hold, two in each; the others are written with it."""

CAUSES = {
    "result": "A result waits",
    "room": "There is room for a command",
    "error": "A sticky bit of a status register is set",
    "broken": "A unit is broken: only a reset of all helps",
}
"""Of an interrupt."""

SLOT = 2 * WORD_BYTES
"""Of a base, which may have more bits than a word."""


def register_map(config):
    """The `dre.registers.fields.Table` of a `dre.core.DREConfig`."""
    registers = (
        *_identification(config),
        *_control(),
        *_bases(config),
        *_settings(config),
        *_commands(),
        *_status(),
    )
    return Table("dre", registers, _counts(), COUNTS, ADDRESS_BITS)


def counters():
    """Bits of each counter that is added up, by its count's name."""
    return {count.name: count.bits for count in _counts()}


def _identification(config):
    """What it is, and every build parameter."""
    yield from identity(LETTERS, "Says that this is a DRE", VERSION)
    parameters = {field.name: getattr(config, field.name) for field in fields(config)}
    names = {"preset": tuple(PRESETS), "scores_from": SCORES_FROM}
    yield from build_parameters(PARAMETERS, parameters, names)


def _control():
    """How it runs, and what calls for attention."""
    yield Register(
        "control",
        CONTROL,
        (
            Field("run", 1, 0, "held", "0 holds everything but the registers in reset (D127)"),
            Field("quiesce", 1, 1, "held", "No command is begun"),
        ),
        "Refuses to clear run unless it is drained",
        guarded=True,
    )
    yield Register(
        "state",
        CONTROL + 0x4,
        (
            Field("running", 1, 0, "shown", "Run, and all sums have been cleared"),
            Field("idle", 1, 1, "shown", "No command is under way"),
            Field("drained", 1, 2, "shown", "And no memory owes an answer"),
            Field("broken", 1, 3, "shown", "A unit is broken"),
        ),
        "What it is doing",
    )
    for name, place, access, about in (
        ("interrupt_enable", 0x8, "held", "Causes of an interrupt"),
        ("interrupt_causes", 0xC, "shown", "Which of them there are, enabled or not"),
    ):
        causes = enumerate(CAUSES.items())
        bits = tuple(Field(cause, 1, n, access, text) for n, (cause, text) in causes)
        yield Register(name, CONTROL + place, bits, about)
    yield Register(
        "counting",
        CONTROL + 0x10,
        (
            Field("take", 1, 0, "done", "Copies all counts to where they are read"),
            Field("taking", 1, 1, "shown", "They are being copied"),
        ),
        "Counts (D131)",
    )


def _bases(config):
    """Where everything lies in memory."""
    for number, region in enumerate(REGIONS):
        low = BASES + SLOT * number
        bits = config.table.page_number
        for part, place in (("", 0), ("_high", WORD_BITS)):
            if bits > place:
                about = f"First page of 4 KB of {REGIONS[region]}" + (
                    ": upper bits" if place else ""
                )
                field = Field("page", min(bits - place, WORD_BITS), 0, "held", about)
                address = low + place // WORD_BITS * WORD_BYTES
                yield Register(f"base_{region}{part}", address, (field,), about, guarded=True)


def _settings(config):
    """Thresholds and modes; each is held until all are taken at once."""
    yield from hcu_settings(config, SETTINGS)
    modes = tuple(mode.name.lower() for mode in ScoreMode)
    threshold = (
        Field("TH", 16, 0, "held", "Share of the mass, in 2^-16 (section 5)"),
        Field("all", 1, 16, "held", "Everything is selected"),
        Field("mode", 1, 17, "held", "What scores are", names=modes),
    )
    yield Register("setting_threshold", SETTINGS + 0xC, threshold, "Of the WTU: how much")
    for place, name, field in (
        (0x10, "scale", Field("K", 16, 0, "held", "Of scores: significand, its top bit set (D40)")),
        (0x14, "exponent", Field("k", 5, 0, "held", "Of scores: places shifted right (D40)")),
    ):
        yield Register(f"setting_{name}", SETTINGS + place, (field,), f"Of the WTU: {field.name}")
    take = (Field("take", 1, 0, "done", "All settings above hold from the next header on"),)
    yield Register("settings", SETTINGS + 0x1C, take, "Takes settings (D128)")


def _commands():
    """Commands of the KVMU, and their results."""

    def who(access):
        operations = tuple(op.name for op in KVOp)
        return (
            Field("op", 3, 0, access, "Operation", names=operations),
            Field("context", CONTEXT_BITS, 4, access, "Context"),
            Field("chunk", CHUNK_BITS, 16, access, "Chunk's number"),
        )

    for number, (name, (low, high)) in enumerate(HELD_COMMAND.items()):
        pair = (
            Field(low, 16, 0, "held", f"As in commands: {low}"),
            Field(high, 16, 16, "held", f"As in commands: {high}"),
        )
        yield Register(name, COMMANDS + WORD_BYTES * number, pair, "For the next command")
    about = "Gives a command with what the registers above hold; refused if there is no room"
    yield Register("command", COMMANDS + 0xC, who("done"), about, guarded=True)
    yield Register("result_of", COMMANDS + 0x10, who("shown"), "Whose result it is that waits")
    result = (
        Field("count", COUNT_BITS, 0, "shown", "As in results: count"),
        Field("more", 1, 24, "shown", "Another part waits to be released"),
        Field("status", 3, 25, "shown", "Status", names=tuple(one.name for one in KVStatus)),
        Field("waiting", 1, 31, "shown", "There is a result; else the rest means nothing"),
    )
    yield Register("result", COMMANDS + 0x14, result, "The result that waits")
    take = (Field("take", 1, 0, "done", "It goes; refused if there is none"),)
    yield Register("result_take", COMMANDS + 0x18, take, "Makes room for a result", guarded=True)


def _status():
    """Sticky bits of all units."""
    for number, (unit, (what, sticky, _)) in enumerate(UNITS.items()):
        bits = tuple(Field(name, 1, n, "cleared", f"{name}") for n, name in enumerate(sticky))
        address = STATUS + WORD_BYTES * number
        yield Register(f"status_{unit}", address, bits, f"Sticky bits: {what}; a 1 clears")


def _counts():
    """Of all units, then of what keeps them busy."""
    counts = [
        Count(f"{unit}_{name}", WATCHED_BITS if unit in NARROW else COUNTER_BITS, what)
        for unit, (what, _, counted) in UNITS.items()
        for name in counted
    ]
    counts += [Count(name, WATCHED_BITS, "cycles, D132") for name in WATCHED]
    return tuple(counts)
