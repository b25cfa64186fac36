"""Near and far memory of a DRE in simulation, and where everything lies in them."""

import numpy as np

from dre.axi import PAGE_BYTES
from dre.checks import one_of
from dre.kvmu.keeper.records import tables

FIRST_PAGE = 16
"""Of all that lies in memory; nothing has address 0."""


class Memories:
    """Everything of near memory, one behind the other, and far memory.

    Parameters
    ----------
    config : DREConfig
    simulation : dre.rtl.simulation.Simulation
        Gets the bytes.

    Attributes
    ----------
    bases : dict of str to int
        First page of each region.
    units : dict of str to int
        Those that the DRE must be told.
    """

    def __init__(self, config, simulation):
        self._config, page = config, FIRST_PAGE
        sizes = {
            "ring": config.kvmu.ring_pages,
            "area": config.frames,
            "store": -(-8 * tables(config.kvmu)[1] // PAGE_BYTES),
            "table": -(-config.table.table_bytes // PAGE_BYTES),
        }
        if config.reads_scores:  # of the largest chunk of each context
            self._rows = -(-config.max_rows * row_bytes(config, config.max_clusters) // PAGE_BYTES)
            sizes["scores"] = config.contexts * self._rows
        self.bases = {"far": FIRST_PAGE}
        for name, size in sizes.items():
            self.bases[name], page = page, page + size
        self.units = {name: page for name, page in self.bases.items() if name != "scores"}
        self._base = FIRST_PAGE * PAGE_BYTES
        self._near = simulation.memory("near", self._base, (page - FIRST_PAGE) * PAGE_BYTES)
        self._far = simulation.memory("far", self._base, config.far_pages * PAGE_BYTES)
        self._sizes = sizes | {"far": config.far_pages}

    def region(self, name):
        """Bytes as they are: uint8 [pages, 4096]; see `dre.rtl.RTL.region`."""
        one_of("name", name, self._sizes)
        content = self._far if name == "far" else self._near
        pages = content.reshape(-1, PAGE_BYTES)[self.bases[name] - FIRST_PAGE :]
        return pages[: self._sizes[name]]

    def write(self, addresses, entries):
        """Put entries, uint8 [any, bytes], into near memory."""
        for place, entry in zip(addresses - self._base, entries, strict=True):
            self._near[place : place + len(entry)] = entry

    def write_rows(self, context, scores):
        """Put a chunk's rows, uint16 [rows, clusters], where those of its context go.

        Returns
        -------
        int
            Address of the first one.
        """
        begin = (self.bases["scores"] + context * self._rows) * PAGE_BYTES
        size = row_bytes(self._config, scores.shape[1])
        for row, own in enumerate(scores):
            place = begin - self._base + row * size
            self._near[place : place + own.nbytes] = own.view(np.uint8)
        return begin

    def read(self, addresses, count):
        """So many bytes from each of these addresses of near memory on: uint8 [any, count]."""
        return self._near[addresses[:, None] - self._base + np.arange(count)]


def row_bytes(config, clusters):
    """Bytes from one row of scores to the next (spec D146)."""
    return -(-2 * clusters // config.burst_bytes) * config.burst_bytes
