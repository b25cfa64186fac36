"""What `dre.rtl` gives, against what must come."""

import numpy as np


class Wrong(AssertionError):
    """Something is not what the golden models say."""


def chunk(done, grants, assignments, rows, delivered):
    """All of a chunk but the bytes.

    Parameters
    ----------
    done : dre.rtl.Done
    grants : list of int
    assignments : resv.Assignments
    rows : list of wtu.golden.GoldenRow
    delivered : list of int
    """
    hold("slots", done.slots, grants)
    for name in ("clusters", "founded", "full", "distances"):
        hold(name, getattr(done, name), getattr(assignments, name))
    masks = np.array([row.selected for row in rows], bool).reshape(done.selected.shape)
    hold("masks", done.selected, masks)
    for name, values in done.rows.items():
        hold(name, values, [row.trailer[name] for row in rows])
    hold("delivered", done.delivered, delivered)


def hold(name, found, right):
    """Fail if two values are not the same."""
    same = np.array_equal(found, right) if isinstance(found, np.ndarray) else found == right
    if not same:
        raise Wrong(f"{name}: {found}, not {right}")
