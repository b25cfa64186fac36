"""Accesses to registers, none of which lasts for ever (spec D141)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.link.config import Status
from dre.registers.lite import port

ALL_LANES = 0xF


def access(address_bits):
    """What whoever wants an access has: it stays, from ``ask`` on, until ``done``.

    With ``done`` there is ``status`` (OK, REFUSED or SILENT) and, of a read, ``read``.
    """
    return wiring.Signature(
        {
            "ask": Out(1),
            "writes": Out(1),
            "address": Out(address_bits),
            "word": Out(32),
            "done": In(1),
            "status": In(Status),
            "read": In(32),
        }
    )


class LiteMaster(wiring.Component):
    """One access to AXI4-Lite at a time; one that is not answered is given up, not taken back.

    Parameters
    ----------
    address_bits : int
    timeout : int
        Cycles.

    Members
    -------
    access : In(`access`)
    bus : Out(AXI4-Lite)
    """

    def __init__(self, address_bits, timeout):
        self._timeout = timeout
        super().__init__({"access": In(access(address_bits)), "bus": Out(port(address_bits))})

    def elaborate(self, platform):
        m, bus = Module(), self.bus
        wait, answered, failed = Signal(range(self._timeout)), Signal(), Signal()
        m.d.comb += [
            bus.wstrb.eq(ALL_LANES),
            bus.bready.eq(1),
            bus.rready.eq(1),
            answered.eq(bus.bvalid | bus.rvalid),
            failed.eq((bus.bvalid & bus.bresp[1]) | (bus.rvalid & bus.rresp[1])),
            self.access.read.eq(bus.rdata),
        ]
        for valid, ready in (
            (bus.awvalid, bus.awready),
            (bus.wvalid, bus.wready),
            (bus.arvalid, bus.arready),
        ):
            with m.If(ready):
                m.d.sync += valid.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += wait.eq(self._timeout - 1)
                with m.If(self.access.ask):
                    self._begin(m)
                    m.next = "WAIT"
            with m.State("WAIT"):
                m.d.sync += wait.eq(wait - 1)
                with m.If(answered):
                    m.d.comb += self.access.done.eq(1)
                    with m.If(failed):
                        m.d.comb += self.access.status.eq(Status.REFUSED)
                    m.next = "IDLE"
                with m.Elif(wait == 0):
                    m.d.comb += [self.access.done.eq(1), self.access.status.eq(Status.SILENT)]
                    m.next = "LATE"
            with m.State("LATE"):  # what is offered stays offered; nothing new can be
                m.d.comb += [
                    self.access.done.eq(self.access.ask),
                    self.access.status.eq(Status.SILENT),
                ]
                with m.If(answered):
                    m.next = "IDLE"
        return m

    def _begin(self, m):
        m.d.sync += [
            self.bus.awaddr.eq(self.access.address),
            self.bus.araddr.eq(self.access.address),
            self.bus.wdata.eq(self.access.word),
            self.bus.awvalid.eq(self.access.writes),
            self.bus.wvalid.eq(self.access.writes),
            self.bus.arvalid.eq(~self.access.writes),
        ]
