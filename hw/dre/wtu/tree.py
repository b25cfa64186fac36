"""Reductions over the lanes, with or without a register behind each level."""

from amaranth.hdl import Mux, Signal


def tree_latency(lanes, registered):
    """Cycles that `tree` takes."""
    return (lanes - 1).bit_length() if registered else 0


def tree(m, name, values, combine, *, registered, en=1):
    """All ``values`` combined two by two.

    Parameters
    ----------
    m : Module
        Gets the registers.
    name : str
        Prefix of their names.
    values : sequence of Value
    combine : callable
        Of two values; must not care about order or grouping.
    registered : bool
        A register behind each level; none else.
    en : Value
        The registers take over.

    Returns
    -------
    Value
        `tree_latency` cycles after the values.
    """
    values, level = list(values), 0
    while len(values) > 1:
        pairs = [combine(*values[n : n + 2]) for n in range(0, len(values) - 1, 2)]
        values = pairs + values[2 * len(pairs) :]
        values = _kept(m, f"{name}_{level}", values, registered, en)
        level += 1
    return values[0]


def prefix_sums(m, name, values, *, registered, en=1):
    """Sums of the first one, two and more values, `tree_latency` enabled cycles after them.

    Each level doubles the stretches that have been added up.
    """
    sums = list(values)
    for level in range(tree_latency(len(sums), True)):
        span = 1 << level
        sums = [
            value + sums[(n & -span) - 1] if n & span else value for n, value in enumerate(sums)
        ]
        sums = _kept(m, f"{name}_{level}", sums, registered, en)
    return sums


def larger(a, b):
    """The larger of two values."""
    return Mux(a > b, a, b)


def delayed(m, name, value, cycles, *, resets=False, en=1):
    """A value some enabled cycles later. ``resets``: to its initial value; data need not."""
    for n in range(cycles):
        value = _register(m, f"{name}_{n}", value, en, reset_less=not resets)
    return value


def _kept(m, name, values, registered, en):
    """The values under names of their own: what is used twice is then written once."""
    signals = [
        Signal.like(value, name=f"{name}_{n}", reset_less=registered)
        for n, value in enumerate(values)
    ]
    with m.If(en if registered else 1):
        domain = m.d.sync if registered else m.d.comb
        domain += [signal.eq(value) for signal, value in zip(signals, values, strict=True)]
    return signals


def _register(m, name, value, en, reset_less=True):
    register = Signal.like(value, name=name, reset_less=reset_less)
    with m.If(en):
        m.d.sync += register.eq(value)
    return register
