"""What is known of a beat beside its entries, on its way to the lanes."""

from amaranth.hdl import Mux, Signal
from amaranth.lib import data
from amaranth.lib.wiring import In

from dre.layouts import SCORE_BITS
from dre.wtu.lane import Source
from dre.wtu.mass import COUNT_BITS
from dre.wtu.row import Level, again_field, counts_field, is_again
from dre.wtu.statistics import statistics_ports
from dre.wtu.tree import delayed


def load_layout(config):
    """A beat of a row, from the streams."""
    lanes = config.lanes
    return data.StructLayout(
        {
            "scores": data.ArrayLayout(SCORE_BITS, lanes),
            "counts": data.ArrayLayout(COUNT_BITS, lanes),
            "with_counts": 1,
            "beat": range(config.list_depth),
            "valid": lanes,
            "set": 1,
            **counts_field(config),
            **again_field(config),
        }
    )


def loading_ports(config):
    """How a row is loaded: beats, the mode and scale of its scores, and what is seen of it."""
    return {
        "begin_counts": In(1),
        "begin_row": In(1),
        "load": In(1),
        "beat": In(load_layout(config)),
        "weight": In(1),
        "K": In(16),
        "k": In(5),
        **statistics_ports(config),
    }


def later(m, name, control):
    """The same a cycle later."""
    return {
        field: delayed(m, f"{name}_{field}", value, 1, resets=field in ("load", "replay"))
        for field, value in control.items()
    }


def loaded(m, config, load, beat, cycles):
    """A beat from the streams, as it is taken and in each of so many cycles after that."""
    names = ("beat", "valid", "set", "with_counts", *again_field(config))
    stages = [{"load": load} | {name: beat[name] for name in names}]
    for stage in range(cycles):
        stages.append(later(m, f"loading_{stage}", stages[-1]))
    return stages


def chosen(m, config, replay, load, weights, *, registered):
    """Which of two beats the lanes take now: one that is gone through goes before one that comes.

    Parameters
    ----------
    m : Module
    config : WTUConfig
    replay, load : dict of str to Value
        The beats.
    weights : tuple of Value
        The modes of their rows.
    registered : bool
        A cycle later.
    """
    replaying = replay["replay"]
    valid = Mux(replay["list"], replay["in_list"], replay["valid"])
    again = load["load"] & is_again(config, load)
    streams = Mux(load["with_counts"], Source.STREAMS, Source.STREAM)
    choice = {
        "source": Mux(replaying, Mux(replay["list"], Source.LIST, Source.ROW), streams),
        "level": Mux(
            replaying,
            Mux(replay["third"], Level.THIRD, Level.SECOND),
            Mux(again, Level.SECOND, Level.FIRST),
        ),
        "valid": Mux(replaying, valid, load["valid"]),
        "set": Mux(replaying, replay["set"], load["set"]),
        "beat": Mux(replaying, replay["beat"], load["beat"]),
        "load": load["load"] & ~again,
        "with_counts": load["with_counts"],
        "replay": (replaying & ~replay["list"]) | again,
        "weight": Mux(replaying, *weights),
    }
    # Without a beat no lane has an entry.
    choice["valid"] &= (replaying | load["load"]).replicate(config.lanes)
    for name, value in choice.items():  # what all lanes use is written once
        resets = name in ("load", "replay")
        choice[name] = Signal.like(value, name=f"chosen_{name}", reset_less=not resets)
        domain = m.d.sync if registered else m.d.comb
        domain += choice[name].eq(value)
    return choice


def last_ahead(m, step, left, lanes):
    """Whether the next beat is the last one, from a register.

    Parameters
    ----------
    m : Module
    step : Value
        A beat is dealt with, so its entries go off ``left``.
    left : Value
        Entries; there for a cycle before the first beat.
    lanes : int
    """
    last = Signal(name="last_ahead", reset_less=True)
    m.d.sync += last.eq(Mux(step, left <= 2 * lanes, left <= lanes))
    return last
