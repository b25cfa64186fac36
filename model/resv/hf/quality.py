"""What retrieval changes in a model's answers, without labels: logits against full attention."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache, PreTrainedModel

from resv import checks
from resv.config import Config
from resv.hf.retrieval import Retrieval, retrieval
from resv.online import KINDS, Record
from resv.policies import Policy
from resv.tokens import Kind

ROWS = 64
"""Positions whose logits are compared at once, in float64."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Next-token distributions with retrieval against those with full attention (D164).

    Both runs get the same inputs; each has its own cache, so what retrieval changes in keys and
    values of later tokens is in it.

    Attributes
    ----------
    kl : ndarray of float64 [T]
        Kullback-Leibler divergence of each position in nats, from full attention to retrieval.
    agrees : ndarray of bool [T]
        Whether both find the same word most probable.
    kind : ndarray of uint8 [T]
    frame : ndarray of int32 [T]
    chunk : ndarray of int64 [T]
        Of each position.
    far : ndarray of int64 [T]
        Far tokens of its chunk; where there are none both runs are the same.
    record : Record
        What was selected.
    """

    kl: NDArray[np.float64]
    agrees: NDArray[np.bool_]
    kind: NDArray[np.uint8]
    frame: NDArray[np.int32]
    chunk: NDArray[np.int64]
    far: NDArray[np.int64]
    record: Record

    def ratio(self, *kinds: str) -> NDArray[np.float64]:
        """Retrieval ratio of each layer and KV head: float64 [L, Hkv]; as `Record.ratio`."""
        return self.record.ratio(kinds) if kinds else self.record.ratio()

    def figures(self, *kinds: str) -> dict[str, float]:
        """Means over the positions with far tokens, of all kinds but system tokens or of some.

        Parameters
        ----------
        *kinds : str
            Of ``system``, ``frame``, ``question`` and ``decoded``.

        Returns
        -------
        dict of str to float
            ``positions``, ``kl`` (nats), ``top1`` (share that agrees) and ``ratio``, over all
            layers and KV heads.

        Raises
        ------
        TypeError, ValueError
            As `Record.ratio`.
        """
        kinds = kinds or KINDS[1:]
        ratio = self.record.ratio(kinds)
        wanted = [Kind[kind.upper()] for kind in kinds]
        counted = np.isin(self.kind, wanted) & (self.far > 0)
        return {
            "positions": float(counted.sum()),
            "kl": float(self.kl[counted].mean()),
            "top1": float(self.agrees[counted].mean()),
            "ratio": float(ratio.mean()),
        }


def quality(
    model: PreTrainedModel,
    policy: str | Policy | Config,
    stream: Iterable[tuple[str, torch.Tensor]],
    *,
    knob: float | Mapping[str, float] | None = None,
    config: Config | None = None,
    seed: int = 0,
) -> Quality:
    """Run a stream twice, chunk by chunk, and compare.

    Parameters
    ----------
    model : PreTrainedModel
        As in ``retrieval``, in ``eval`` mode, with a head that gives logits.
    policy, knob, config, seed
        As in ``retrieval``.
    stream : iterable of (str, tensor)
        Kind and inputs of one forward pass after the other: ids of tokens, integers [T] or
        [1, T], or embeddings [T, width] or [1, T, width]. Of ``decoded`` each token is a chunk.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind or value, or the stream is so short that nothing is far.
    """
    asked = retrieval(model, policy, knob=knob, config=config, seed=seed)
    passes = [_checked(n, each) for n, each in enumerate(stream)]
    _check_length(passes, asked.config)
    if model.training:
        raise ValueError("model must be in eval mode, not in training")
    kl, agrees = [], []
    caches = DynamicCache(), DynamicCache()
    with torch.no_grad():
        for kind, inputs in passes:
            full = _logits(model, inputs, caches[0])
            with asked, asked.chunk(kind):
                light = _logits(model, inputs, caches[1])
            for start in range(0, len(full), ROWS):
                rows = slice(start, start + ROWS)
                kl.append(_divergence(full[rows], light[rows]))
            agrees.append((full.argmax(dim=1) == light.argmax(dim=1)).cpu().numpy())
    return _joined(asked, np.concatenate(kl), np.concatenate(agrees))


def _joined(asked: Retrieval, kl: NDArray, agrees: NDArray) -> Quality:
    record, timeline = asked.record, asked.timeline
    far = np.array([chunk.far for chunk in record.chunks])[timeline.chunk]
    return Quality(kl, agrees, timeline.kind, timeline.frame, timeline.chunk, far, record)


def _checked(number: int, given: object) -> tuple[str, dict[str, torch.Tensor]]:
    """Kind and the model's arguments of one pass."""
    name = f"pass {number} of the stream"
    if not (isinstance(given, tuple) and len(given) == 2):
        raise TypeError(f"{name} must be a pair of kind and tensor, not {type(given).__name__}")
    kind, tensor = given
    checks.one_of(f"kind of {name}", kind, KINDS)
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must have a tensor, not {type(tensor).__name__}")
    ids = not tensor.is_floating_point()
    sizes = 1 if ids else 2
    if tensor.ndim == sizes:
        tensor = tensor[None]
    if tensor.ndim != sizes + 1 or len(tensor) != 1 or not tensor.shape[1]:
        wanted = "[T] or [1, T]" if ids else "[T, width] or [1, T, width]"
        raise ValueError(f"{name} must have shape {wanted}, not {list(given[1].shape)}")
    return kind, {"input_ids" if ids else "inputs_embeds": tensor}


def _check_length(passes: list[tuple[str, dict[str, torch.Tensor]]], config: Config) -> None:
    tokens = [tensor.shape[1] for _, inputs in passes for tensor in inputs.values()]
    near = config.sink_tokens + config.recent_tokens
    if sum(tokens) <= near:
        raise ValueError(
            f"stream must be longer than sinks and recent window, {near} tokens, not {sum(tokens)}"
        )


def _logits(
    model: PreTrainedModel, inputs: dict[str, torch.Tensor], cache: DynamicCache
) -> torch.Tensor:
    """Of each position of a pass: tensor [T, words]."""
    found = model(**inputs, past_key_values=cache, use_cache=True)
    if getattr(found, "logits", None) is None:
        raise ValueError(f"model must have a head that gives logits, not {type(model).__name__}")
    return found.logits[0]


def _divergence(full: torch.Tensor, light: torch.Tensor) -> NDArray[np.float64]:
    """Kullback-Leibler divergence of each row in nats, not below 0."""
    p, q = (torch.log_softmax(each.double(), dim=1) for each in (full, light))
    return (p.exp() * (p - q)).sum(dim=1).clamp(min=0).cpu().numpy()
