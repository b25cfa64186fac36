"""Several masters, one port to near memory (spec section 17)."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Out

from dre.bus import channels
from dre.bus.config import ArbiterConfig
from dre.bus.reads import ReadSide
from dre.bus.writes import WriteSide
from dre.ports import pass_on

EVENTS = ("stray_beats", "stray_writes")


class Arbiter(wiring.Component):
    """Several AXI4 masters share a bus, burst by burst, in turns.

    A beat a cycle on R and on W. Each channel passes a register, so a burst is on the bus a cycle
    after it was taken, and its beats at its master a cycle after they came.

    Parameters
    ----------
    config : ArbiterConfig
        Build parameters.

    Members
    -------
    <name> : In(AXI4)
        For each port of ``config``: AR and R if it reads, AW, W and B if it writes.
    out : Out(AXI4)
        The bus: channels that any port has. The upper bits of an ID are the port's number.
    events : Out(struct)
        A bit for each of `EVENTS`, 1 in each cycle in which it happens.

    Raises
    ------
    TypeError
        If ``config`` is not an `ArbiterConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, ArbiterConfig):
            raise TypeError(f"config must be an ArbiterConfig, not {config!r}")
        self._build = config
        events = data.StructLayout(dict.fromkeys(EVENTS, 1))
        super().__init__({**channels.ports(config), "events": Out(events)})

    def elaborate(self, platform):
        m = Module()
        config = self._build
        if config.readers:
            m.submodules.reads = reads = ReadSide(config)
            self._join(m, reads)
            m.d.comb += self.events.stray_beats.eq(reads.stray)
        if config.writers:
            m.submodules.writes = writes = WriteSide(config)
            self._join(m, writes)
            m.d.comb += self.events.stray_writes.eq(writes.stray)
        return m

    def _join(self, m, side):
        """Channels of one side are those of the whole."""
        for name, member in side.signature.members.items():
            if member.is_signature:
                part = getattr(side, name)
                pass_on(m, getattr(self, name), part, part.signature.members)
