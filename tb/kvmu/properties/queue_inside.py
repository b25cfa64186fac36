"""What is in a `dre.queue.Queue`."""

from amaranth.hdl import Mux


class QueueInside:
    """Words of a queue, by path of the part.

    Attributes
    ----------
    words : list of (Value, View)
        Whether there is one, and it: the one offered, then by place in the memory.
    fetched : Value
        How many are in the memory.
    """

    def __init__(self, harness, *path):
        queue = harness.part(*path)
        signals = ("held", "read_place", "write_place")
        held, read, write = (harness.signal(name, *path) for name in signals)
        memory, depth = harness.part(*path, "words"), queue._depth
        self.fetched = held + harness.copy(queue.push)
        self.words = [(queue.o.valid, queue.o.payload)]
        for place, word in enumerate(memory.words):
            behind = Mux(read <= place, place - read, place + depth - read)
            self.words.append((behind.as_unsigned() < self.fetched, word))
        end = read + self.fetched
        harness.claim(self.fetched <= depth)
        harness.claim((read < depth) & (write < depth))
        harness.claim(write == Mux(end >= depth, end - depth, end))

    def held(self, match):
        """By word, whether it is there and matches."""
        return [there & match(word) for there, word in self.words]
