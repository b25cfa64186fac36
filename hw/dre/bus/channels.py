"""AXI4 channels: signatures of the arbiter's ports, and what its registers hold."""

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre import axi

REQUEST = ("id", "addr", "len", "size", "burst", "cache", "prot")
"""What an address channel carries."""


def ports(config, *, reads=True, writes=True):
    """The arbiter's ports: those of its masters by name, and ``out``; perhaps only half of each.

    Each has the channels that it uses: AR and R if it reads, AW, W and B if it writes.
    """

    def channels(one, id_bits, may_read, may_write):
        widths = one.data_bits, config.address_bits, id_bits
        members = {}
        if may_read and reads:
            members |= axi.reads(*widths).members
        if may_write and writes:
            members |= axi.writes(*widths).members
        return wiring.Signature(members)

    masters = {
        port.name: In(channels(port, port.id_bits, port.reads, port.writes))
        for port in config.ports
        if (reads and port.reads) or (writes and port.writes)
    }
    return {**masters, "out": Out(channels(config, config.id_bits, config.readers, config.writers))}


def request(config):
    """Layout of what AR and AW of the bus carry."""
    widths = {"addr": config.address_bits, "len": 8, "size": 3, "burst": 2, "cache": 4, "prot": 3}
    return data.StructLayout({"id": identity(config), **widths})


def identity(config):
    """Layout of an ID of the bus: a port's own ID, and above it the port's number."""
    return data.StructLayout({"own": config.port_id_bits, "port": config.number_bits})


def beat(config):
    """Layout of what R of the bus carries."""
    return data.StructLayout(
        {"id": identity(config), "data": config.data_bits, "resp": 2, "last": 1}
    )


def word(config):
    """Layout of what W of the bus carries."""
    bits = config.data_bits
    return data.StructLayout({"data": bits, "strb": bits // 8, "last": 1})


def acknowledgement(config):
    """Layout of what B of the bus carries."""
    return data.StructLayout({"id": identity(config), "resp": 2})
