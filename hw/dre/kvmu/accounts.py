"""What is open of each job, and how it ended (spec D75)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.flags import Flags
from dre.kvmu.layouts import MoveStatus, ending, numbered, splitting
from dre.layouts import index
from dre.memory import SyncMemory
from dre.queue import Queue


class Accounts(wiring.Component):
    """Keeps the number of open bursts of each job, and its worst status. An event a cycle.

    Members
    -------
    sweep : In(struct)
        After reset: accounts are made empty, one a cycle.
    ended : In(struct)
        Bursts that end; always taken.
    split : In(struct), split_taken : Out(1)
        Bursts that open, and jobs of which all have.
    begun : In(struct)
        A job is going to be split: its tag is in use.
    busy : Out
        By tag, whether it is in use.
    done : Out(stream)
    told : Out(struct)
        A job has ended, as an event.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "sweep": In(numbered(range(max(config.outstanding, config.jobs)))),
                "ended": In(ending(config)),
                "split": In(splitting(config)),
                "split_taken": Out(1),
                "begun": In(numbered(index(config.jobs))),
                "busy": Out(config.jobs),
                "done": Out(stream.Signature(config.done)),
                "told": Out(data.StructLayout({"valid": 1, "status": MoveStatus})),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        # A completion stays in the queue until it is taken, and its tag in use.
        m.submodules.done = done = Queue(config.done, config.jobs)
        wiring.connect(m, done.o, wiring.flipped(self.done))
        busy = Flags(m, "busy_tags", config.jobs)
        busy.write(self.done.valid & self.done.ready, self.done.payload.tag, 0)
        busy.write(self.begun.valid, self.begun.index, 1)
        m.d.comb += [self.split_taken.eq(~self.ended.valid), self.busy.eq(busy.bits)]
        ended, split = self.ended, self.split
        happens = Signal(
            data.StructLayout(
                {"tag": index(config.jobs), "opens": 1, "ends": 1, "last": 1, "status": MoveStatus}
            ),
            reset_less=True,
        )
        valid, coming, there = Signal(), Signal(index(config.jobs)), Signal()
        m.d.comb += [
            valid.eq(ended.valid | split.valid),
            coming.eq(Mux(ended.valid, ended.tag, split.tag)),
        ]
        m.d.sync += [
            there.eq(valid),
            happens.tag.eq(coming),
            happens.ends.eq(ended.valid),
            happens.opens.eq(split.opens & ~ended.valid),
            happens.last.eq(split.last & ~ended.valid),
            happens.status.eq(Mux(ended.valid, ended.status, split.status)),
        ]
        over, status = self._keep(m, valid, coming, there, happens)
        m.d.comb += [
            done.push.eq(over),
            done.i.tag.eq(happens.tag),
            done.i.status.eq(status),
        ]
        m.d.sync += [self.told.valid.eq(over), self.told.status.eq(status)]
        return m

    def _keep(self, m, valid, coming, there, happens):
        """The account of the event's job, and whether that ends it, with which status.

        It is looked up with the event that comes, and written behind it; the one between is known.
        """
        config = self._config
        shape = data.StructLayout(
            {"open": range(config.outstanding + 1), "all": 1, "status": MoveStatus}
        )
        m.submodules.accounts = accounts = SyncMemory(shape=shape, depth=config.jobs, latency=1)
        old, new, kept, before = (
            Signal(shape, name=name, reset_less=name == "before")
            for name in ("old", "new", "kept", "before")
        )
        again, over = Signal(), Signal()
        m.d.sync += [
            again.eq(there & valid & (happens.tag == coming)),
            before.eq(kept),
        ]
        worse = happens.status.as_value() > old.status.as_value()
        none = old.open == 0
        m.d.comb += [
            old.eq(Mux(again, before, accounts.read_data)),
            new.open.eq(old.open + happens.opens - happens.ends),
            new.all.eq(old.all | happens.last),
            new.status.eq(Mux(worse, happens.status, old.status)),
            over.eq(there & new.all & Mux(happens.ends, old.open == 1, none & ~happens.opens)),
            accounts.write_en.eq(there | self.sweep.valid),
            accounts.write_address.eq(Mux(self.sweep.valid, self.sweep.index, happens.tag)),
            accounts.write_data.eq(Mux(self.sweep.valid, 0, kept)),
            accounts.read_en.eq(1),
            accounts.read_address.eq(coming),
        ]
        m.d.comb += [kept.open.eq(new.open), kept.all.eq(new.all & ~over)]
        with m.If(~over):
            m.d.comb += kept.status.eq(new.status)
        return over, new.status
