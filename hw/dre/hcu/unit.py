"""The hash-bit cluster unit."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.hcu.config import HCUConfig
from dre.hcu.search import EVENTS, HashSearch
from dre.hcu.table_memory import TableMemory
from dre.monitor import Monitor, monitor_ports

STICKY = ("refused", "bad_config", "hash_out_of_step", "table_out_of_step")
"""Events that leave a status bit (spec section 9, ``status``)."""


class HCU(wiring.Component):
    """Hash-bit cluster unit: gives every token of a chunk its cluster, the paper's HCU.

    A chunk of T tokens takes at most ceil(T / lanes) * (C + 8) + T cycles with preset ``asic`` and
    ceil(T / lanes) * (C + 16) + 2 * T with ``fpga``, C being the clusters at its end, if the table
    is a stream (spec D34).
    Golden model: ``resv.cluster_chunk``.

    Parameters
    ----------
    config : HCUConfig
        Build parameters.

    Members
    -------
    settings : In(struct)
        ``Th_hd``, ``max_clusters``, ``cluster_cap``; taken with the header of ``hash_bits``.
    hash_bits : In(stream)
        Chunks: header, then a hash word a token.
    passes : Out(stream)
        Asks for the table, once a group. Only with ``table="stream"``.
    table : In(stream)
        Passes over the table: header, then an entry a cluster. Only with ``table="stream"``.
    assignments : Out(stream)
        Per chunk: header, a beat a token, trailer.
    status : Out(struct), clear : In(struct)
        Sticky error bits.
    counters : Out(struct)
        Event counts, 32 bits each.

    Raises
    ------
    TypeError
        If ``config`` is not an `HCUConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, HCUConfig):
            raise TypeError(f"config must be an HCUConfig, not {config!r}")
        self._build = config
        ports = {
            "settings": In(config.settings),
            "hash_bits": In(stream.Signature(config.hash_packet)),
            "assignments": Out(stream.Signature(config.assignment_packet)),
            **monitor_ports(EVENTS, STICKY),
        }
        if config.table == "stream":
            ports["passes"] = Out(stream.Signature(config.pass_request))
            ports["table"] = In(stream.Signature(config.table_packet))
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        m.submodules.search = search = HashSearch(self._build)
        m.submodules.monitor = monitor = Monitor(counted=EVENTS, sticky=STICKY)
        wiring.connect(m, wiring.flipped(self.hash_bits), search.hash_bits)
        wiring.connect(m, search.assignments, wiring.flipped(self.assignments))
        if self._build.table == "stream":
            wiring.connect(m, search.passes, wiring.flipped(self.passes))
            wiring.connect(m, wiring.flipped(self.table), search.table)
        else:
            m.submodules.table = table = TableMemory(self._build)
            wiring.connect(m, search.passes, table.passes)
            wiring.connect(m, table.table, search.table)
            m.d.comb += [
                table.assignments.valid.eq(self.assignments.valid & self.assignments.ready),
                table.assignments.payload.eq(self.assignments.payload),
            ]
        m.d.comb += [
            search.settings.eq(self.settings),
            monitor.events.eq(search.events),
            monitor.clear.eq(self.clear),
            self.status.eq(monitor.status),
            self.counters.eq(monitor.counters),
        ]
        return m
