"""The table unit: hash words, members and token counts in near memory (spec section 16)."""

from dre.table.config import TableConfig
from dre.table.unit import TableUnit

__all__ = ["TableConfig", "TableUnit"]
