"""Ways to choose what a chunk attends to: the methods that the paper names, behind one protocol.

Sinks, recent window and grouped queries are the same for all (D2 to D6); a policy chooses among the
far tokens. ``resv.compare`` holds them against each other.

    resv.policies.names()                           # full, random, recent, topk_token, ...
    resv.policies.make("topk_token:partial=0.3")    # by name, with a parameter
"""

from resv.policies.automatic import Thresholds, thresholds
from resv.policies.base import Head, Policy, pooled_weight, share_entries
from resv.policies.cells import Cell
from resv.policies.controls import EverythingHead, Full, Random, Recent
from resv.policies.frames import TopkFrameExp, TopkFrameMean
from resv.policies.groups import GroupHead, GroupPolicy
from resv.policies.kmeans import KMeans
from resv.policies.past import Past
from resv.policies.plus import ReSVPlus
from resv.policies.registry import make, names, register
from resv.policies.retrieval import ReSVPolicy
from resv.policies.segments import Segment
from resv.policies.topk import TopkToken
from resv.policies.walk import Seen, walk

for _policy in (
    Full, Random, Recent, TopkToken, TopkFrameMean, TopkFrameExp, Segment, Cell, KMeans, ReSVPolicy,
    ReSVPlus,
):  # fmt: skip
    register(_policy)

__all__ = [
    "Cell",
    "EverythingHead",
    "Full",
    "GroupHead",
    "GroupPolicy",
    "Head",
    "KMeans",
    "Past",
    "Policy",
    "Random",
    "ReSVPlus",
    "ReSVPolicy",
    "Recent",
    "Seen",
    "Segment",
    "Thresholds",
    "TopkFrameExp",
    "TopkFrameMean",
    "TopkToken",
    "make",
    "names",
    "pooled_weight",
    "register",
    "share_entries",
    "thresholds",
    "walk",
]
