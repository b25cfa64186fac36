"""captured: a trace from a model is as any other, and selections on it are those inside."""

import numpy as np
import pytest
import torch
import transformers

import resv.hf
from hf import tiny_models
from resv import Config, cli, policies
from resv.hf.attention import as_bfloat16
from resv.online import resolve

CONFIG = Config(sink_tokens=4, recent_tokens=20, Th_hd=4)
ABOUT = {"seed": "0", "weights": "random", "source": "drawn"}
POLICIES = [
    ("full", None),
    ("random", 0.3),
    ("topk_token:partial=0.5", {"frames": 0.2, "text": 0.6}),
    ("topk_frame_mean", 0.3),
    ("topk_frame_exp", 0.3),
    ("segment", 0.3),
    ("cell:frames=4", 0.3),
    ("kmeans:block_tokens=16:clusters=3", 0.3),
    ("resv:Th_hd=4", 0.3),
]


def captured(path, policy, knob=None, family="Llama", config=CONFIG, **asked):
    """A trace of a tiny model under a policy, and the retrieval that it is from."""
    model = tiny_models.make(family)
    if not isinstance(policy, Config):
        asked |= {"knob": knob, "config": config}
    with resv.hf.retrieval(model, policy, positions=True, capture=True, **asked) as trace:
        tiny_models.play(model, tiny_models.stream(), trace)
    trace.save(path, ABOUT)
    return trace, resv.load_trace(path)


@pytest.mark.parametrize("family", ["Llama", "Qwen3"])
@pytest.mark.parametrize(("policy", "knob"), POLICIES)
def test_selections_are_those_of_the_policy_on_the_trace(tmp_path, family, policy, knob):
    trace, loaded = captured(tmp_path / "trace", policy, knob, family, seed=5)
    made, knobs, config = resolve(policy, knob, CONFIG)
    compared = 0
    for layer, kv_head in np.ndindex(3, 2):
        head = made.start()
        for seen in policies.walk(loaded, layer, kv_head, config, seed=5):
            entries = head.entries(seen.past, seen.rows)
            wanted = seen.past.far.start + np.flatnonzero(entries <= knobs.of(seen.kind))
            assert (trace.selected(seen.chunk, layer, kv_head) == wanted).all()
            compared += len(wanted)
    assert compared > 1_000


@pytest.mark.parametrize("family", ["Llama", "Qwen2"])
@pytest.mark.parametrize("Th_r", [0.0, 0.3, 0.9])
def test_selections_are_those_of_resv_on_the_trace(tmp_path, family, Th_r):
    config = Config(sink_tokens=4, recent_tokens=20, Th_hd=4, Th_r=Th_r)
    trace, loaded = captured(tmp_path / "trace", config, family=family)
    for step in resv.replay(loaded, config):
        for head in step.heads:
            found = trace.selected(step.chunk, head.layer, head.kv_head)
            assert (found == head.selected_tokens).all()
    assert 0 < trace.ratio().mean() < 1


def test_one_pass_with_a_layout_is_the_same_stream(tmp_path):
    """The same words in chunks of a pass each, and all in one pass."""
    model, ids = tiny_models.make(), tiny_models.words(130)
    frame = np.repeat(np.arange(13), 10).astype(np.int32)
    asked = {"config": CONFIG, "positions": True, "capture": True}
    with resv.hf.retrieval(model, "resv:Th_hd=4", **asked) as parts, torch.no_grad():
        expected = tiny_models.play(model, [("frame", x) for x in ids.split(10, dim=1)], parts)
    with resv.hf.retrieval(model, "resv:Th_hd=4", **asked) as whole, torch.no_grad():
        with whole.layout(frame):
            found = model(ids).logits
    assert (found - expected).abs().max() < 2e-5
    parts.save(tmp_path / "parts", ABOUT)
    whole.save(tmp_path / "whole", ABOUT)
    a, b = (resv.load_trace(tmp_path / name) for name in ("parts", "whole"))
    assert (a.frame == b.frame).all()
    assert (a.chunk == b.chunk).all()
    assert np.abs(a.k.astype(float) - b.k.astype(float)).max() < 0.05  # a step of BF16


def test_the_trace_holds_what_the_layers_saw(tmp_path):
    """Under `full` the cache, to the bit; queries through the model's own functions."""
    model = tiny_models.make("Qwen3")
    cache = transformers.DynamicCache()
    with resv.hf.retrieval(model, "full", config=CONFIG, capture=True) as trace:
        tiny_models.play(model, tiny_models.stream(), trace, cache)
    trace.save(tmp_path / "trace", ABOUT)
    loaded = resv.load_trace(tmp_path / "trace")
    for layer in range(3):
        assert (loaded.k[layer] == as_bfloat16(cache.layers[layer].keys)[0]).all()
        assert (loaded.v[layer] == as_bfloat16(cache.layers[layer].values)[0]).all()
    first = {}
    attention = model.model.layers[0].self_attn
    hook = attention.q_norm.register_forward_hook(lambda m, i, o: first.update(q=o))
    passes = tiny_models.stream()
    with torch.no_grad():
        inputs = model.model.embed_tokens(passes[0][1])
        model(inputs_embeds=inputs)
        places = torch.arange(5)[None]
        cos, sin = model.model.rotary_emb(inputs, places)
    hook.remove()
    rotate = transformers.models.qwen3.modeling_qwen3.apply_rotary_pos_emb
    q, _ = rotate(first["q"].transpose(1, 2), first["q"].transpose(1, 2), cos, sin)
    assert (loaded.q[0, :, :5] == as_bfloat16(q)[0]).all()


def test_a_trace_of_a_model_is_a_valid_one(tmp_path, capsys):
    path = tmp_path / "model.safetensors"
    _, loaded = captured(path, "full")
    assert loaded.warnings == ()
    assert loaded.metadata["policy"] == "full"
    assert loaded.metadata["rope_theta"] == "10000.0"
    assert loaded.scale == 0.25
    assert cli.run(["trace", "validate", "--strict", str(path)]) == 0
    assert "135 tokens in 25 chunks, 3 × 2 heads of 16" in capsys.readouterr().out
    assert cli.run(["select", str(path), "-o", str(tmp_path / "selection")]) == 0
    arguments = ["--policies", "full,resv", "--recent-tokens", "20", "--no-link", "--no-plots"]
    assert cli.run(["compare", str(path), "-o", str(tmp_path / "out"), *arguments]) == 0
    assert (tmp_path / "out" / "results.csv").stat().st_size


def test_the_hcu_takes_its_keys(tmp_path):
    """The words that `make sim SIM=fast` would send, and what the golden model does with them."""
    from hcu import stream_hcu

    _, loaded = captured(tmp_path / "trace", "full")
    config = Config(Th_hd=4)
    chunks, _ = stream_hcu.of_trace(loaded, config)
    steps = list(resv.replay(loaded, config))
    assert len(chunks) == len(steps) * 6
    words = [head.words for step in steps for head in step.heads]
    for found, expected in zip(chunks, words, strict=True):
        assert (found.words == expected).all()


def test_some_layers_only(tmp_path):
    model = tiny_models.make()
    with resv.hf.retrieval(model, "full", capture=[0, 2], folder=tmp_path) as trace:
        model(tiny_models.words(30))
    trace.save(tmp_path / "some", ABOUT)
    with resv.hf.retrieval(model, "full", capture=True) as everything:
        model(tiny_models.words(30))
    everything.save(tmp_path / "all", ABOUT)
    some, whole = (resv.load_trace(tmp_path / name) for name in ("some", "all"))
    assert (some.q == whole.q[[0, 2]]).all()
    assert "layers [0, 2]" in some.metadata["model"]


@pytest.mark.parametrize(
    ("capture", "error", "message"),
    [
        ([0, 3], ValueError, "layer of capture must be between 0 and 2, not 3"),
        ([1, 1], ValueError, r"layers of capture must ascend, at least one, not \[1, 1\]"),
        ([], ValueError, "at least one, not"),
        ("all", TypeError, "capture must be True, False or numbers of layers, not str"),
        (1.5, TypeError, "not float"),
    ],
)
def test_what_cannot_be_captured_is_refused(capture, error, message):
    with pytest.raises(error, match=message):
        resv.hf.retrieval(tiny_models.make(), "full", capture=capture)


def test_saving_without_capturing_is_refused(tmp_path):
    trace = resv.hf.retrieval(tiny_models.make(), "full")
    with pytest.raises(ValueError, match="capture must be True, or name layers"):
        trace.save(tmp_path / "trace")
    trace = resv.hf.retrieval(tiny_models.make(), "full", capture=True)
    with pytest.raises(ValueError, match="tokens of the stream must be at least 1, not 0"):
        trace.save(tmp_path / "trace")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_numbers_are_rounded_to_nearest_even(dtype, seed):
    drawn = torch.randn(2_000, generator=torch.Generator().manual_seed(seed)).to(dtype)
    ties = torch.tensor([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8, 0.0, -0.0]).to(dtype)
    tensor = torch.cat([drawn, ties])
    expected = resv.to_bfloat16(tensor.float().numpy())
    assert as_bfloat16(tensor).tobytes() == expected.tobytes()
