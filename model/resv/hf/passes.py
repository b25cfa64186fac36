"""Forward passes of one stream, layer by layer: chunks, choices, attention."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from resv import checks
from resv.hf.attention import as_bfloat16, attend
from resv.hf.sizes import Sizes
from resv.online import Capture, LayerChooser, Layout, Plan, Record, Run, Timeline

if TYPE_CHECKING:
    from resv.hf.retrieval import Retrieval

PROBES = 8
"""Positions at which the cache's keys are held against those that came."""

_HARMLESS = {"dropout": (None, 0, 0.0), "is_causal": (None, True)}
_OTHER_ATTENTION = ("sliding_window", "softcap", "s_aux", "position_bias", "cache")


class Passes:
    """What a model calls while it is inside a retrieval.

    Parameters
    ----------
    asked : Retrieval
        Policy, knobs, configuration and seed.
    sizes : Sizes
    record : Record
    capture : Capture or None

    Attributes
    ----------
    declared : Run, Layout or None
        What the tokens of the next passes are.
    scale : float or None
        Factor of q . k, the same in all layers; None before the first pass.
    timeline : Timeline
    """

    def __init__(
        self, asked: "Retrieval", sizes: Sizes, record: Record, capture: Capture | None
    ) -> None:
        self.declared: Run | Layout | None = None
        self.scale: float | None = None
        self.timeline = Timeline(asked.config.max_chunk)
        self._asked, self._sizes = asked, sizes
        self._record, self._capture = record, capture
        self._choosers: list[LayerChooser] = []
        self._plan: Plan | None = None
        self._layer = 0  # the next one of the pass

    def begin(self, batch: int, first: int, tokens: int) -> None:
        """A pass begins: what the model's mask is made of.

        Raises
        ------
        TypeError, ValueError
            If it does not go on with this stream, or is not what was declared.
        """
        done = self._record.tokens
        if batch != 1:
            raise ValueError(
                f"batch must be 1, not {batch}: beams and several sequences are several streams"
            )
        if self.timeline.tokens != done:
            raise ValueError(
                f"stream must not go on after a pass that broke off in layer {self._layer}: "
                "begin a new one"
            )
        if first != done:
            raise ValueError(
                f"past_key_values must hold the {done} positions of this stream, not {first}: "
                "another stream needs a retrieval of its own"
            )
        self._plan = self.timeline.plan(tokens, self.declared)

    def attend(
        self,
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        options: dict[str, Any],
    ) -> torch.Tensor:
        """A layer's attention, and all that goes with it.

        Parameters
        ----------
        module : Module
        query : tensor [1, Hq, T, d]
            Of the pass.
        key, value : tensor [1, Hkv, first + T, d]
            Of everything up to its end, as the cache has it.
        options : dict
            Other arguments of the layer.

        Returns
        -------
        tensor [1, T, Hq, d]

        Raises
        ------
        ValueError
            If the layer is not a plain one or not the next one, or the cache is not this stream's.
        """
        self._check_options(module, options)
        first = self._check_shapes(query, key, value)
        self._check_scale(options.get("scaling"), query.shape[3])
        if self._layer == 0:
            self.timeline.add(self._plan)
        q, k = as_bfloat16(query)[0], as_bfloat16(key[:, :, first:])[0]
        chooser = self._chooser(k.shape[2])
        self._probe(chooser, key, first)
        if self._capture is not None:
            self._capture.write(self._layer, q, k, as_bfloat16(value[:, :, first:])[0])
        outputs = []
        for piece in self._plan.pieces:
            part = slice(piece.start - first, piece.stop - first)
            choices = chooser.take(piece, q[:, part], k[:, part], self.timeline)
            self._record.note(piece, self._layer, choices)
            upto = key[:, :, : piece.stop], value[:, :, : piece.stop]
            outputs.append(attend(query[:, :, part], *upto, choices, self.scale))
        self._count_layer()
        return torch.cat(outputs, dim=2).transpose(1, 2).contiguous()

    def _count_layer(self) -> None:
        self._layer += 1
        if self._layer == self._sizes.layers:
            self._layer, self._plan = 0, None
            self._record.close()

    def _chooser(self, d: int) -> LayerChooser:
        if len(self._choosers) == self._layer:
            asked = self._asked
            chooser = LayerChooser(
                asked.policy,
                asked.knobs,
                asked.config,
                layer=self._layer,
                kv_heads=self._sizes.kv_heads,
                d=d,
                scale=self.scale,
                seed=asked.seed,
            )
            self._choosers.append(chooser)
        return self._choosers[self._layer]

    def _check_options(self, module: torch.nn.Module, options: dict[str, Any]) -> None:
        """The layer must be the next one, and its attention softmax of scaled q . k."""
        if self._plan is None:
            raise ValueError(
                "mask of the model must be made by AttentionMaskInterface in each pass, as "
                f"{type(module).__name__} did not or an own mask was given"
            )
        if not any(module is each for each in self._sizes.modules):
            raise ValueError(
                "layers must be those of the model inside the retrieval, not of another one that "
                "shares its configuration"
            )
        if module is not self._sizes.modules[self._layer]:
            raise ValueError(
                f"layers must come in their order, layer {self._layer} next, not {module.layer_idx}"
            )
        for name, harmless in _HARMLESS.items():
            if options.get(name) not in harmless:
                raise ValueError(f"{name} must be one of {harmless}, not {options[name]}")
        for name in _OTHER_ATTENTION:
            if options.get(name) is not None:
                raise ValueError(f"{name} must be None in layer {self._layer}: plain attention")

    def _check_shapes(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> int:
        """Shapes must be those of the plan; returns the position of the first new token."""
        sizes, pieces = self._sizes, self._plan.pieces
        first, stop = pieces[0].start, pieces[-1].stop
        d = query.shape[3]
        wanted = {
            "query": (1, sizes.query_heads, stop - first, d),
            "key": (1, sizes.kv_heads, stop, d),
            "value": (1, sizes.kv_heads, stop, d),
        }
        for (name, shape), found in zip(wanted.items(), (query, key, value), strict=True):
            if tuple(found.shape) != shape:
                raise ValueError(
                    f"{name} of layer {self._layer} must have shape {list(shape)}, "
                    f"not {list(found.shape)}"
                )
        return first

    def _check_scale(self, scaling: float | None, d: int) -> None:
        """The scale must be that of all layers: a trace has one."""
        scale = checks.real("scaling", 1 / math.sqrt(d) if scaling is None else scaling)
        if self.scale is None:
            self.scale = scale
        if scale != self.scale:
            raise ValueError(
                f"scaling must be {self.scale} in all layers, not {scale} in {self._layer}"
            )

    def _probe(self, chooser: LayerChooser, key: torch.Tensor, first: int) -> None:
        """Some keys of the cache must be those that came: not another stream's, not quantised."""
        if not first:
            return
        places = np.unique(np.linspace(0, first - 1, PROBES).astype(np.int64))
        found = as_bfloat16(key[0][:, torch.from_numpy(places).to(key.device)])
        wrong = (found != chooser.keys(places)).any(axis=(0, 2))
        if wrong.any():
            raise ValueError(
                f"past_key_values must hold this stream's keys as they came, not others at "
                f"position {places[wrong][0]} of layer {self._layer}"
            )
