"""The names that transformers knows our attention by, and who it is for at the moment (D160).

Registered once and for good, as the two interfaces mean it; a model has them only inside
`retrieval`.
"""

from typing import TYPE_CHECKING, Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import causal_mask_function

from resv.hf.sizes import Sizes

if TYPE_CHECKING:
    from resv.hf.passes import Passes

NAME = "resv_retrieval"

_inside: dict[int, "Passes"] = {}  # by id of the decoder's configuration


def enter(passes: "Passes", model: PreTrainedModel, sizes: Sizes) -> str:
    """Give a model our attention; returns the name of the one it had.

    Raises
    ------
    ValueError
        If it has ours already, or cannot take it.
    """
    if id(sizes.config) in _inside:
        raise ValueError("model must not be inside a retrieval already: leave that one first")
    before = sizes.config._attn_implementation
    model.set_attn_implementation(_for_decoder(sizes, NAME))
    if sizes.config._attn_implementation != NAME:
        raise ValueError(
            f"attention of {type(model).__name__} must be replaceable, not stay {before!r}"
        )
    _inside[id(sizes.config)] = passes
    return before


def leave(model: PreTrainedModel, sizes: Sizes, before: str) -> None:
    """Give a model back the attention that it had."""
    _inside.pop(id(sizes.config), None)
    model.set_attn_implementation(_for_decoder(sizes, before))


def _for_decoder(sizes: Sizes, name: str) -> str | dict[str, str]:
    return name if sizes.key is None else {sizes.key: name}


def _passes_of(config: Any) -> "Passes":
    found = _inside.get(id(config))
    if found is None:
        raise ValueError(f"attention {NAME!r} must be used inside resv.hf.retrieval, not outside")
    return found


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """What a layer calls: `AttentionInterface`."""
    if attention_mask is not None:
        raise ValueError(
            "attention_mask must be None or [1, tokens], not one of four dimensions: a plain "
            "causal mask is what retrieval is defined for"
        )
    return _passes_of(module.config).attend(module, query, key, value, options), None


def _mask(*, config: Any, batch_size: int, kv_length: int, kv_offset: int, **options: Any) -> None:
    """What a model calls before its layers: `AttentionMaskInterface`. No mask is made."""
    if options["mask_function"] is not causal_mask_function:
        raise ValueError(
            "mask of the model must be plain causal, not with sliding windows, packed sequences, "
            "blocks or other conditions"
        )
    padding = options.get("attention_mask")
    if padding is not None and not bool(padding.all()):
        raise ValueError("attention_mask must be all ones: padding is not supported")
    tokens, first = _queries(options)
    if kv_offset or kv_length != first + tokens:
        raise ValueError(
            f"past_key_values must be a cache that grows, as DynamicCache: {first} positions and "
            f"{tokens} new ones, not {kv_length} from {kv_offset} on"
        )
    _passes_of(config).begin(batch_size, first, tokens)


def _queries(options: dict[str, Any]) -> tuple[int, int]:
    """How many queries, and the position of the first."""
    if "q_length" in options:
        return int(options["q_length"]), int(options["q_offset"])
    positions = options["cache_position"]  # transformers 5.0
    return len(positions), int(positions[0])


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, _mask)
