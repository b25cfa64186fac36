"""Whole chunks for a board with a DRE: keys and values too."""

from dataclasses import dataclass, field, replace

import resv
from core.compare_core import Wrong
from core.fast_core import Player
from dre.rtl.board import OnBoard
from onboard.part import Differs, Part

HEAD_SIZE = 32
"""Of keys and values: an entry has the smallest size that there is, since block RAM is small."""

RECENT_TOKENS = 64
SEED = 0


@dataclass(frozen=True)
class Work:
    """A trace, and what is not as in the paper.

    Attributes
    ----------
    trace : resv.Trace
    changes : dict
        Fields of `resv.Config`.
    held_back : int or None
        Most tokens that wait for the others of their page; None: a quarter of the slots.
    """

    trace: resv.Trace
    changes: dict = field(default_factory=dict)
    held_back: int | None = None


def small_excerpt(tokens=None, query_heads=None):
    """The committed excerpt, or its beginning, with heads of the first dimensions only."""
    trace = resv.load_trace(resv.excerpt_path())
    whole = {"k": trace.k, "v": trace.v, "q": trace.q[:, :query_heads]}
    heads = {name: array[:, :, :tokens, :HEAD_SIZE].copy() for name, array in whole.items()}
    tags = {name: getattr(trace, name)[:tokens].copy() for name in ("frame", "kind", "chunk")}
    return replace(trace, **heads, **tags)


class DREPlay:
    """See `onboard.play.Player`.

    Parameters
    ----------
    config : DRESystemConfig
        What the board must have.
    """

    def __init__(self, config):
        self._config = config

    def parts(self, _seed):
        """What a self-test plays."""
        return [self.part("excerpt", Work(small_excerpt(), {"recent_tokens": RECENT_TOKENS}))]

    def part(self, name, work):
        """A part of this work."""
        return Part(name, len(set(work.trace.chunk.tolist())), work)

    def open(self, client):
        """The board, reset, if it is the one that is meant.

        Raises
        ------
        dre.driver.AnotherDevice
        """
        return OnBoard(client, self._config)

    def play(self, device, part, say):
        """One part; how many tokens and rows were decided, and entries delivered."""
        work = part.work
        player = Player(work.trace, self._config.dre, SEED, work.changes, device, work.held_back)
        done = 0
        say(done)
        try:
            for number in player.play():
                done = number + 1
                say(done)
            player.finish()
        except Wrong as error:
            where = f"chunk {done}" if done < part.size else "at the end"
            raise Differs(f"{part.name}, {where}: {error}") from None
        counted = ("decided", "rows", "delivered")
        return sum(row[name] for row in player.rows for name in counted)
