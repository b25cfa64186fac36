"""Bytes of a memory, by their addresses; what lies outside is not there."""


class Region:
    """Bytes from ``base`` on.

    Attributes
    ----------
    base : int
    content : bytearray
    """

    def __init__(self, base, content):
        self.base, self.content = base, content

    def holds(self, address, count):
        """Whether all of these bytes are in it."""
        return 0 <= address - self.base <= len(self.content) - count

    def check(self, address, count):
        """Fail if any of these bytes is not there."""
        assert self.holds(address, count), f"outside of the memory: {address:#x}, {count} bytes"

    def load(self, address, count):
        """Bytes from an address on."""
        self.check(address, count)
        place = address - self.base
        return bytes(self.content[place : place + count])

    def store(self, address, data):
        """Write bytes from an address on."""
        self.check(address, len(data))
        place = address - self.base
        self.content[place : place + len(data)] = data


class Regions:
    """Several `Region`; nothing may reach from one into the next."""

    def __init__(self, *regions):
        self._regions = regions

    def _of(self, address, count):
        for region in self._regions:
            if region.holds(address, count):
                return region
        raise AssertionError(f"outside of the memory: {address:#x}, {count} bytes")

    def check(self, address, count):
        """Fail if any of these bytes is not there."""
        self._of(address, count)

    def load(self, address, count):
        """Bytes from an address on."""
        return self._of(address, count).load(address, count)

    def store(self, address, data):
        """Write bytes from an address on."""
        self._of(address, len(data)).store(address, data)
