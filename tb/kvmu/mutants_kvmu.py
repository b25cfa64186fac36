"""Mutants of the KVMU in the fast replay, which tries first; see `verification.mutation`.

A case is a piece of an endurance run (`kvmu.fast_kvmu`): one of the situations that it begins with,
or some commands at random. A mutant is killed by a piece in which anything is not as it was
planned: an answer, a grant, a delivery, a byte, a counter or status bit, a rule of a stream or of
AXI4; or that does not end.
"""

from collections import Counter
from copy import copy
from dataclasses import replace

from kvmu import fast_kvmu, replay_kvmu
from kvmu.mixture_kvmu import BEGINNINGS
from kvmu.wrong_kvmu import wrong_monitor
from replay.records import DamagedRecord

RANDOM = 20
"""Pieces of random commands."""

COMMANDS = 150
"""Of such a piece, about."""

PATIENCE, GRACE = 4, 4_000
"""A piece that takes so many times as long as without a mutant hangs, give or take cycles."""


class Suite:
    """The pieces, as files, and the program that replays them with one of the mutants.

    Parameters
    ----------
    config : dre.kvmu.KVMUConfig
    netlist : Path
        With all mutants.
    folder : Path
        For the files.
    seed : int

    Attributes
    ----------
    cycles : dict of str to int
        By piece: how long it takes without a mutant.

    Raises
    ------
    ValueError
        If a piece finds something wrong without a mutant.
    """

    def __init__(self, config, netlist, folder, seed):
        self._config = config
        self._program = replay_kvmu.build_program(config, str(folder.resolve()), netlist)
        self._pieces, self.cycles = {}, {}
        for number in range(len(BEGINNINGS) + RANDOM):
            piece = fast_kvmu.plan_piece(config, number, COMMANDS, seed, folder, Counter())
            piece = replace(piece, path=folder / f"piece-{number}.bin")
            replay_kvmu.write(piece.path, config, piece.steps, piece.run)
            self._pieces[piece.name] = piece
            right, replayed = self._judge(piece, 0)
            if not right:
                raise ValueError(f"{piece.name}: something is wrong without a mutant")
            self.cycles[piece.name] = replayed.cycles
            most = PATIENCE * replayed.cycles + GRACE
            run = replace(piece.run, most_cycles=most, patience_cycles=most)
            replay_kvmu.write(piece.path, config, piece.steps, run)

    def on(self, netlist, folder):
        """The same pieces on another netlist of the build, with files in a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        other, name = copy(self), str(folder.resolve())
        other._program = replay_kvmu.build_program(self._config, name, netlist)
        other._pieces = {}
        for name, piece in self._pieces.items():
            path = folder / piece.path.name
            path.unlink(missing_ok=True)
            path.symlink_to(piece.path.resolve())
            other._pieces[name] = replace(piece, path=path)
        return other

    def killed_by(self, name, mutant):
        """Whether a piece finds a mutant, or with 0 the netlist; and whether that hangs."""
        try:
            right, replayed = self._judge(self._pieces[name], mutant)
        except DamagedRecord as error:
            if "converge" in str(error):  # no settled state: that is no working unit
                return True, False
            raise
        return not right, "no end" in (replayed.fault or "")

    def _judge(self, piece, mutant):
        replayed = replay_kvmu.replay(self._program, piece.path, mutant)
        wrong = replayed.mismatches or replayed.fault or wrong_monitor(piece.counts, replayed)
        return not wrong, replayed
