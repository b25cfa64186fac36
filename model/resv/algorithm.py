"""ReSV with its configuration, which streams begin from."""

from pathlib import Path

from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks, state
from resv.config import Config
from resv.engines import chosen
from resv.external import External
from resv.hashing import hyperplanes
from resv.numerics import BF16
from resv.stream import Stream


class ReSV:
    """The algorithm with its configuration; ``start`` begins a stream.

    Parameters
    ----------
    config : Config or None
        None: the defaults.
    planes : ndarray of bfloat16 [at least hash_bits, at least d] or None
        Hyperplanes, of which the first rows and columns are used. None: the shipped ones (D11).
    engine : {"plain", "fast"} or External
        Which code does it. The results are the same; ``plain`` is the one to read. With an
        `External` engine a device decides.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, or there are too few hyperplanes.
    """

    def __init__(
        self,
        config: Config | None = None,
        planes: NDArray[bfloat16] | None = None,
        engine: str | External = "plain",
    ) -> None:
        config = Config() if config is None else config
        if not isinstance(config, Config):
            raise TypeError(f"config must be a Config, not {type(config).__name__}")
        if planes is not None:
            checks.finite("planes", checks.array("planes", planes, BF16, (None, "d")))
            checks.integer("rows of planes", len(planes), config.hash_bits)
            planes = planes.copy()
        self.config = config
        self.engine = chosen(engine)
        self._planes = planes

    def start(self) -> Stream:
        """Begin a stream: no token has arrived yet."""
        return Stream(self)

    def resume(
        self,
        path: str | Path,
        k: NDArray[bfloat16] | None = None,
        v: NDArray[bfloat16] | None = None,
    ) -> Stream:
        """Go on with a stream that ``Stream.save`` has saved, with identical results (D44).

        Parameters
        ----------
        path : path
            A state file, of this configuration and these hyperplanes; the engine does not matter.
        k, v : ndarray of bfloat16 [L, Hkv, tokens, d] or None
            Keys and values up to where it was saved, which a state file does not hold. Only
            ``keys``, ``values`` and attention need them.

        Raises
        ------
        OSError
            If the file cannot be read.
        TypeError, ValueError
            If it is damaged, of another format or of another configuration, or the keys and values
            do not fit it; or the engine is a device, which remembers nothing.
        """
        if not self.engine.resumes:
            raise ValueError("engine must be 'plain' or 'fast' to resume a stream, not a device")
        numbers, tables = state.load(self, path)
        stream = Stream(self)
        stream._continue(numbers, tables, k, v)
        return stream

    def planes(self, d: int) -> NDArray[bfloat16]:
        """The hyperplanes for heads of size ``d``: bfloat16 [hash_bits, d]."""
        if self._planes is None:
            return hyperplanes(self.config.hash_bits, d)
        checks.integer("d", d, 1, self._planes.shape[1])
        return self._planes[: self.config.hash_bits, :d]
