"""The paper's figures on algorithms, as far as a trace can show them: ``resv figure``.

Their numbers are the paper's; what is held beside them is restated from its text.
"""

from resv.paper import (
    clustering,
    full,
    growth,
    hashing,
    likeness,
    policies_compared,
    ratios,
    residency,
)
from resv.paper.shown import Shown

FIGURES = {
    "7a": likeness.measure,
    "7b": hashing.measure,
    "19": clustering.measure,
    "20": ratios.measure,
    "growth": growth.measure,
    "full": full.measure,
    "error": policies_compared.error,
    "heads": policies_compared.by_head,
    "residency": residency.measure,
}
"""By number, or by name if the paper has none: functions of a trace, a seed and something to tell
what is being done."""

__all__ = ["FIGURES", "Shown"]
