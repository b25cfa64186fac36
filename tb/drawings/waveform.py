"""One chunk on the HCU's streams, cycle by cycle, from a waveform that a simulation wrote."""

from dataclasses import dataclass

from vcdvcd import VCDVCD

from drawings.style import BLUE, GREY, finish, panels
from dre.packing import unpack

STREAMS = ("hash_bits", "passes", "table", "assignments")
MOVED, WAITING = BLUE, "#d9b38c"


@dataclass(frozen=True)
class Cycle:
    """A stream in one cycle: whether a beat is offered, whether it moves, and the beat."""

    valid: bool
    ready: bool
    payload: dict


def read(path, layouts):
    """Every stream of a waveform, cycle by cycle, from the end of reset on.

    Values are those just before each rising edge of the clock, which is when beats move.

    Parameters
    ----------
    path : path
        A VCD file.
    layouts : dict of str to Layout
        Payload of each stream.

    Returns
    -------
    dict of str to list of Cycle
    """
    vcd = VCDVCD(str(path), store_tvs=True)
    top = next(name for name in vcd.signals if name.endswith(".clk")).rpartition(".")[0]

    def signal(name):
        return vcd[next(full for full in vcd.signals if full.partition("[")[0] == f"{top}.{name}")]

    edges = [time for time, value in signal("clk").tv if value == "1"]
    reset, streams = signal("rst"), {}
    edges = [time for time in edges if reset[time - 1] == "0"]
    for name, layout in layouts.items():
        valid, ready, payload = (
            signal(f"{name}__{part}") for part in ("valid", "ready", "payload")
        )
        streams[name] = [
            Cycle(
                valid[time - 1] == "1",
                ready[time - 1] == "1",
                unpack(layout, int(payload[time - 1], 2)) if valid[time - 1] == "1" else {},
            )
            for time in edges
        ]
    return streams


def label(name, beat):
    """What a beat says, in two or three letters."""
    inner = beat.get("data", beat)
    if name == "passes":
        return "P"
    if beat["first"]:
        return "H"
    if name == "hash_bits":
        return f"{inner['word'] & 0xFF:02x}"
    if name == "table":
        return f"{inner['entry']['word'] & 0xFF:02x}"
    if beat["last"]:
        return "E"
    token = inner["token"]
    return ("+" if token["founded"] else "") + str(token["cluster"])


def draw(streams, name, path):
    """The streams as lanes of boxes, a box a cycle with a beat; returns the path."""
    first = min(n for cycles in streams.values() for n, c in enumerate(cycles) if c.valid)
    last = max(n for cycles in streams.values() for n, c in enumerate(cycles) if c.valid)
    figure, axes = panels(1, 2.8)
    for lane, stream in enumerate(reversed(STREAMS)):
        axes.axhline(lane - 0.32, color=GREY, linewidth=0.5, zorder=0)
        for n, cycle in enumerate(streams[stream][first : last + 1]):
            if not cycle.valid:
                continue
            moved = cycle.ready
            axes.bar(
                n + 0.5,
                0.64,
                0.94,
                lane - 0.32,
                color=MOVED if moved else WAITING,
                edgecolor="white",
                linewidth=0.4,
            )
            if moved:
                axes.text(
                    n + 0.5,
                    lane,
                    label(stream, cycle.payload),
                    color="white",
                    ha="center",
                    va="center",
                    fontsize=6,
                )
    axes.set(
        yticks=range(len(STREAMS)),
        yticklabels=reversed(STREAMS),
        xlabel="cycle",
        xlim=(0, last - first + 1),
        title="H header, P pass asked for, E trailer; a word by its low byte, "
        "an assignment by its cluster (+ founded)",
    )
    axes.title.set_size(9)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.plot([], [], "s", color=MOVED, label="moves")
    axes.plot([], [], "s", color=WAITING, label="waits")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return finish(figure, [axes], name, path)
