"""The protocol of a policy, and how scores become a selection (section 20 of the specification).

A policy gives every far token its *entry*: the smallest knob at which the token is selected. So
what is selected only grows with the knob, and one pass over a trace serves every retrieval ratio.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.past import Past
from resv.tokens import Kind


@dataclass(frozen=True)
class Policy:
    """Which far tokens a chunk attends to. Its fields are its parameters, all with defaults.

    A policy of your own needs ``name`` and ``scores``; see docs/laboratory.md.

    Attributes
    ----------
    name : str
    operations : str
        Multiply-adds that choosing costs for one chunk and KV head, as a formula of ``rows``
        (query vectors), ``tokens`` (of the chunk), ``far``, ``groups``, ``d``, parameters, and
        what ``Head.sizes`` adds.
    table_bytes : str
        Bytes that it must keep near the accelerator for that, of the same, at the end of a trace.
    layout : str
        How far memory is laid out: ``time`` (pages of neighbours) or ``groups`` (D63).
    knob : str
        What its knob is.
    """

    name: ClassVar[str] = ""
    operations: ClassVar[str] = "0"
    table_bytes: ClassVar[str] = "0"
    layout: ClassVar[str] = "time"
    knob: ClassVar[str] = "share of the far tokens"

    def scores(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much each far token is wanted: float64 [F], finite; ties go to the oldest.

        Parameters
        ----------
        past : Past
        rows : ndarray of float64 [query heads * T, d]
            Queries of the chunk that share this KV head (D2).
        """
        raise NotImplementedError(f"policy {self.name!r} must have a method scores or start")

    def fixed(self, kind: Kind) -> bool:
        """Whether the knob changes nothing for chunks of this kind."""
        del kind
        return False

    def check(self, recent_tokens: int) -> None:
        """Raise a ValueError if the policy cannot work with such a recent window."""
        del recent_tokens

    def start(self) -> "Head":
        """Begin one layer and KV head of a stream."""
        return Head(self)

    def cost(self, formula: str, **sizes: float) -> float:
        """What ``operations`` or ``table_bytes`` comes to.

        Raises
        ------
        ValueError
            If the formula does not work out.
        """
        names = sizes | self.parameters
        try:
            return float(eval(formula, {"__builtins__": {}}, names))
        except (NameError, SyntaxError, TypeError, ZeroDivisionError) as error:
            raise ValueError(
                f"policy {self.name}: formula must be made of {', '.join(sorted(names))}, "
                f"not {formula!r} ({error})"
            ) from error

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def label(self) -> str:
        """Name and what differs from the defaults, as ``resv.policies.make`` reads it."""
        changed = (f for f in fields(self) if getattr(self, f.name) != f.default)
        return ":".join([self.name, *(f"{f.name}={getattr(self, f.name)}" for f in changed)])


class Head:
    """A policy in one layer and KV head, chunk after chunk; this one chooses token by token.

    Parameters
    ----------
    policy : Policy
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The smallest knob at which each far token is selected: float64 [F], 0 to 1.

        Called for the chunks of a stream in their order; some may be left out.

        Parameters
        ----------
        past, rows
            As in ``Policy.scores``.
        """
        scores = np.asarray(self.policy.scores(past, rows))
        checks.array("scores", scores, np.float64, (past.far_tokens,))
        return share_entries(np.arange(past.far_tokens), scores)

    def check_finished(self) -> None:
        """Called when a whole trace has been seen.

        Raises
        ------
        ValueError
            If it was too short for a parameter to have an effect.
        """

    def groups(self, past: Past) -> int:
        """How many things were scored for this chunk."""
        return past.far_tokens

    def sizes(self) -> dict[str, int]:
        """What formulas of cost may name besides; known once far tokens have come."""
        return {}

    def labels(self, past: Past) -> NDArray[np.int64]:
        """The group of each position so far, by which far memory is laid out: int64 [first]."""
        return np.arange(past.first)


def share_entries(
    group_of: NDArray[np.integer], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Entries of a policy whose knob is a share: the best groups, about so many tokens.

    At knob s whole groups are taken in the order of their scores, so many that the number of their
    tokens is nearest to s * F of the F far tokens; the more if two are. At 0 none is, at 1 all are.

    Parameters
    ----------
    group_of : ndarray of integers [F]
        Group of each far token, 0 to G - 1; every group has one.
    scores : ndarray of float64 [G]
        Higher is earlier, ties to the lowest index.

    Returns
    -------
    ndarray of float64 [F]

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    checks.finite("scores", scores)
    order = np.argsort(-scores, kind="stable")
    counts = np.bincount(group_of, minlength=len(scores))
    entries = np.empty(len(scores))
    before = np.cumsum(counts[order]) - counts[order]
    entries[order] = (before + counts[order] / 2) / max(len(group_of), 1)
    return entries[group_of]


def pooled_weight(
    rows: NDArray[np.float64],
    keys: NDArray[np.float64],
    counts: NDArray[np.integer] | int,
    scale: float,
) -> NDArray[np.float64]:
    """Softmax weight of one token of each group, mean over the rows: float64 [G].

    Every row's weights, each times its group's ``counts``, sum to 1: a row votes with what it has.

    Parameters
    ----------
    rows : ndarray of float64 [R, d]
    keys : ndarray of float64 [G, d]
        One for each group.
    counts : ndarray of integers [G], or an integer for all
        Far tokens of each group.
    scale : float
    """
    logits = scale * (rows @ keys.T)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return (weights / (weights * counts).sum(axis=1, keepdims=True)).mean(axis=0)
