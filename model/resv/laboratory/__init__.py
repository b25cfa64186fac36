"""The golden model as a laboratory: policies compared on traces (section 20 of the specification).

``resv.compare`` measures, ``resv compare`` on the command line too; docs/laboratory.md explains.
"""

from resv.laboratory.bootstrap import Interval, bootstrap
from resv.laboratory.comparison import Comparison, compare, load
from resv.laboratory.rows import Row
from resv.laboratory.settings import RATIOS, Settings
from resv.laboratory.summary import Figures, at_equal_link, by_head, by_policy, differences

__all__ = [
    "RATIOS",
    "Comparison",
    "Figures",
    "Interval",
    "Row",
    "Settings",
    "at_equal_link",
    "bootstrap",
    "by_head",
    "by_policy",
    "compare",
    "differences",
    "load",
]
