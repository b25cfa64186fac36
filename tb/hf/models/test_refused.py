"""refused: models and passes that retrieval is not defined for, each with its reason."""

import numpy as np
import pytest
import torch
import transformers

import resv.hf
from hf import tiny_models
from resv import Config
from resv.hf.interface import NAME

SMALL = {"vocab_size": 97, "num_hidden_layers": 2}


def gpt2():
    config = transformers.GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=2)
    return transformers.GPT2LMHeadModel(config)


def bloom():
    config = transformers.BloomConfig(vocab_size=97, hidden_size=32, n_layer=2, n_head=2)
    return transformers.BloomForCausalLM(config)


def t5():
    config = transformers.T5Config(vocab_size=97, d_model=32, d_kv=8, d_ff=32, num_layers=2)
    return transformers.T5ForConditionalGeneration(config)


def llama_of(**changes):
    """A Llama whose configuration is changed behind its back."""
    model = tiny_models.make()
    for name, value in changes.items():
        setattr(model.config, name, value)
    return model


def without_attention():
    model = tiny_models.make()
    model.model.layers = model.model.layers[:2]
    return model


MODELS = [
    (lambda: 3, TypeError, "model must be a PreTrainedModel of transformers, not int"),
    (lambda: torch.nn.Linear(2, 2), TypeError, "PreTrainedModel of transformers, not Linear"),
    (gpt2, ValueError, "must have num_key_value_heads, at least 1, .* not None .GPT2Config"),
    (bloom, ValueError, "must take its attention from AttentionInterface, which BloomFor"),
    (t5, ValueError, "model must be a decoder alone, not T5ForConditionalGeneration"),
    (
        lambda: tiny_models.make("Mistral", sliding_window=8),
        ValueError,
        "sliding_window must be None, since far tokens are chosen from all, not 8",
    ),
    (
        lambda: tiny_models.make(
            "Qwen2", use_sliding_window=True, sliding_window=8, max_window_layers=1
        ),
        ValueError,
        "layer_types must be 'full_attention' in all layers, not 'sliding_attention' in 1",
    ),
    (
        lambda: tiny_models.make("Gemma2"),
        ValueError,
        "layer_types must be 'full_attention' in all layers, not 'sliding_attention' in 0",
    ),
    (
        lambda: tiny_models.make("Gemma2", layer_types=["full_attention"] * 3),
        ValueError,
        "attn_logit_softcapping must be None, a plain softmax, not 50.0",
    ),
    (
        lambda: llama_of(num_key_value_heads=3),
        ValueError,
        "num_attention_heads must be a multiple of num_key_value_heads, not 4 of 3",
    ),
    (lambda: llama_of(num_key_value_heads=0), ValueError, "num_key_value_heads, at least 1.*not 0"),
    (without_attention, ValueError, "one attention module for each of its 3 layers.* not 2"),
]


@pytest.mark.parametrize(("make", "error", "message"), MODELS)
def test_models(make, error, message):
    with pytest.raises(error, match=message):
        resv.hf.retrieval(make(), "full")


ARGUMENTS = [
    ({"policy": "topk"}, ValueError, "not 'topk'; did you mean topk_token"),
    ({"policy": "topk_token"}, ValueError, "knob of topk_token .* must be given"),
    ({"policy": "resv:Th_hs=3"}, ValueError, "not 'Th_hs'; did you mean Th_hd"),
    ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
    ({"positions": 1}, TypeError, "positions must be True or False, not 1"),
    ({"config": Config(scale=0.5)}, ValueError, "scale must be None, the model's own, not 0.5"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), ARGUMENTS)
def test_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        resv.hf.retrieval(tiny_models.make(), **{"policy": "full"} | arguments)


def passes(model, **arguments):
    """A pass inside a retrieval."""
    with resv.hf.retrieval(model, "full") as trace, torch.no_grad():
        return model(**arguments), trace


WORDS = tiny_models.words(12)
STATIC = {"past_key_values": "static"}
PASSES = [
    ({"input_ids": WORDS.reshape(2, 6)}, "batch must be 1, not 2"),
    (
        {"input_ids": WORDS, "attention_mask": torch.tensor([[0] * 3 + [1] * 9])},
        "attention_mask must be all ones",
    ),
    (
        {"input_ids": WORDS, "attention_mask": torch.ones(1, 1, 12, 12, dtype=torch.bool)},
        r"attention_mask must be None or \[1, tokens\], not one of four dimensions",
    ),
    (
        {
            "input_ids": WORDS,
            "position_ids": torch.arange(12)[None] % 6,
            "use_cache": False,
        },
        "mask of the model must be plain causal, not with sliding windows, packed",
    ),
    ({"input_ids": WORDS} | STATIC, "must be a cache that grows, as DynamicCache: 0 pos"),
]


@pytest.mark.parametrize(("arguments", "message"), PASSES)
def test_passes(arguments, message):
    model = tiny_models.make()
    if "past_key_values" in arguments:
        cache = transformers.StaticCache(config=model.config, max_cache_len=64)
        arguments = arguments | {"past_key_values": cache}
    with pytest.raises(ValueError, match=message):
        passes(model, **arguments)
    assert model.config._attn_implementation == "sdpa"
    assert passes(model, input_ids=WORDS)[1].tokens == 12  # nothing is left behind


def test_dropout_is_refused():
    model = tiny_models.make(attention_dropout=0.1).train()
    with pytest.raises(ValueError, match=r"dropout must be one of .* not 0.1"):
        passes(model, input_ids=WORDS)


def test_other_kinds_of_attention_are_refused():
    model = tiny_models.make("Mistral")
    with resv.hf.retrieval(model, "full"):
        model.config.sliding_window = 4
        with pytest.raises(ValueError, match="mask of the model must be plain causal"):
            model(WORDS)
    model.config.sliding_window = None
    with resv.hf.retrieval(model, "full"), pytest.raises(ValueError, match="softcap must be None"):
        model(WORDS, softcap=30.0)


def test_beams_are_refused():
    model = tiny_models.make()
    with resv.hf.retrieval(model, "full"), pytest.raises(ValueError, match="batch must be 1, not"):
        model.generate(WORDS, num_beams=2, max_new_tokens=3, do_sample=False)


def test_a_layer_that_is_left_out_is_noticed():
    model = tiny_models.make()
    with resv.hf.retrieval(model, "full"):
        layers, model.model.layers = model.model.layers, model.model.layers[::2]
        with pytest.raises(ValueError, match="layer 1 next, not 2"):
            model(WORDS)
        model.model.layers = layers


def test_another_model_of_the_same_configuration_is_noticed():
    model = tiny_models.make()
    other = transformers.LlamaForCausalLM(model.config)
    assert other.config is model.config
    with resv.hf.retrieval(model, "full"):
        with pytest.raises(ValueError, match="not of another one that shares its configuration"):
            other(WORDS)
        model(WORDS)
    other(WORDS)


def test_layers_of_different_scale_are_refused():
    model = tiny_models.make()
    model.model.layers[2].self_attn.scaling = 0.5
    with pytest.raises(ValueError, match=r"scaling must be 0.25 in all layers, not 0.5 in 2"):
        passes(model, input_ids=WORDS)


def test_our_attention_does_nothing_outside():
    model = tiny_models.make()
    model.set_attn_implementation(NAME)
    with pytest.raises(ValueError, match=r"must be used inside resv.hf.retrieval, not outside"):
        model(WORDS)


def test_numbers_that_are_none_are_refused():
    model = tiny_models.make()
    model.model.layers[1].self_attn.k_proj.weight.data[0] = np.nan
    with pytest.raises(ValueError, match="keys of layer 1 must be finite everywhere, not nan"):
        passes(model, input_ids=WORDS)


def test_declarations():
    model = tiny_models.make()
    trace = resv.hf.retrieval(model, "full")
    with pytest.raises(ValueError, match="kind must be one of 'system'"), trace.chunk("video"):
        pass
    with trace, trace.layout(np.zeros(5, np.int32)):
        with pytest.raises(ValueError, match=r"frame must have shape \[12\], not \[5\]"):
            model(WORDS)
    with trace, trace.layout([0] * 12):
        with pytest.raises(TypeError, match="frame must be an int32 array, not list"):
            model(WORDS)


def test_a_stream_that_is_too_short_has_no_ratio():
    model = tiny_models.make()
    _, trace = passes(model, input_ids=WORDS)
    with pytest.raises(ValueError, match=r"behind its sinks and recent window .* not 12 tokens"):
        trace.ratio()


def test_a_layer_alone_is_refused():
    """Without the model's mask nobody has said which pass it is, before a pass or after one."""
    model = tiny_models.make()
    attention, states = model.model.layers[0].self_attn, torch.zeros(1, 12, 64)
    turns = model.model.rotary_emb(states, torch.arange(12)[None])
    message = "mask of the model must be made by AttentionMaskInterface in each pass"
    with resv.hf.retrieval(model, "full"), torch.no_grad():
        with pytest.raises(ValueError, match=message):
            attention(states, turns, None)
        model(WORDS)
        with pytest.raises(ValueError, match=message):
            attention(states, turns, None)
