"""retrieval: what a model attends to is what was selected, and nothing else changes."""

import numpy as np
import pytest
import torch

import resv.hf
from hf import tiny_models
from resv import Config, policies
from resv.attention import light_attention
from resv.hf.attention import as_bfloat16

CONFIG = Config(sink_tokens=4, recent_tokens=20)
TOLERANCE = {torch.float32: 2e-5, torch.bfloat16: 0.15}
"""Of logits whose size is a few units: rounding of the dtype through three layers."""


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("family", tiny_models.FAMILIES)
@pytest.mark.parametrize(("policy", "knob"), [("full", None), ("topk_token", 1), ("resv", 1)])
def test_selecting_all_is_sdpa(family, dtype, policy, knob):
    model = tiny_models.make(family, dtype=dtype)
    passes = [(kind, x.to(dtype) if kind == "frame" else x) for kind, x in tiny_models.stream()]
    assert model.config._attn_implementation == "sdpa"
    expected = tiny_models.play(model, passes)
    with resv.hf.retrieval(model, policy, knob=knob, config=CONFIG) as trace:
        found = tiny_models.play(model, passes, trace)
    assert trace.ratio().min() == 1
    assert expected.std() > 0.3
    assert (found - expected).abs().max() < TOLERANCE[dtype]
    assert found.dtype == dtype


@pytest.mark.parametrize("steps", [[135], [1] * 135, [50, 1, 1, 83], [7, 64, 64]])
def test_chunking_changes_nothing_for_full(steps):
    model, ids = tiny_models.make(), tiny_models.words(135)
    with torch.no_grad():
        expected = model(ids).logits
    parts = [("question", part) for part in ids.split(steps, dim=1)]
    with resv.hf.retrieval(model, "full", config=Config(max_chunk=32)) as trace:
        found = tiny_models.play(model, parts, trace)
    assert (found - expected).abs().max() < TOLERANCE[torch.float32]


def test_the_scale_is_the_models_own():
    model, ids = tiny_models.make(), tiny_models.words(80)
    plain = tiny_models.play(model, [("question", ids)])
    for layer in model.model.layers:
        layer.self_attn.scaling = 0.7
    expected = tiny_models.play(model, [("question", ids)])
    with resv.hf.retrieval(model, "full") as trace:
        found = tiny_models.play(model, [("question", ids)], trace)
    assert (found - expected).abs().max() < TOLERANCE[torch.float32]
    assert (plain - expected).abs().max() > 0.1


def newest(first, share):
    """Positions that `recent` leaves out, by its definition."""
    far = range(4, max(first - 20, 4))
    kept = int(np.floor(share * len(far) + 0.5))
    return list(far)[: len(far) - kept]


@pytest.mark.parametrize("family", ["Llama", "Qwen3"])
def test_outputs_are_those_of_the_same_mask_in_the_models_own_attention(family):
    """The newest far tokens: a selection that all layers and heads share, so a mask can say it."""
    model, ids = tiny_models.make(family), tiny_models.words(120)
    mask = torch.ones(120, 120, dtype=torch.bool).tril()
    for start in range(0, 120, 10):
        mask[start : start + 10, newest(start, 0.37)] = False
    with torch.no_grad():
        expected = model(ids, attention_mask=mask[None, None]).logits
        full = model(ids).logits
    passes = [("frame", part) for part in ids.split(10, dim=1)]
    with resv.hf.retrieval(model, "recent", knob=0.37, config=CONFIG) as trace:
        found = tiny_models.play(model, passes, trace)
    assert (found - expected).abs().max() < TOLERANCE[torch.float32]
    assert (full - expected).abs().max() > 0.1  # it matters


def outputs_of(model, layer):
    """What the attention of a layer gives, pass after pass, as its output projection sees it."""
    seen = []
    projection = model.model.layers[layer].self_attn.o_proj
    hook = projection.register_forward_pre_hook(lambda module, given: seen.append(given[0][0]))
    return seen, hook


def test_heads_attend_to_their_own_selections(tmp_path):
    """Against attention in float64 over the captured numbers, head by head."""
    model = tiny_models.make(dtype=torch.bfloat16)
    passes = [(kind, x.bfloat16() if kind == "frame" else x) for kind, x in tiny_models.stream()]
    seen, hook = outputs_of(model, layer=1)
    asked = {"knob": 0.3, "config": CONFIG, "positions": True, "capture": True}
    with resv.hf.retrieval(model, "topk_token", **asked) as trace:
        tiny_models.play(model, passes, trace)
    hook.remove()
    trace.save(tmp_path / "trace", tiny_models_metadata())
    loaded = resv.load_trace(tmp_path / "trace")
    found = as_bfloat16(torch.cat(seen)).astype(np.float64).reshape(len(loaded.frame), 4, 16)
    differ = 0
    for chunk in loaded.chunks():
        near = [*range(min(4, chunk.start)), *range(max(chunk.start - 20, 4), chunk.start)]
        chosen = [trace.selected(chunk.index, 1, kv_head) for kv_head in range(2)]
        attended = [np.union1d(near, each).astype(np.int64) for each in chosen]
        upto = loaded.k[1][:, : chunk.stop], loaded.v[1][:, : chunk.stop]
        expected = light_attention(chunk.q[1], *upto, loaded.scale, attended)
        part = found[chunk.start : chunk.stop].transpose(1, 0, 2)
        assert np.abs(part - expected).max() < 2**-7 * np.abs(expected).max()
        differ += len(chosen[0]) > 0 and set(chosen[0]) != set(chosen[1])
    assert differ > 5


def tiny_models_metadata():
    return {"seed": "0", "weights": "random", "source": "drawn"}


def test_generate_needs_no_declarations():
    model, ids = tiny_models.make(), tiny_models.words(60)
    expected = model.generate(ids, max_new_tokens=12, do_sample=False)
    with resv.hf.retrieval(model, "full", config=CONFIG) as trace:
        found = model.generate(ids, max_new_tokens=12, do_sample=False)
    assert (found == expected).all()
    kinds = [chunk.piece.kind.name for chunk in trace.record.chunks]
    assert kinds == ["QUESTION"] + ["DECODED"] * 11
    assert trace.tokens == 71  # the last word is never read


def test_an_own_policy_and_a_configuration_are_taken():
    class Oldest(policies.Policy):
        name = "oldest"

        def scores(self, past, rows):
            return -np.arange(past.far_tokens, dtype=np.float64)

    model = tiny_models.make()
    asked = {"config": CONFIG, "positions": True}
    with resv.hf.retrieval(model, Oldest(), knob=0.2, **asked) as trace:
        tiny_models.play(model, tiny_models.stream(), trace)
    far = trace.record.chunks[20].far
    assert trace.selected(20, 2, 1).tolist() == list(range(4, 4 + int(0.2 * far + 0.5)))
    with resv.hf.retrieval(model, Config(sink_tokens=4, recent_tokens=20, Th_hd=3)) as trace:
        tiny_models.play(model, tiny_models.stream(), trace)
    assert 0 < trace.ratio().mean() < 1
