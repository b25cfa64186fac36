"""A stream's queries, keys and values, written to disk as they come; a trace in the end (D162)."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks, traces
from resv.online.timeline import Timeline
from resv.tensors import write_blocks

NAMES = ("q", "k", "v")


class Capture:
    """Some layers of a stream, in files: one a layer and tensor, tokens behind tokens.

    In memory there is never more than what one layer gives at a time, and for `save` one head of
    one layer.

    Parameters
    ----------
    layers : sequence of int
        Which layers are kept, each once.
    folder : path or None
        Where the files lie, in a folder of their own that is removed with this object. It needs as
        much room as the trace. None: where the system keeps temporary files.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """

    def __init__(self, layers: Sequence[int], folder: str | Path | None = None) -> None:
        self.layers = tuple(layers)
        self._home = Path(tempfile.mkdtemp(prefix="resv-capture-", dir=folder))
        weakref.finalize(self, shutil.rmtree, self._home, ignore_errors=True)
        self._shapes: dict[str, tuple[int, int]] = {}  # heads and d

    def write(
        self, layer: int, q: NDArray[bfloat16], k: NDArray[bfloat16], v: NDArray[bfloat16]
    ) -> None:
        """Append what a layer has of the next tokens, if it is kept.

        Parameters
        ----------
        layer : int
        q : ndarray of bfloat16 [Hq, T, d]
        k, v : ndarray of bfloat16 [Hkv, T, d]

        Raises
        ------
        OSError
            If it cannot be written.
        ValueError
            If a number is not finite, which no trace may hold.
        """
        if layer not in self.layers:
            return
        for name, array in zip(NAMES, (q, k, v), strict=True):
            checks.finite(f"{name} of layer {layer}", array)
            heads, _, d = array.shape
            self._shapes[name] = heads, d
            with self._part(name, layer).open("ab") as file:
                file.write(np.ascontiguousarray(array.transpose(1, 0, 2)).tobytes())

    def save(self, path: str | Path, timeline: Timeline, tokens: int, about: dict[str, str]) -> str:
        """Write the first tokens as a trace, ``resv-trace/1``.

        Parameters
        ----------
        path : path
            An existing regular file is replaced.
        timeline : Timeline
            Of the stream.
        tokens : int
            How many; all layers have them.
        about : dict of str to str
            The file's metadata.

        Returns
        -------
        str
            SHA-256 of the file.

        Raises
        ------
        OSError, ValueError
            As ``resv.tensors.write_tensors``; or there is no token yet.
        """
        checks.integer("tokens of the stream", tokens, 1)
        small = {
            "frame": timeline.frame[:tokens],
            "kind": timeline.kind[:tokens],
            "chunk": timeline.chunk[:tokens].astype(np.int32),
        }
        shapes = {name: (array.dtype, array.shape) for name, array in small.items()}
        for name, (heads, d) in self._shapes.items():
            shapes[name] = np.dtype(bfloat16), (len(self.layers), heads, tokens, d)

        def blocks(name: str) -> Iterator[bytes]:
            if name in small:
                yield small[name].tobytes()
                return
            for layer in self.layers:
                yield from self._heads(name, layer, tokens)

        return write_blocks(path, shapes, blocks, {"format": traces.FORMAT} | about)

    def _heads(self, name: str, layer: int, tokens: int) -> Iterator[bytes]:
        """Each head of one layer, all its tokens."""
        heads, d = self._shapes[name]
        part = np.memmap(self._part(name, layer), np.uint16, "r", shape=(tokens, heads, d))
        for head in range(heads):
            yield np.ascontiguousarray(part[:, head]).tobytes()

    def _part(self, name: str, layer: int) -> Path:
        return self._home / f"{name}.{layer}"
