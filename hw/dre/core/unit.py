# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""The DRE (spec section 18): its units, joined, and its registers."""

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.core.config import DREConfig
from dre.core.control import CONTROLLED, Control
from dre.core.datapath import Datapath
from dre.ports import pass_on


class DRE(wiring.Component):
    """Takes chunks, and delivers the keys and values to attend to: the paper's DRE.

    Parameters
    ----------
    config : DREConfig
        Build parameters.

    Members
    -------
    control : In(AXI4-Lite), irq : Out(1)
        Registers (spec section 19).
    hash_bits, assignments
        As of the HCU.
    chunks, scores, rows
        As of the WTU.
    grants, deliveries
        As of the KVMU.
    far, near : Out(AXI4)

    Raises
    ------
    TypeError
        If ``config`` is not a `DREConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, DREConfig):
            raise TypeError(f"config must be a DREConfig, not {config!r}")
        self._datapath = Datapath(config)
        members = self._datapath.signature.members
        self._control = Control(config, members)
        self._passed = [name for name in members if name not in CONTROLLED]
        super().__init__(
            {
                "control": self._control.signature.members["control"],
                "irq": Out(1),
                **{name: members[name] for name in self._passed},
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.control = control = self._control
        m.submodules.datapath = ResetInserter(control.hold)(self._datapath)
        pass_on(m, self, control, ("control", "irq"))
        pass_on(m, self, self._datapath, self._passed)
        for name in CONTROLLED:
            ours, theirs = getattr(control, name), getattr(self._datapath, name)
            member = control.signature.members[name]
            if member.is_signature:
                wiring.connect(m, ours, theirs)
            elif member.flow is In:
                m.d.comb += ours.eq(theirs)
            else:
                m.d.comb += theirs.eq(ours)
        return m
