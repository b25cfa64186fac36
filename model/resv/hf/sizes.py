"""Which models can be retrieved in, and what retrieval must know of them (D163)."""

from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers import PreTrainedModel

FULL = "full_attention"
"""The one type of layer, in a configuration's ``layer_types``, that attends to everything."""


@dataclass(frozen=True, eq=False)
class Sizes:
    """A model's decoder.

    Parameters
    ----------
    config : PreTrainedConfig
        Of the decoder; in a model for text and pictures it is a part of the model's own.
    key : str or None
        The name of that part; None: it is the model's own.
    layers, query_heads, kv_heads : int
    modules : tuple of Module
        The attention of each layer.
    """

    config: Any
    key: str | None
    layers: int
    query_heads: int
    kv_heads: int
    modules: tuple[nn.Module, ...]


def sizes_of(model: PreTrainedModel) -> Sizes:
    """Check a model, and say what its decoder is like.

    Raises
    ------
    TypeError
        If it is no model of transformers.
    ValueError
        If it has no grouped queries to read from its configuration, its attention cannot be
        replaced, or a layer does not attend to everything before it by softmax of scaled q . k.
    """
    if not isinstance(model, PreTrainedModel):
        raise TypeError(
            f"model must be a PreTrainedModel of transformers, not {type(model).__name__}"
        )
    if model.config.is_encoder_decoder:
        raise ValueError(f"model must be a decoder alone, not {type(model).__name__}")
    if not model.is_backend_compatible():
        raise ValueError(
            "model must take its attention from AttentionInterface, which "
            f"{type(model).__name__} does not"
        )
    config = model.config.get_text_config(decoder=True)
    layers, query_heads, kv_heads = (
        _count(config, name)
        for name in ("num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    )
    if query_heads % kv_heads:
        raise ValueError(
            f"num_attention_heads must be a multiple of num_key_value_heads, not {query_heads} "
            f"of {kv_heads}"
        )
    _check_layers(config)
    modules = _attention(model, config, layers)
    return Sizes(config, _key(model, config), layers, query_heads, kv_heads, modules)


def _count(config: Any, name: str) -> int:
    value = getattr(config, name, None)
    if not isinstance(value, int) or value < 1:
        raise ValueError(
            f"config of the model must have {name}, at least 1, as models with grouped queries "
            f"have it, not {value!r} ({type(config).__name__})"
        )
    return value


def _check_layers(config: Any) -> None:
    """All layers must attend to everything before them, with a plain softmax."""
    for layer, kind in enumerate(getattr(config, "layer_types", None) or ()):
        if kind != FULL:
            raise ValueError(f"layer_types must be {FULL!r} in all layers, not {kind!r} in {layer}")
    for name in ("sliding_window", "attention_chunk_size"):
        window = getattr(config, name, None)
        if window is not None and not getattr(config, "layer_types", None):
            raise ValueError(
                f"{name} must be None, since far tokens are chosen from all, not {window}"
            )
    softcap = getattr(config, "attn_logit_softcapping", None)
    if softcap is not None:
        raise ValueError(f"attn_logit_softcapping must be None, a plain softmax, not {softcap}")


def _attention(model: PreTrainedModel, config: Any, layers: int) -> tuple[nn.Module, ...]:
    found = [
        module
        for module in model.modules()
        if hasattr(module, "num_key_value_groups") and getattr(module, "config", None) is config
    ]
    found.sort(key=lambda module: module.layer_idx)
    if [module.layer_idx for module in found] != list(range(layers)):
        raise ValueError(
            f"model must have one attention module for each of its {layers} layers, with layer_idx "
            f"and num_key_value_groups, not {len(found)} ({type(model).__name__})"
        )
    return tuple(found)


def _key(model: PreTrainedModel, config: Any) -> str | None:
    if config is model.config:
        return None
    for key in model.config.sub_configs:
        if getattr(model.config, key, None) is config:
            return key
    raise ValueError(
        f"model must have its decoder's configuration as its own or right below, not deeper "
        f"({type(model.config).__name__})"
    )
