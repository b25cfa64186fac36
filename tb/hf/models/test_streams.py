"""streams: state of each, everything given back, and what cannot be one stream."""

import gc

import pytest
import torch
import transformers

import resv.hf
from hf import tiny_models
from resv import Config

CONFIG = Config(sink_tokens=4, recent_tokens=20)


def settings_of(model):
    """All that retrieval may have changed: configurations, registries, hooks, methods."""
    return {
        "attention": [
            module.config._attn_implementation
            for module in model.modules()
            if hasattr(module, "config")
        ],
        "config": model.config.to_json_string(),
        "registered": {
            interface.__name__: dict(interface._global_mapping)
            for interface in (transformers.AttentionInterface, transformers.AttentionMaskInterface)
        },
        "own": [sorted(vars(module)) for module in model.modules()],
        "forward": [type(module).forward for module in model.modules()],
    }


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_everything_is_given_back(attention):
    model = tiny_models.make()
    model.set_attn_implementation(attention)
    before = settings_of(model)
    logits = tiny_models.play(model, tiny_models.stream())
    with resv.hf.retrieval(model, "random", knob=0.2, config=CONFIG) as trace:
        tiny_models.play(model, tiny_models.stream(), trace)
        assert settings_of(model)["attention"] != before["attention"]
    assert settings_of(model) == before
    assert (tiny_models.play(model, tiny_models.stream()) == logits).all()


def test_everything_is_given_back_after_an_error():
    model = tiny_models.make()
    before = settings_of(model)
    with pytest.raises(KeyError), resv.hf.retrieval(model, "full") as trace, trace.chunk("frame"):
        raise KeyError
    assert settings_of(model) == before
    with trace, trace.chunk("frame"):  # neither is still open
        model(tiny_models.words(3))


def test_streams_take_turns_on_one_model():
    model = tiny_models.make()
    asked = {"knob": 0.3, "config": CONFIG, "positions": True}
    streams = [tiny_models.stream(seed=seed) for seed in (0, 5)]
    alone = []
    for passes in streams:
        with resv.hf.retrieval(model, "topk_token", **asked) as trace:
            alone.append((tiny_models.play(model, passes, trace), trace))
    traces = [resv.hf.retrieval(model, "topk_token", **asked) for _ in streams]
    caches = [transformers.DynamicCache() for _ in streams]
    logits = [[], []]
    for passes in zip(*streams, strict=True):
        for n in range(2):
            with traces[n]:
                logits[n].append(tiny_models.play(model, passes[n : n + 1], traces[n], caches[n]))
    for n in range(2):
        assert (torch.cat(logits[n], dim=1) == alone[n][0]).all()
        for chunk in range(len(traces[n].record.chunks)):
            found, expected = (each.selected(chunk, 2, 1) for each in (traces[n], alone[n][1]))
            assert (found == expected).all()


def test_two_models_at_once_do_not_meet():
    models = [tiny_models.make(seed=seed) for seed in (0, 1)]
    alone = []
    for model in models:
        with resv.hf.retrieval(model, "resv", config=CONFIG) as trace:
            alone.append(tiny_models.play(model, tiny_models.stream(), trace))
    with (
        resv.hf.retrieval(models[0], "resv", config=CONFIG) as first,
        resv.hf.retrieval(models[1], "resv", config=CONFIG) as second,
    ):
        assert (tiny_models.play(models[0], tiny_models.stream(), first) == alone[0]).all()
        assert (tiny_models.play(models[1], tiny_models.stream(), second) == alone[1]).all()


def test_a_second_retrieval_inside_is_refused():
    model = tiny_models.make()
    with resv.hf.retrieval(model, "full") as trace:
        for again in (trace, resv.hf.retrieval(model, "full")):
            with (
                pytest.raises(ValueError, match="model must not be inside a retrieval already"),
                again,
            ):
                pass
        with trace.chunk("frame"):
            model(tiny_models.words(3))  # the first one is still there
    assert trace.tokens == 3
    assert model.config._attn_implementation == "sdpa"


def test_declarations_inside_each_other_are_refused():
    model = tiny_models.make()
    trace = resv.hf.retrieval(model, "full")
    with trace.chunk("frame"), pytest.raises(ValueError, match="must not be inside each other"):
        with trace.chunk("frame"):
            pass


def test_another_stream_needs_a_retrieval_of_its_own():
    model = tiny_models.make()
    with resv.hf.retrieval(model, "full") as trace:
        model(tiny_models.words(30))
        with pytest.raises(ValueError, match="must hold the 30 positions of this stream, not 0"):
            model(tiny_models.words(30))
    cache = transformers.DynamicCache()
    with torch.no_grad():
        model(tiny_models.words(30), past_key_values=cache)
    with (
        trace.chunk("frame"),
        trace,
        pytest.raises(ValueError, match="must hold this stream's keys"),
    ):
        model(tiny_models.words(3), past_key_values=other_cache(model))
    with resv.hf.retrieval(model, "full"):
        with pytest.raises(ValueError, match="must hold the 0 positions of this stream, not 30"):
            model(tiny_models.words(3), past_key_values=cache)


def other_cache(model):
    """As long as the stream's, of other words."""
    cache = transformers.DynamicCache()
    with torch.no_grad():
        before = model.config._attn_implementation
        model.set_attn_implementation("sdpa")
        model(tiny_models.words(30, seed=9), past_key_values=cache)
        model.set_attn_implementation(before)
    return cache


def test_a_cache_that_was_cut_is_noticed():
    model, cache = tiny_models.make(), transformers.DynamicCache()
    with resv.hf.retrieval(model, "full"):
        model(tiny_models.words(30), past_key_values=cache)
        cache.crop(-5)
        with pytest.raises(ValueError, match="must hold the 30 positions of this stream, not 25"):
            model(tiny_models.words(5), past_key_values=cache)


def test_a_pass_that_broke_off_ends_the_stream(tmp_path):
    model, cache = tiny_models.make(), transformers.DynamicCache()
    layer = model.model.layers[1]
    with resv.hf.retrieval(model, "full", capture=True) as trace, torch.no_grad():
        model(tiny_models.words(30), past_key_values=cache)
        hook = layer.register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            model(tiny_models.words(4), past_key_values=cache)
        hook.remove()
        with pytest.raises(ValueError, match="after a pass that broke off in layer 1: begin a new"):
            model(tiny_models.words(4), past_key_values=cache)
    assert trace.tokens == 30  # what was done before is kept
    trace.save(tmp_path / "trace", {"seed": "0", "weights": "random", "source": "drawn"})
    assert len(resv.load_trace(tmp_path / "trace").frame) == 30


def test_nothing_is_held_after_the_end():
    model = tiny_models.make()
    before = len(resv.hf.retrieval.__globals__["interface"]._inside)
    with resv.hf.retrieval(model, "full", capture=True):
        model(tiny_models.words(3))
    gc.collect()
    assert len(resv.hf.retrieval.__globals__["interface"]._inside) == before == 0
