"""The same place of the picture for some frames: a control without hash bits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.groups import GroupHead, GroupPolicy
from resv.policies.past import Past


class CellHead(GroupHead):
    """A group is the n-th token of so many frames that follow each other."""

    def __init__(self, policy: "Cell") -> None:
        super().__init__(policy)
        self._frames = 0
        self._groups: dict[int, int] = {}  # by cell, of the block of frames at hand

    def join(self, past: Past, new: slice) -> NDArray[np.int64]:
        """As `GroupHead.join`; a chunk of text is a group."""
        if past.frame[new.start] < 0:
            return super().join(past, new)
        if self._frames % self.policy.frames == 0:
            self._groups = {}
        self._frames += 1
        # Sinks inside a frame do not shift its cells.
        begin = np.searchsorted(past.chunk, past.chunk[new.start])
        known, labels = self.known, []
        for cell in range(new.start - begin, new.stop - begin):
            if cell not in self._groups:
                self._groups[cell] = known
                known += 1
            labels.append(self._groups[cell])
        return np.array(labels, np.int64)


@dataclass(frozen=True)
class Cell(GroupPolicy):
    """The same cell of the grid in 32 frames, scored as ReSV's clusters could be: no hashing.

    Source: none; the control that says what clustering by hash bits adds to knowing that the same
    place of the picture looks alike for a while. Groups have ReSV's usual size.

    Parameters
    ----------
    frames : int
        Frames of a group, at least 1.
    """

    frames: int = 32

    name = "cell"
    head = CellHead
    operations = "rows * groups * d"
    layout = "groups"

    def __post_init__(self) -> None:
        checks.integer("frames", self.frames, 1)
