"""Both directions: two movers between a near and a far memory (spec section 14)."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from dre.kvmu.config import MoverConfig
from dre.kvmu.mover import Mover, bus_ports, control_ports
from dre.ports import pass_on

DIRECTIONS = {"fetch": ("far", "near"), "offload": ("near", "far")}
"""Source and target of each mover."""


class Movers(wiring.Component):
    """One mover fetches, the other offloads; each memory has one reader and one writer.

    Parameters
    ----------
    fetch, offload : MoverConfig
        Build parameters of each. ``data_bits``, ``address_bits`` and ``outstanding`` must be the
        same, since the ports are.

    Members
    -------
    fetch__jobs, fetch__done, ..., offload__events
        The ports of `Mover` of each direction, without those of its memories.
    far, near : Out(AXI4)
        All five channels.

    Raises
    ------
    TypeError
        If one of them is not a `MoverConfig`.
    ValueError
        If the ports of the two would differ.
    """

    def __init__(self, fetch, offload):
        self._builds = {"fetch": fetch, "offload": offload}
        for direction, config in self._builds.items():
            if not isinstance(config, MoverConfig):
                raise TypeError(f"{direction} must be a MoverConfig, not {config!r}")
        for name in ("data_bits", "address_bits", "outstanding"):
            own, other = getattr(fetch, name), getattr(offload, name)
            if own != other:
                raise ValueError(f"{name} of offload must be that of fetch ({own}), not {other}")
        reads, writes = bus_ports(fetch)
        memory = Out(wiring.Signature({**reads.members, **writes.members}))
        sides = {
            direction: Out(wiring.Signature(control_ports(config)))
            for direction, config in self._builds.items()
        }
        super().__init__({**sides, "far": memory, "near": memory})

    def elaborate(self, platform):
        m = Module()
        for direction, (source, target) in DIRECTIONS.items():
            config = self._builds[direction]
            m.submodules[direction] = mover = Mover(config)
            pass_on(m, getattr(self, direction), mover, control_ports(config))
            for memory, port in ((source, mover.source), (target, mover.target)):
                pass_on(m, getattr(self, memory), port, port.signature.members)
        return m
