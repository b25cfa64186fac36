"""Attention to chosen positions, in the model's own numbers; and tensors as NumPy arrays."""

from collections.abc import Sequence

import numpy as np
import torch
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv.online import Choice


def as_bfloat16(tensor: torch.Tensor) -> NDArray[bfloat16]:
    """A tensor as NumPy array, rounded to BF16 to nearest even: what policies and traces see."""
    words = tensor.detach().to(torch.bfloat16).contiguous().view(torch.int16)
    return words.cpu().numpy().view(bfloat16)


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    choices: Sequence[Choice],
    scale: float,
) -> torch.Tensor:
    """Attention of a chunk to itself, causally, and to what was chosen for each KV head (D6).

    Keys and values that were not chosen are not read: they are gathered head by head.

    Parameters
    ----------
    query : tensor [1, Hq, T, d]
    key, value : tensor [1, Hkv, first + T, d]
        Up to the chunk's end.
    choices : sequence of Choice
        For each KV head.
    scale : float

    Returns
    -------
    tensor [1, Hq, T, d]
    """
    group = query.shape[1] // len(choices)
    tokens = query.shape[2]
    outputs = []
    for head, choice in enumerate(choices):
        k, v = (each[:, head : head + 1] for each in (key, value))
        if not choice.everything:
            places = np.concatenate([choice.attended, choice.first + np.arange(tokens)])
            places = torch.from_numpy(places).to(key.device)
            k, v = k.index_select(2, places), v.index_select(2, places)
        outputs.append(
            torch.nn.functional.scaled_dot_product_attention(
                query[:, head * group : (head + 1) * group],
                k.expand(-1, group, -1, -1),
                v.expand(-1, group, -1, -1),
                attn_mask=_causal(tokens, k.shape[2], key.device),
                scale=scale,
            )
        )
    return torch.cat(outputs, dim=1)


def _causal(tokens: int, attended: int, device: torch.device) -> torch.Tensor | None:
    """Of the last ``tokens`` of what is attended to, each row sees those up to itself."""
    if tokens == 1:
        return None
    mask = torch.ones(tokens, attended, dtype=torch.bool, device=device)
    return mask.tril(attended - tokens)
