"""Orders jobs of a mover, and hears how they ended (spec section 14, D86)."""

from amaranth.hdl import Cat, Const, Signal
from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES
from dre.kvmu.keeper.routine import Routine, shapes
from dre.kvmu.layouts import MoveStatus

PAGE_BITS = ceil_log2(PAGE_BYTES)


class Orders:
    """One job after the other; counts those that have not ended.

    Parameters
    ----------
    m : Module
    name : str
    port : interface
        ``jobs``, ``done`` and ``drained`` of the mover.
    config : MoverConfig
    broken : Value
        Nothing may be ordered any more.

    Attributes
    ----------
    order : Routine
        ``source``, ``target``: byte addresses; ``bytes``, ``tag``.
    open : Signal
        A job is under way, or of one that was given up it is not known where it ends (D75).
    ended : Value
        A job ends in this cycle: `tag`, and whether it has `failed`.
    """

    def __init__(self, m, name, port, config, broken):
        self._jobs, self._done, self._drained = port.jobs, port.done, port.drained
        job = self._jobs.payload
        self.order = Routine(m, f"{name}_order", config.timing, **shapes(job.shape()))
        self._count = Signal(range(2 * config.jobs + 1), name=f"{name}_open")
        self.unknown = Signal(name=f"{name}_unknown")
        self._later = config.timing.call_latency
        self._waited = Signal(2, name=f"{name}_waited")
        self.open = Signal(name=f"{name}_is_open")
        done = self._done.payload
        self.ended, self.tag = self._done.valid, done.tag
        self.failed = done.status != MoveStatus.OK
        m.d.comb += [
            self._done.ready.eq(1),
            self.open.eq((self._count != 0) | self.unknown),
        ]
        self._define(m, broken)

    def _define(self, m, broken):
        jobs, order = self._jobs, self.order
        # A mover takes some cycles a job, so nothing is lost by waiting for one that is away.
        away = ~jobs.valid if self._later else ~jobs.valid | jobs.ready
        m.d.comb += order.done.eq(order.go & away & ~broken)
        with m.If(~jobs.valid | jobs.ready):
            m.d.sync += jobs.valid.eq(order.done)
            m.d.sync += [jobs.payload[k].eq(getattr(order, k)) for k, _ in jobs.payload.shape()]
        m.d.sync += self._count.eq(self._count + order.done - self._done.valid)
        # A write that nobody acknowledged may land until the mover is drained, which it says late.
        unknown = self._done.valid & (self._done.payload.status == MoveStatus.UNACKNOWLEDGED)
        with m.If(unknown):
            m.d.sync += [self.unknown.eq(1), self._waited.eq(0)]
        with m.Elif(self._count == 0):
            m.d.sync += self._waited.eq(self._waited + ~self._waited.all())
            with m.If(self._waited.all() & self._drained):
                m.d.sync += self.unknown.eq(0)


class Places:
    """Byte addresses of what lies in memories.

    Parameters
    ----------
    config : KVMUConfig
    bases : View
        First pages.
    """

    def __init__(self, config, bases):
        self._config, self._bases = config, bases

    def slot(self, slot):
        """Near: an entry in the ring."""
        low = Const(0, ceil_log2(self._config.entry_bytes))
        return ((self._bases.ring << PAGE_BITS) + Cat(low, slot))[: self._config.address_bits]

    def frame(self, frame, place):
        """Near: an entry of a page in the retrieved area."""
        return self._in_page(self._bases.area + frame, place)

    def page(self, page, place):
        """Far: an entry of a page."""
        return self._in_page(self._bases.far + page, place)

    def _in_page(self, page, place):
        low = Const(0, ceil_log2(self._config.entry_bytes))
        bits = self._config.place.width
        if isinstance(place, int):
            place = Const(place, bits)
        return Cat(low, place[:bits], page)[: self._config.address_bits]
