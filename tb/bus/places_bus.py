"""Bytes of a memory that several masters share, and what goes wrong where."""

OK, SLVERR, DECERR = 0, 2, 3
REGION = 4096
"""Bytes that one master writes; there is one region more, which all of them read."""

MIXED = 0x9E3779B1


class Places:
    """What is where to begin with, and which places fail; said by the address and a seed alone."""

    def __init__(self, seed, failing):
        self._seed, self._failing = seed, failing

    def original(self, address):
        """The byte that is there before anybody writes."""
        return self._hashed(address, 0) & 255

    def read_response(self, address):
        """Of the beat at an address."""
        return self._response(address >> 4, 1, SLVERR)

    def write_response(self, address):
        """Of the burst that begins at an address."""
        return self._response(address >> 4, 2, DECERR)

    def _response(self, block, kind, response):
        return response if self._hashed(block, kind) % 1000 < 1000 * self._failing else OK

    def _hashed(self, number, kind):
        mixed = (number * MIXED + self._seed * 7919 + kind * 104729) & 0xFFFFFFFF
        mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
        return mixed ^ mixed >> 13


class Bytes:
    """A plain dictionary of bytes, with those that nobody has written."""

    def __init__(self, places):
        self._places, self._written = places, {}

    def __getitem__(self, address):
        if address in self._written:
            return self._written[address]
        return self._places.original(address)

    def write(self, changes):
        """Put bytes, by address."""
        self._written.update(changes)

    def word(self, address, size):
        """So many bytes as a number, the lowest one first."""
        return int.from_bytes(bytes(self[address + n] for n in range(size)), "little")

    def items(self):
        """Bytes that were written, by address."""
        return self._written.items()
