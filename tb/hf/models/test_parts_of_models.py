"""parts: a decoder inside a model for text and pictures; other attention in it is left alone."""

import torch
import transformers

import resv.hf
from hf import tiny_models
from resv import Config
from resv.hf.interface import NAME

CONFIG = Config(sink_tokens=4, recent_tokens=20)
PICTURE = 96  # id of a word that stands for a picture's token


def llava():
    """Pictures of 4 x 4 patches: 16 tokens each."""
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 2}
    vision = transformers.CLIPVisionConfig(
        **sizes, num_hidden_layers=2, image_size=32, patch_size=8, projection_dim=32
    )
    config = transformers.LlavaConfig(
        vision_config=vision,
        text_config=transformers.LlamaConfig(**tiny_models.SIZES),
        image_token_id=PICTURE,
        image_seq_length=16,
        vision_feature_layer=-1,
    )
    torch.manual_seed(0)
    return transformers.LlavaForConditionalGeneration(config).eval()


def play(model, pictures, trace=None):
    """Each picture is a frame; the last pass is a question."""
    cache, logits = transformers.DynamicCache(), []
    with torch.no_grad():
        for picture in pictures:
            ids = torch.full((1, 16), PICTURE)
            given = {"input_ids": ids, "pixel_values": picture, "past_key_values": cache}
            if trace is None:
                logits.append(model(**given).logits)
            else:
                with trace.chunk("frame"):
                    logits.append(model(**given).logits)
        logits.append(model(tiny_models.words(6), past_key_values=cache).logits)
    return torch.cat(logits, dim=1)


def test_the_decoder_of_a_model_with_pictures():
    model = llava()
    pictures = torch.randn(6, 1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    expected = play(model, pictures)
    with resv.hf.retrieval(model, "full", config=CONFIG) as trace:
        assert model.config.text_config._attn_implementation == NAME
        assert model.config.vision_config._attn_implementation == "sdpa"
        found = play(model, pictures, trace)
    assert (found - expected).abs().max() < 2e-5
    assert model.config.text_config._attn_implementation == "sdpa"
    kinds = [chunk.piece.kind.name for chunk in trace.record.chunks]
    assert kinds == ["FRAME"] * 6 + ["QUESTION"]
    with resv.hf.retrieval(model, "resv", config=CONFIG, knob=0.1) as trace:
        other = play(model, pictures, trace)
    assert 0 < trace.ratio("frame").mean() < 1
    assert (other - expected).abs().max() > 1e-4
