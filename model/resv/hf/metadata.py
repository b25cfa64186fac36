"""What a captured trace says of the model that it is from."""

from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedModel

from resv.hf.sizes import Sizes


def describe(
    model: PreTrainedModel, sizes: Sizes, layers: Sequence[int], scale: float | None
) -> dict[str, str]:
    """Metadata of D36, as far as a model knows them; no paths of this machine.

    Parameters
    ----------
    model : PreTrainedModel
    sizes : Sizes
    layers : sequence of int
        Those that are kept.
    scale : float or None
        None: no pass has told it.
    """
    about = {
        "model": f"{type(model).__name__}: {sizes.layers} layers, {sizes.query_heads} query heads, "
        f"{sizes.kv_heads} KV heads; layers {list(layers)}",
    }
    if scale is not None:
        about["scale"] = repr(scale)
    theta = _rope_theta(sizes.config)
    if theta is not None:
        about["rope_theta"] = repr(float(theta))
    return about


def _rope_theta(config: Any) -> float | None:
    parameters = getattr(config, "rope_parameters", None) or {}
    return parameters.get("rope_theta", getattr(config, "rope_theta", None))
