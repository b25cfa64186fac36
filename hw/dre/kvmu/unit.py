"""The KVMU: the KV cache across two memories (spec section 15)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu.keeper.keeper import REPORTED, TOLD, Keeper, amounts, streams
from dre.kvmu.keeper.records import tables
from dre.kvmu.mover import bus_ports
from dre.kvmu.movers import Movers
from dre.kvmu.store_bus import whole_bus
from dre.kvmu.store_chip import ChipStore
from dre.kvmu.store_near import NearStore
from dre.kvmu.unit_config import KVMUConfig
from dre.monitor import Monitor, monitor_ports
from dre.ports import pass_on

COUNTED = (*TOLD, "corrected", "broken")
STICKY = (*REPORTED, "corrected", "broken")


class KVMU(wiring.Component):
    """Keeps recent KV near, writes what leaves by cluster, fetches what is selected.

    Parameters
    ----------
    config : KVMUConfig
        Build parameters.

    Members
    -------
    commands : In(stream), results : Out(stream)
        What to do; what became of it, in the same order.
    grants : Out(stream)
        Near byte addresses of a chunk's tokens.
    assignments, selected : In(stream)
        Packets of the HCU and the WTU.
    deliveries : Out(stream)
        A packet a part: selected tokens, and where they are.
    bases : In(struct)
        First pages of what lies in the memories.
    quiesce : In(1)
        No command is begun.
    state : Out(struct)
        ``idle``: no command is under way; ``drained``: and both movers are; ``broken``: the
        metadata cannot be read any more.
    counters, status, clear
        See `dre.monitor.Monitor`.
    far, near : Out(AXI4)
        What is moved.
    home : Out(AXI4)
        Metadata, 64 bits wide; with ``store`` "near" only.

    Raises
    ------
    TypeError
        If ``config`` is not a `KVMUConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, KVMUConfig):
            raise TypeError(f"config must be a KVMUConfig, not {config!r}")
        self._build = config
        reads, writes = bus_ports(config.mover)
        memory = Out(wiring.Signature({**reads.members, **writes.members}))
        super().__init__(
            {
                **streams(config),
                "bases": In(config.bases),
                "quiesce": In(1),
                "state": Out(data.StructLayout({"idle": 1, "drained": 1, "broken": 1})),
                **monitor_ports(COUNTED, STICKY),
                "far": memory,
                "near": memory,
            }
            | ({"home": Out(whole_bus(config.address_bits))} if config.store == "near" else {})
        )

    def elaborate(self, platform):
        m = Module()
        config = self._build
        m.submodules.keeper = keeper = Keeper(config)
        m.submodules.movers = movers = Movers(config.mover, config.mover)
        for name in streams(config):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(keeper, name))
        for name in ("far", "near"):
            wiring.connect(m, getattr(movers, name), wiring.flipped(getattr(self, name)))
        m.d.comb += [keeper.bases.eq(self.bases), keeper.quiesce.eq(self.quiesce)]
        self._connect_movers(m, keeper, movers)
        store = self._connect_store(m, keeper)
        self._show(m, keeper, movers, store)
        return m

    def _connect_movers(self, m, keeper, movers):
        """Both may touch their own regions only (spec D71)."""
        config, bases = self._build, self.bases
        regions = {
            "ring": (bases.ring, config.ring_pages),
            "area": (bases.area, config.frames),
            "far": (bases.far, config.far_pages),
        }
        for name, source, target in (("fetch", "far", "area"), ("offload", "ring", "far")):
            mover, side = getattr(movers, name), getattr(keeper, name)
            wiring.connect(m, side.jobs, mover.jobs)
            wiring.connect(m, mover.done, side.done)
            m.d.comb += side.drained.eq(mover.state.drained)
            for end, region in (("source", source), ("target", target)):
                base, pages = regions[region]
                m.d.comb += [
                    mover.regions[end].base.eq(base),
                    mover.regions[end].limit.eq(base + pages),
                ]

    def _connect_store(self, m, keeper):
        m.submodules.store = store = make_store(self._build)
        if self._build.store == "near":
            pass_on(m, self.home, store.home, store.home.signature.members)
            m.d.comb += store.base.eq(self.bases.store)
        wiring.connect(m, keeper.store, store.access)
        m.d.comb += keeper.lame.eq(store.broken)
        return store

    def _show(self, m, keeper, movers, store):
        m.submodules.monitor = monitor = Monitor(
            counted=COUNTED, sticky=STICKY, widths=amounts(self._build)
        )
        drained = movers.fetch.state.drained & movers.offload.state.drained
        known = Signal()
        m.d.sync += known.eq(keeper.broken)
        domain = m.d.sync if self._build.timing.call_latency else m.d.comb
        domain += [
            *(monitor.events[name].eq(keeper.events[name]) for name in TOLD),
            monitor.events.corrected.eq(store.events.corrected),
            monitor.events.broken.eq(keeper.broken & ~known),
        ]
        m.d.comb += [
            self.counters.eq(monitor.counters),
            self.status.eq(monitor.status),
            monitor.clear.eq(self.clear),
            self.state.idle.eq(keeper.idle),
            self.state.drained.eq(keeper.idle & drained & getattr(store, "idle", 1)),
            self.state.broken.eq(keeper.broken),
        ]


def make_store(config):
    """Where the metadata of a unit is: `ChipStore` or `NearStore`, as ``config.store`` says."""
    _, words = tables(config)
    if config.store == "chip":
        return ChipStore(words=words, preset=config.preset)
    return NearStore(
        words=words,
        kept_words=min(config.kept_words, words),
        cache_words=config.cache_words,
        address_bits=config.address_bits,
        preset=config.preset,
    )
