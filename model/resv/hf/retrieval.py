"""A policy inside a model, for one stream: ``with resv.hf.retrieval(model, policy) as trace``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel

from resv import checks
from resv.config import Config
from resv.hf import interface
from resv.hf.metadata import describe
from resv.hf.passes import Passes
from resv.hf.sizes import sizes_of
from resv.online import Capture, Layout, Record, Run, Timeline, resolve
from resv.policies import Policy


def retrieval(
    model: PreTrainedModel,
    policy: str | Policy | Config = "resv",
    *,
    knob: float | Mapping[str, float] | None = None,
    config: Config | None = None,
    seed: int = 0,
    positions: bool = False,
    capture: bool | Sequence[int] = False,
    folder: str | Path | None = None,
) -> "Retrieval":
    """Make every layer of a model attend to what a policy selects, inside a ``with`` block.

    Parameters
    ----------
    model : PreTrainedModel
        A decoder with grouped queries, as Llama, Qwen2, Qwen3 or Mistral, or one inside a model for
        text and pictures. Only one stream is taken at a time.
    policy : str, Policy or Config
        A name of ``resv.policies.names()``, with parameters as in ``"topk_token:partial=0.3"``; a
        policy of your own; or a ``Config``, which is ReSV with its thresholds.
    knob : float, mapping or None
        A share of the far tokens, or ReSV's Th_r; ``{"frames": .., "text": ..}`` sets both apart.
        None: ``config.Th_r`` for ReSV, nothing for ``full``; other policies need one.
    config : Config or None
        ``sink_tokens``, ``recent_tokens``, ``max_chunk`` (and Th_r); None: the defaults.
    seed : int
        Of what policies draw, at least 0.
    positions : bool
        Keep which tokens were selected, for ``selected``.
    capture : bool or sequence of int
        Keep queries, keys and values of all layers, or of these, for ``save``.
    folder : path or None
        Where they lie until then; None: where the system keeps temporary files.

    Returns
    -------
    Retrieval
        To be entered; it is the stream's state and what is known of it.

    Raises
    ------
    TypeError, ValueError
        If the model is not such a model, or an argument is of a wrong kind or value.
    OSError
        If nothing can be written into the folder.
    """
    return Retrieval(model, policy, knob, config, seed, positions, capture, folder)


class Retrieval:
    """One stream through a model with a policy; made by `retrieval`.

    It may be left and entered again, and then goes on with its stream: several streams can take
    turns on one model, each with its own cache.

    Attributes
    ----------
    policy : Policy
    knobs : Knobs
    config : Config
    record : Record
        What was selected.
    """

    def __init__(self, model, policy, knob, config, seed, positions, capture, folder) -> None:
        self.policy, self.knobs, self.config = resolve(policy, knob, config)
        self.seed = checks.integer("seed", seed, 0)
        self._model, self._sizes = model, sizes_of(model)
        layers, kv_heads = self._sizes.layers, self._sizes.kv_heads
        self.record = Record(layers, kv_heads, checks.flag("positions", positions))
        kept = _captured(capture, layers)
        self._capture = Capture(kept, folder) if kept else None
        self._passes = Passes(self, self._sizes, self.record, self._capture)
        self._before: str | None = None

    def __enter__(self) -> Self:
        self._before = interface.enter(self._passes, self._model, self._sizes)
        return self

    def __exit__(self, *error: object) -> None:
        interface.leave(self._model, self._sizes, self._before)

    @property
    def tokens(self) -> int:
        """Positions that went through all layers."""
        return self.record.tokens

    @property
    def timeline(self) -> Timeline:
        """Its tokens and chunks."""
        return self._passes.timeline

    @contextmanager
    def chunk(self, kind: str, frame: int | None = None) -> Iterator[None]:
        """What the forward passes inside are: each of them a chunk, or more if it is long.

        Parameters
        ----------
        kind : {"system", "frame", "question", "decoded"}
            Of ``decoded`` each token is a chunk.
        frame : int or None
            Number of the frame; None: the next one.
        """
        with self._declaring(Run.named(kind, frame)):
            yield

    @contextmanager
    def layout(
        self,
        frame: NDArray[np.int32],
        kind: NDArray[np.uint8] | None = None,
        chunk: NDArray[np.int32] | None = None,
    ) -> Iterator[None]:
        """Several chunks in one forward pass; arrays over its tokens as in a trace (D36)."""
        with self._declaring(Layout(frame, kind, chunk)):
            yield

    def ratio(self, *kinds: str) -> NDArray[np.float64]:
        """Retrieval ratio of each layer and KV head, of all chunks or of some kinds.

        As `Record.ratio`, which says what is raised.
        """
        return self.record.ratio(kinds) if kinds else self.record.ratio()

    def selected(self, chunk: int, layer: int, kv_head: int) -> NDArray[np.int64]:
        """Positions of the far tokens that a chunk has selected: int64 [any], ascending.

        As `Record.selected`, which says what is raised.
        """
        return self.record.selected(chunk, layer, kv_head)

    def save(self, path: str | Path, metadata: Mapping[str, str] | None = None) -> str:
        """Write what was captured as a trace, ``resv-trace/1``; returns its SHA-256.

        Queries and keys are those of this run: with ``full`` the model's own, with another policy
        those that retrieval leads to; the file's ``policy`` says which.

        Parameters
        ----------
        path : path
            An existing regular file is replaced.
        metadata : mapping of str to str, optional
            Added to the file's own; ``source`` and ``weights`` (random or trained) belong here.

        Raises
        ------
        OSError, ValueError
            If it cannot be written, or nothing was captured.
        """
        if self._capture is None:
            raise ValueError("capture must be True, or name layers, for a trace to be saved")
        about = describe(self._model, self._sizes, self._capture.layers, self._passes.scale)
        about |= {"policy": self.policy.label, "knob": f"{self.knobs.frames}, {self.knobs.text}"}
        about |= {"resv_seed": str(self.seed)} | dict(metadata or {})
        return self._capture.save(path, self.timeline, self.tokens, about)

    @contextmanager
    def _declaring(self, declared: Run | Layout) -> Iterator[None]:
        if self._passes.declared is not None:
            raise ValueError("chunk and layout must not be inside each other")
        self._passes.declared = declared
        try:
            yield
        finally:
            self._passes.declared = None


def _captured(capture: bool | Sequence[int], layers: int) -> tuple[int, ...]:
    """Which layers are kept."""
    if isinstance(capture, bool):
        return tuple(range(layers)) if capture else ()
    if isinstance(capture, str) or not isinstance(capture, Sequence):
        raise TypeError(
            f"capture must be True, False or numbers of layers, not {type(capture).__name__}"
        )
    chosen = tuple(checks.integer("layer of capture", each, 0, layers - 1) for each in capture)
    if not chosen or sorted(set(chosen)) != list(chosen):
        raise ValueError(f"layers of capture must ascend, at least one, not {list(chosen)}")
    return chosen
