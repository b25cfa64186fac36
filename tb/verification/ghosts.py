"""State beside a unit that properties are said with."""

from amaranth.hdl import Signal


class Queue:
    """A few things in their order.

    Attributes
    ----------
    count : Signal
    entries : list of View
        Oldest first.
    """

    def __init__(self, harness, name, shape, depth, pushed, value, popped):
        m, self.depth = harness.m, depth
        self.entries = [Signal(shape, name=f"{name}_{n}") for n in range(depth)]
        self.count = count = Signal(range(depth + 2), name=f"{name}_count")
        m.d.sync += count.eq(count + pushed - popped)
        with m.If(popped):
            pairs = zip(self.entries[:-1], self.entries[1:], strict=True)
            m.d.sync += [entry.eq(following) for entry, following in pairs]
        for n, entry in enumerate(self.entries):
            with m.If(pushed & (count - popped == n)):
                m.d.sync += entry.eq(value)

    @property
    def oldest(self):
        """The entry to go next."""
        return self.entries[0]

    def holds(self, place, condition):
        """Whether the entry at a place, counted from the oldest, meets a condition."""
        met = 0
        for n, entry in enumerate(self.entries):
            met |= (place == n) & condition(entry)
        return met
