"""Retrieval inside a model of transformers, on the user's own weights.

    import resv.hf

    with resv.hf.retrieval(model, "resv") as trace:
        with trace.chunk("frame"):
            model(inputs_embeds=frame, past_key_values=cache)
        model.generate(question, past_key_values=cache)
    print(trace.ratio())

Needs PyTorch and transformers: the extra ``hf``. docs/hf.md of the project is the page on it.
"""

try:
    import torch
    import transformers
except ImportError as error:
    raise ImportError(
        f"resv.hf needs PyTorch and transformers 5: pip install vrex-open[hf] ({error})"
    ) from error

if int(transformers.__version__.partition(".")[0]) < 5:
    raise ImportError(
        "resv.hf needs transformers 5 or newer, not "
        f"{transformers.__version__}: pip install vrex-open[hf]"
    )


from resv.hf.quality import Quality, quality
from resv.hf.retrieval import Retrieval, retrieval

__all__ = ["Quality", "Retrieval", "quality", "retrieval"]

del torch, transformers
