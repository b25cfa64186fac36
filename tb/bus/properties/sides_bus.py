"""What both halves of the arbiter must do, at its ports (spec D110, D111, D113)."""

from amaranth.hdl import Cat, Const, Mux, Signal
from amaranth.lib import data

from axi.properties import any_of, channel, stays
from verification import claims
from verification.claims import implies
from verification.ghosts import Queue

SKID = 2
"""Payloads that a channel's registers hold."""

REQUEST = ("id", "addr", "len", "size", "burst", "cache", "prot")


class Side:
    """Channels AR and R, or AW and B: who has asked, who is answered.

    Attributes
    ----------
    masters : list of (int, BusPort, port)
    waits, moves : list of Value
        By place in ``masters``: an address is offered and may be taken; it is taken.
    under_way : dict of (int, int) to Signal
        Bursts by port and ID, that have been asked for and not answered to the end.
    requests : Queue
        Those taken from a master and not yet by the memory, with the ID of the bus.
    answers : Queue
        Those taken from the memory, and not yet by a master.
    dropped : Value
        The oldest of these is nobody's.
    """

    def __init__(self, harness, ports, most, request, answer, fields):
        self.harness, self._request, self._answer, self._fields = harness, request, answer, fields
        unit = harness.unit
        self.config, self._most = unit._build, most
        self.masters = [(n, port, getattr(unit, port.name)) for n, port in ports]
        self._assume_peers()
        self._count()
        self._ask()
        self._answers()
        self._take_turns()

    def _assume_peers(self):
        harness = self.harness
        for n, port, master in self.masters:
            asked = channel(master, self._request)
            harness.assume(claims.stays(harness, asked, f"{self._request}_{n}"))
            harness.assume(implies(asked.valid, self.of(master, "id") < port.ids))
            if port.data_bits < self.config.data_bits:
                address = self.of(master, "addr")[: port.beat_shift]
                harness.assume(implies(asked.valid, address == 0))
        answered = channel(harness.unit.out, self._answer)
        harness.assume(claims.stays(harness, answered, self._answer))

    def of(self, port, name):
        """A signal of the address channel."""
        return getattr(port, self._request + name)

    def _count(self):
        m = self.harness.m
        self.under_way, self.moves, self.waits = {}, [], []
        for n, port, master in self.masters:
            room, most = 0, self._most(port)
            moves = self.of(master, "valid") & self.of(master, "ready")
            answer = channel(master, self._answer)
            ends = answer.valid & answer.ready & getattr(master, f"{self._answer}last", 1)
            for own in range(port.ids):
                count = Signal(range(most + 2), name=f"under_way_{n}_{own}")
                begins = moves & (self.of(master, "id") == own)
                over = ends & (getattr(master, f"{self._answer}id") == own)
                m.d.sync += count.eq(count + begins - over)
                self.harness.claim(count <= most)
                self.under_way[n, own] = count
                room |= (self.of(master, "id") == own) & (count < most)
            self.moves.append(moves)
            self.waits.append(self.of(master, "valid") & room)
            self.harness.claim(implies(moves, room))
            self.harness.cover(self.of(master, "valid") & ~room)

    def _ask(self):
        """Addresses are on the bus in the order in which they were taken, with the port above."""
        harness, out = self.harness, self.harness.unit.out
        stays(harness, out, self._request)
        bus = channel(out, self._request)
        value = 0
        for moves, (n, _, master) in zip(self.moves, self.masters, strict=True):
            own = self.of(master, "id")
            above = Const(0, self.config.port_id_bits - len(own))
            number = Const(n, self.config.number_bits)
            rest = [self.of(master, name) for name in REQUEST[1:]]
            value = Mux(moves, Cat(own, above, number, *rest), value)
        self.moved = any_of(self.moves)
        harness.claim(sum(self.moves) <= 1)
        pops = bus.valid & bus.ready
        payload = Cat(self.of(out, name) for name in REQUEST)
        shape = len(payload)
        self.requests = Queue(harness, f"{self._request}_due", shape, SKID, self.moved, value, pops)
        due = self.requests
        harness.claim(due.count <= SKID)
        harness.claim(bus.valid == (due.count != 0))
        harness.claim(implies(bus.valid, payload == due.oldest))
        harness.cover(due.count == SKID)

    def _answers(self):
        """Each goes to who has asked, whole; what nobody waits for goes nowhere."""
        harness, out = self.harness, self.harness.unit.out
        bus = channel(out, self._answer)
        fields = [getattr(out, self._answer + name) for name in self._fields]
        shape = data.StructLayout(
            {"own": self.config.port_id_bits, "port": self.config.number_bits}
            | {name: len(field) for name, field in zip(self._fields[1:], fields[1:], strict=True)}
        )
        taken, pops = bus.valid & bus.ready, Signal(name=f"{self._answer}_pops")
        came = Signal(shape, name=f"{self._answer}_came")
        harness.m.d.comb += came.eq(Cat(fields))
        self.answers = queue = Queue(harness, f"{self._answer}_due", shape, SKID, taken, came, pops)
        there, oldest, mine, moves = queue.count != 0, queue.oldest, [], []
        for n, port, master in self.masters:
            known = any_of(
                (oldest.port == n) & (oldest.own == own) & (self.under_way[n, own] != 0)
                for own in range(port.ids)
            )
            answer = channel(master, self._answer)
            mine.append(there & known)
            harness.claim(answer.valid == mine[-1])
            moves.append(answer.valid & answer.ready)
            self._claim_answer(n, port, master, oldest)
            stays(harness, master, self._answer)
        self.dropped = there & ~any_of(mine)
        harness.m.d.comb += pops.eq(any_of(moves) | self.dropped)
        harness.claim(queue.count <= SKID)
        # The bus only waits for a port that lets its own answer wait.
        harness.claim(implies(bus.valid & ~bus.ready, any_of(mine)))
        harness.cover(self.dropped)

    def _claim_answer(self, number, port, master, oldest):
        """What a port is given is the oldest answer; ``data`` is for who knows the lanes."""
        valid = getattr(master, f"{self._answer}valid")
        for name in self._fields:
            if name != "data":
                given = getattr(master, self._answer + name)
                expected = getattr(oldest, "own" if name == "id" else name)
                self.harness.claim(implies(valid, given == expected))

    def _take_turns(self):
        """While one may ask and is not served, each of the others is served once at most."""
        harness, m = self.harness, self.harness.m
        self.passed = {}
        for p, (waits, served) in enumerate(zip(self.waits, self.moves, strict=True)):
            for q, moves in enumerate(self.moves):
                if p == q:
                    continue
                passed = Signal(name=f"{self._request}_{q}_before_{p}")
                m.d.sync += passed.eq(waits & ~served & (passed | moves))
                harness.claim(~(waits & ~served & passed & moves))
                self.passed[p, q] = passed
        harness.cover(any_of(self.passed.values()))
