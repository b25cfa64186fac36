"""What is still said when the metadata cannot be read any more (spec D91)."""

from amaranth.hdl import Mux, Signal

from dre.kvmu.layouts import KVStatus


class Breaking:
    """Closes the packet that is open, and answers every command.

    What fails is never done, so the command at hand stands still where it reads, writes or
    orders. Its answer comes when what it has granted and delivered is out, as always.

    Parameters
    ----------
    m : Module
    ports : interface
        Those of `dre.kvmu.keeper.keeper.Keeper`.
    command : View
        The command at hand.
    idle, stuck : Value
        No command is under way; one wants to read or write a word, or to order a job, and stays so
        once the metadata are broken.
    delivering : Delivering
    result : Routine

    Attributes
    ----------
    idle : Signal
        Every command has been answered, whether anything is broken or not.
    """

    def __init__(self, m, ports, command, idle, stuck, delivering, result):
        inside = Signal(name="inside_packet")
        with m.If(delivering.header.done):
            m.d.sync += inside.eq(1)
        with m.Elif(delivering.trailer.done):
            m.d.sync += inside.eq(0)
        self.idle = Signal(name="broken_idle")
        with m.FSM(name="break") as steps:
            with m.State("WATCH"), m.If(ports.broken):
                with m.If(idle):
                    m.next = "REFUSE"
                with m.Elif(stuck):
                    m.next = "CLOSE"
            with m.State("CLOSE"):
                fields = {"lost": 0, "status": KVStatus.BROKEN, "more": 0}
                with m.If(~inside):
                    m.next = "ANSWER"
                with m.Else(), delivering.trailer.call(m, **fields):
                    m.next = "ANSWER"
            with m.State("ANSWER"), m.If(~ports.grants.valid & ~ports.deliveries.valid):
                own = {name: command[name] for name in ("op", "context", "chunk")}
                with result.call(m, **own, status=KVStatus.BROKEN, more=0, count=0):
                    m.next = "REFUSE"
            with m.State("REFUSE"):
                m.d.comb += ports.commands.ready.eq(~ports.quiesce)
                with m.If(ports.commands.valid & ~ports.quiesce):
                    m.d.sync += command.eq(ports.commands.payload)
                    m.next = "ANSWER"
        # While it watches the commands still go their own way: nothing shows that it begins.
        m.d.comb += self.idle.eq(Mux(steps.ongoing("WATCH"), idle, steps.ongoing("REFUSE")))
