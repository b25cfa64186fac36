"""Tables of all contexts as plain lists, and what they are in memory (spec D95, D99)."""

from collections import defaultdict

PAGE_BYTES = 4096


class Plain:
    """Entries and counts of every context.

    Attributes
    ----------
    entries : dict of int to list of [word, members]
    counts : dict of int to list of int
    """

    def __init__(self):
        self.entries, self.counts = defaultdict(list), defaultdict(list)

    def apply(self, context, tokens):
        """What a chunk's tokens do; each a dictionary with cluster, founded and word."""
        entries, counts = self.entries[context], self.counts[context]
        for token in tokens:
            if token["founded"]:
                assert token["cluster"] == len(entries)
                entries.append([token["word"], 1])
                counts.append(0)
            else:
                entries[token["cluster"]][1] += 1

    def begin(self, context):
        """The context begins anew; nothing in memory need change."""
        self.entries[context], self.counts[context] = [], []

    def age(self, context, cluster):
        self.counts[context][cluster] += 1


def power(number):
    """The next power of two."""
    return 1 << (number - 1).bit_length()


class Layout:
    """Addresses of a build's table, found as the specification says it.

    Attributes
    ----------
    size : int
        Bytes of the whole.
    entry_bytes : int
    """

    def __init__(self, build):
        self._build = build
        self.entry_bytes = max(8, power(2 + build.hash_bits // 8))
        self._words = self._whole(self.entry_bytes)
        self._counts = self._whole(2)
        self.size = build.contexts * (self._words + self._counts)

    def _whole(self, size):
        """Bytes of one context, in whole bursts."""
        return max(power(self._build.max_clusters) * size, self._build.burst_bytes)

    def entry(self, context, cluster):
        """Where an entry begins."""
        return context * self._words + cluster * self.entry_bytes

    def count(self, context, cluster):
        """Where a count begins."""
        return self._build.contexts * self._words + context * self._counts + 2 * cluster

    def write(self, memory, plain, context):
        """Put a context's entries and counts where they belong; nothing else changes."""
        for cluster, (word, members) in enumerate(plain.entries[context]):
            begin = self.entry(context, cluster)
            number = members | word << 16
            memory[begin : begin + self.entry_bytes] = number.to_bytes(self.entry_bytes, "little")
            begin = self.count(context, cluster)
            memory[begin : begin + 2] = plain.counts[context][cluster].to_bytes(2, "little")

    def check(self, memory, plain):
        """Every entry and count that there is stands in memory."""
        word_bytes = self._build.hash_bits // 8
        for context, entries in plain.entries.items():
            for cluster, (word, members) in enumerate(entries):
                begin = self.entry(context, cluster)
                found = memory[begin : begin + 2 + word_bytes]
                right = members.to_bytes(2, "little") + word.to_bytes(word_bytes, "little")
                assert found == right, f"entry {cluster} of context {context}"
                begin = self.count(context, cluster)
                found = int.from_bytes(memory[begin : begin + 2], "little")
                right = plain.counts[context][cluster]
                assert found == right, f"count {cluster} of context {context}: {found}, not {right}"
