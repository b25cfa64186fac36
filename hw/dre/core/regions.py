"""What lies in the memories of a DRE, one region behind the other."""

from dre.axi import PAGE_BYTES
from dre.kvmu.keeper.records import tables

FIRST_PAGE = 16
"""Of all that lies in memory; nothing has address 0."""


def near_pages(config):
    """Pages of each region of near memory, in their order: dict of str to int.

    Parameters
    ----------
    config : DREConfig
    """
    sizes = {
        "ring": config.kvmu.ring_pages,
        "area": config.frames,
        "store": -(-8 * tables(config.kvmu)[1] // PAGE_BYTES),
        "table": -(-config.table.table_bytes // PAGE_BYTES),
    }
    if config.reads_scores:
        sizes["scores"] = config.contexts * score_pages(config)
    return sizes


def score_pages(config):
    """Pages of the scores of the largest chunk of a context."""
    return -(-config.max_rows * row_bytes(config, config.max_clusters) // PAGE_BYTES)


def row_bytes(config, clusters):
    """Bytes from one row of scores to the next (spec D146)."""
    return -(-2 * clusters // config.burst_bytes) * config.burst_bytes
