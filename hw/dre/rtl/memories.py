"""Near and far memory of a device, and where everything lies in them."""

import numpy as np

from dre.axi import PAGE_BYTES
from dre.checks import one_of
from dre.core.regions import FIRST_PAGE, near_pages, row_bytes, score_pages


class Memories:
    """Everything of near memory, one behind the other, and far memory.

    Parameters
    ----------
    config : DREConfig
    machine : dre.rtl.Machine
        Gives memories that are read and written.

    Attributes
    ----------
    bases : dict of str to int
        First page of each region.
    units : dict of str to int
        Those that the DRE must be told.
    """

    def __init__(self, config, machine):
        self._config, page = config, FIRST_PAGE
        sizes = near_pages(config)
        self.bases = {"far": FIRST_PAGE}
        for name, size in sizes.items():
            self.bases[name], page = page, page + size
        self.units = {name: page for name, page in self.bases.items() if name != "scores"}
        self._base = FIRST_PAGE * PAGE_BYTES
        self._near = machine.memory("near", self._base, (page - FIRST_PAGE) * PAGE_BYTES)
        self._far = machine.memory("far", self._base, config.far_pages * PAGE_BYTES)
        self._sizes = sizes | {"far": config.far_pages}

    def region(self, name):
        """Bytes as they are: uint8 [pages, 4096]; see `dre.rtl.RTL.region`."""
        one_of("name", name, self._sizes)
        memory = self._far if name == "far" else self._near
        begin = (self.bases[name] - FIRST_PAGE) * PAGE_BYTES
        return memory.read(begin, self._sizes[name] * PAGE_BYTES).reshape(-1, PAGE_BYTES)

    def write(self, addresses, entries):
        """Put entries, uint8 [any, bytes], into near memory."""
        for place, entry in zip(addresses - self._base, entries, strict=True):
            self._near.write(place, entry)

    def write_rows(self, context, scores):
        """Put a chunk's rows, uint16 [rows, clusters], where those of its context go.

        Returns
        -------
        int
            Address of the first one.
        """
        begin = (self.bases["scores"] + context * score_pages(self._config)) * PAGE_BYTES
        size = row_bytes(self._config, scores.shape[1])
        for row, own in enumerate(scores):
            place = begin - self._base + row * size
            self._near.write(place, own.view(np.uint8))
        return begin

    def read(self, addresses, count):
        """So many bytes from each of these addresses of near memory on: uint8 [any, count]."""
        return self._near.gather(addresses - self._base, count)
