"""AXI4 ports, from the master's side; names as ``far__araddr``, which buses and tools know."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

PAGE_BYTES = 4096
"""No burst crosses a multiple of this."""

MOST_BEATS = 256
"""Of a burst."""

INCREMENTING = 1
"""``arburst``, ``awburst``."""

ORDINARY_MEMORY = 0b0011
"""``arcache``, ``awcache``: normal memory, not cached, may be buffered."""

DATA_ACCESS = 0b010
"""``arprot``, ``awprot``: unprivileged, not secure, data."""


def most_burst_bytes(beat_bytes):
    """Of the longest burst of beats of a size."""
    return min(PAGE_BYTES, MOST_BEATS * beat_bytes)


def _address(channel, id_bits, address_bits):
    return {
        f"{channel}valid": Out(1),
        f"{channel}ready": In(1),
        f"{channel}id": Out(id_bits),
        f"{channel}addr": Out(address_bits),
        f"{channel}len": Out(8),
        f"{channel}size": Out(3),
        f"{channel}burst": Out(2),
        f"{channel}cache": Out(4),
        f"{channel}prot": Out(3),
    }


def _answer(channel, id_bits):
    return {
        f"{channel}valid": In(1),
        f"{channel}ready": Out(1),
        f"{channel}id": In(id_bits),
        f"{channel}resp": In(2),
    }


def reads(data_bits, address_bits, id_bits):
    """Channels AR and R."""
    return wiring.Signature(
        {
            **_address("ar", id_bits, address_bits),
            **_answer("r", id_bits),
            "rdata": In(data_bits),
            "rlast": In(1),
        }
    )


def writes(data_bits, address_bits, id_bits):
    """Channels AW, W and B."""
    return wiring.Signature(
        {
            **_address("aw", id_bits, address_bits),
            "wvalid": Out(1),
            "wready": In(1),
            "wdata": Out(data_bits),
            "wstrb": Out(data_bits // 8),
            "wlast": Out(1),
            **_answer("b", id_bits),
        }
    )


def drive_kind(port, channel, beat_shift):
    """Statements that say on AR or AW what all our bursts are: whole beats, in order."""
    kind = {
        "size": beat_shift,
        "burst": INCREMENTING,
        "cache": ORDINARY_MEMORY,
        "prot": DATA_ACCESS,
    }
    return [getattr(port, channel + name).eq(value) for name, value in kind.items()]


def drive_address(port, channel, stream, beat_shift):
    """Statements that put a stream of requests (`dre.kvmu.layouts.request`) on AR or AW."""
    request = stream.payload

    def signal(name):
        return getattr(port, channel + name)

    return [
        signal("valid").eq(stream.valid),
        stream.ready.eq(signal("ready")),
        signal("id").eq(request.id),
        signal("addr").eq(request.place << beat_shift),
        signal("len").eq(request.length),
        *drive_kind(port, channel, beat_shift),
    ]
