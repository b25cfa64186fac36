"""What a mover must move for the KVMU's commands, and what the memories make of it.

One place of each page, its *spot*, decides: bursts over it have the fates that were planned, all
others are well. So it is known beforehand whether a page comes, and nothing else is assumed of how
it is ordered again.
"""

from dataclasses import dataclass, field

BAD = {"read": ("slverr", "decerr", "short", "long"), "write": ("slverr", "decerr")}


@dataclass(eq=False)
class Move:
    """A page on its way.

    Attributes
    ----------
    command : int
        Number of the command that it belongs to.
    extents : dict of str to list of (int, int)
        For "read" and "write": addresses and bytes that may be on the bus.
    side : str
        Where its spot is.
    spot : int
        An address.
    fates : list of str
        Of bursts over the spot, in their order.
    """

    command: int
    extents: dict
    side: str = "read"
    spot: int = 0
    fates: list = field(default_factory=lambda: ["ok"])

    def holds(self, side, address, count):
        """Whether all of these bytes belong to it."""
        return any(
            begin <= address and address + count <= begin + size
            for begin, size in self.extents[side]
        )


class Moves:
    """Pages that one mover has to move, in the order of the commands.

    Attributes
    ----------
    dead : dict of str to str
        Sides whose memory does not answer, and how; what is planned does not count then.
    seen : Counter or None
        Counts what became of pages.
    only : (str, str) or None
        The side on which pages fail, and their fate there; None: any.
    late : bool
        A write may also fail by an answer that comes late (D86). Only where pages are moved one
        by one: the mover orders nothing before that has come (D78), so others would fail too.
    """

    def __init__(self, name, beat_bytes, rng, retries, seen, late=False):
        self.name, self._beat_bytes, self._rng = name, beat_bytes, rng
        self._bad = {**BAD, "write": (*BAD["write"], "late")} if late else BAD
        self._retries, self.seen = retries, seen
        self.reset()

    def reset(self):
        """Nothing is expected any more."""
        self.dead, self._moves, self.only = {}, [], None

    def plan(self, command, reads, writes, failures):
        """A page will be moved, and that fails so many times before it goes well: the `Move`."""
        rng, extents = self._rng, {"read": reads, "write": writes}
        side, fate = self.only or (rng.choice(["read", "write"]), None)
        begin, size = rng.choice(extents[side])
        spot = begin + rng.randrange(size)
        fates = [fate or rng.choice(self._bad[side]) for _ in range(failures)]
        fates += ["ok"] if failures <= self._retries else []
        self._moves.append(Move(command, extents, side, spot, fates))
        if "late" in fates[:-1] and fates[-1] == "ok":
            self.seen[f"{self.name} recovers from a late answer"] += 1
        what = "fails" if failures > self._retries else "recovers" if failures else "ok"
        self.seen[f"{self.name} {what}"] += 1
        return self._moves[-1]

    def fate_of(self, side):
        """For `axi.memory.Habits`: what becomes of a burst on this side."""

        def fate(burst, rng):
            address, count = burst.address, burst.beats * self._beat_bytes
            if side in self.dead:
                return self.dead[side]
            move = next((one for one in self._moves if one.holds(side, address, count)), None)
            assert move is not None, f"{self.name}: nobody asked for {side} at {address:#x}"
            if move.side != side or not address <= move.spot < address + count:
                return "ok"
            assert move.fates, f"{self.name}: {side} at {address:#x} once more than it may be"
            return move.fates.pop(0)

        return fate

    def over(self, command):
        """A command has ended: so have its moves."""
        ended = [move for move in self._moves if move.command == command]
        self._moves = [move for move in self._moves if move.command != command]
        for move in ended:
            assert self.dead or not move.fates, f"{self.name}: not moved at {move.spot:#x}"
