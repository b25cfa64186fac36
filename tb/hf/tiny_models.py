"""Models of random weights, so small that a forward pass takes milliseconds; nothing is downloaded.

Weights are larger than models begin with, so that attention is not flat and selections differ.
"""

import torch
import transformers

SIZES = {
    "vocab_size": 97,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4_096,
    "initializer_range": 0.15,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": None,
}
FAMILIES = {
    "Llama": {},
    "Qwen2": {"use_sliding_window": False},
    "Qwen3": {"use_sliding_window": False},
    "Mistral": {"sliding_window": None},
}
"""What a family needs beside the sizes."""


def make(family="Llama", seed=0, dtype=torch.float32, **changes):
    """A model for next words, ready to be asked."""
    config = getattr(transformers, f"{family}Config")(**SIZES | FAMILIES.get(family, {}) | changes)
    torch.manual_seed(seed)
    return getattr(transformers, f"{family}ForCausalLM")(config).eval().to(dtype)


def words(count, seed=0):
    """Ids of random tokens: int64 [1, count]."""
    return torch.randint(2, 97, (1, count), generator=torch.Generator().manual_seed(seed))


def stream(frames=20, tokens=6, seed=0, width=64):
    """Kind and inputs of a stream of passes: system and question are words, frames are vectors."""
    draw = torch.Generator().manual_seed(seed)
    places = torch.randn(tokens, width, generator=draw)
    passes = [("system", words(5, seed))]
    for _ in range(frames):
        places = places + 0.3 * torch.randn(tokens, width, generator=draw)
        passes.append(("frame", places[None]))
    return [*passes, ("question", words(7, seed + 1)), ("decoded", words(3, seed + 2))]


def play(model, passes, trace=None, cache=None):
    """Logits of all positions, pass after pass: tensor [1, T, words]."""
    cache = transformers.DynamicCache() if cache is None else cache
    found = []
    with torch.no_grad():
        for kind, given in passes:
            name = "inputs_embeds" if given.is_floating_point() else "input_ids"
            if trace is None:
                found.append(model(**{name: given}, past_key_values=cache).logits)
            else:
                with trace.chunk(kind):
                    found.append(model(**{name: given}, past_key_values=cache).logits)
    return torch.cat(found, dim=1)
