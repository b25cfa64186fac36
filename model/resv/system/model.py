"""The language model with its vision tower, as sizes (D150)."""

from dataclasses import dataclass
from pathlib import Path

from resv.system import fields
from resv.system.fields import Field

WORD = 2
"""Bytes of a BF16."""

FIELDS = {
    name: Field(1, 10_000_000, what, whole=True)
    for name, what in {
        "layers": "",
        "hidden": "",
        "heads": "",
        "kv_heads": "",
        "head_size": "",
        "feed_forward": "",
        "vocabulary": "",
        "frame_tokens": "tokens",
        "vision_layers": "",
        "vision_hidden": "",
        "vision_feed_forward": "",
        "vision_tokens": "tokens",
        "projector_hidden": "",
    }.items()
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """Sizes of a model; weights and cache are BF16.

    Attributes
    ----------
    name : str
    layers, hidden, heads, kv_heads, head_size, feed_forward, vocabulary : int
        Of the language model: grouped queries, three matrices of the feed-forward part.
    frame_tokens : int
        Tokens that a frame becomes.
    vision_layers, vision_hidden, vision_feed_forward, vision_tokens, projector_hidden : int
        Of the vision tower (two matrices of the feed-forward part), and of the projector behind it.
    sources : dict of str to str
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    feed_forward: int
    vocabulary: int
    frame_tokens: int
    vision_layers: int
    vision_hidden: int
    vision_feed_forward: int
    vision_tokens: int
    projector_hidden: int
    sources: dict[str, str]

    @property
    def kv_bytes(self) -> int:
        """K and V of a token in one layer: 4,096 bytes for Llama-3 8B."""
        return 2 * self.kv_heads * self.head_size * WORD

    @property
    def kv_bytes_all(self) -> int:
        """K and V of a token in all layers."""
        return self.layers * self.kv_bytes

    @property
    def qkv_weights(self) -> int:
        """Weights of a layer before attention."""
        return self.hidden * (self.heads + 2 * self.kv_heads) * self.head_size

    @property
    def out_weights(self) -> int:
        """Weights of a layer behind attention: output and feed-forward."""
        return self.heads * self.head_size * self.hidden + 3 * self.hidden * self.feed_forward

    @property
    def head_weights(self) -> int:
        """Weights that make words of the last layer's output."""
        return self.hidden * self.vocabulary

    @property
    def vision_weights(self) -> int:
        """Weights of tower and projector."""
        inner = 4 * self.vision_hidden**2 + 2 * self.vision_hidden * self.vision_feed_forward
        return self.vision_layers * inner + self._projector

    @property
    def _projector(self) -> int:
        return (self.vision_hidden + self.hidden) * self.projector_hidden

    @property
    def vision_flops(self) -> float:
        """Operations of one frame: matrices, attention among all patches, projector."""
        tower = self.vision_weights - self._projector
        linear = 2.0 * tower * self.vision_tokens + 2.0 * self._projector * self.frame_tokens
        attention = 4.0 * self.vision_tokens**2 * self.vision_hidden * self.vision_layers
        return linear + attention

    @property
    def resident_bytes(self) -> int:
        """Weights that stay in near memory; words come in through a table of their own."""
        layer = self.qkv_weights + self.out_weights
        return WORD * (self.layers * layer + 2 * self.head_weights + self.vision_weights)


def load_model(name: str | Path) -> Model:
    """A model of this package by name, or of a file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If there is no such model, a number is missing or impossible, or heads do not divide.
    """
    path = fields.packaged("models", str(name))
    name, values, sources = fields.read(path, FIELDS)
    if values["heads"] % values["kv_heads"]:
        raise ValueError(
            f"{path}: heads must be a multiple of kv_heads ({values['kv_heads']}), "
            f"not {values['heads']}"
        )
    return Model(name=name, sources=sources, **values)
