"""Policies of a trace against each other: error by retrieval ratio, for frames and text."""

import resv
from resv.laboratory import plots

MORE = ["resv:Th_hd=3"]
"""Beside all policies as they are by default."""


def draw(trace, name, path, say):
    """Compare on a trace and draw; ``say`` is told which policy is under way."""
    found = resv.compare(
        {name: trace},
        [*resv.policies.names(), *MORE],
        link=False,
        say=lambda what, done, total: say(f"{what}, {done} of {total}"),
    )
    return plots.by_ratio(found, path)
