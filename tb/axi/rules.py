"""What AXI4 and the specification ask of a master, looked at in every cycle (spec D72 to D74)."""

from dataclasses import dataclass, field

from pins import Pin
from streams import Police

PAGE_BYTES = 4096
INCREMENTING = 1
ADDRESS = ("id", "addr", "len", "size", "burst", "cache", "prot")


@dataclass(eq=False)
class Burst:
    """A burst as it was asked for, and what the peer makes of it."""

    id: int
    address: int
    beats: int
    asked: int
    fate: str = "ok"
    moved: int = 0
    due: int = 0
    length: int = 0
    applied: bool = False
    words: list = field(default_factory=list)


class Channel:
    """The signals of one channel of a port, by their names in AXI without the channel's prefix."""

    def __init__(self, dut, port, channel, names):
        for name in ("valid", "ready", *names):
            setattr(self, name, Pin(getattr(dut, f"{port}__{channel}{name}")))
        self.police = Police(f"{port} {channel}")
        self._names = names

    def look(self):
        """Whether it is offered, and whether it moves; the police sees it."""
        if not self.valid.value:
            self.police.look(False, False, 0)
            return False, False
        ready, payload = bool(self.ready.value), 0
        for name in self._names:
            signal = getattr(self, name)
            payload = payload << len(signal) | signal.value
        self.police.look(True, ready, payload)
        return True, ready


def asked_burst(channel, build, now):
    """The burst that an address channel asks for, if it may be."""
    address, beats = int(channel.addr.value), int(channel.len.value) + 1
    identity, size = int(channel.id.value), beats * build.beat_bytes
    assert 1 << int(channel.size.value) == build.beat_bytes, "a narrow burst"
    assert int(channel.burst.value) == INCREMENTING, "a burst that does not increment"
    assert address % build.beat_bytes == 0, f"an address within a beat: {address:#x}"
    assert size <= build.burst_bytes, f"a burst of {size} bytes"
    assert address // PAGE_BYTES == (address + size - 1) // PAGE_BYTES, "a page is crossed"
    assert identity < build.outstanding, f"ID {identity}"
    return Burst(identity, address, beats, now)
