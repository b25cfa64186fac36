"""quality: logits with retrieval against full attention, restated from two plain runs."""

import numpy as np
import pytest

import resv.hf
from hf import tiny_models
from resv import Config

CONFIG = Config(sink_tokens=4, recent_tokens=20)


def test_figures_are_those_of_two_runs():
    model, passes = tiny_models.make("Qwen3"), tiny_models.stream()
    found = resv.hf.quality(model, "random", passes, knob=0.2, config=CONFIG, seed=4)
    full = tiny_models.play(model, passes)[0].double().numpy()
    with resv.hf.retrieval(model, "random", knob=0.2, config=CONFIG, seed=4) as trace:
        light = tiny_models.play(model, passes, trace)[0].double().numpy()
    p, q = (np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (full, light))
    kl = (p * np.log(p / q)).sum(axis=1)
    assert found.kl == pytest.approx(np.maximum(kl, 0), abs=1e-9)
    assert (found.agrees == (p.argmax(axis=1) == q.argmax(axis=1))).all()
    assert (found.ratio() == trace.ratio()).all()
    behind = np.arange(135) >= 5 + 4 * 6  # the fourth frame is the first with far tokens
    assert (found.far[~behind] == 0).all()
    assert (found.far[behind] > 0).all()
    assert found.kl[~behind].max() < 1e-12
    assert kl[behind].max() > 1e-3
    text = found.kind >= 2
    figures = found.figures("question", "decoded")
    assert figures["positions"] == 10
    assert figures["kl"] == pytest.approx(kl[text].mean())
    assert figures["top1"] == found.agrees[text].mean()
    assert figures["ratio"] == pytest.approx(trace.ratio("question", "decoded").mean())
    assert found.figures()["positions"] == behind.sum()


def test_full_is_full():
    model, passes = tiny_models.make(), tiny_models.stream()
    found = resv.hf.quality(model, "full", passes, config=CONFIG)
    assert found.kl.max() < 1e-10
    assert found.agrees.all()
    assert (found.ratio() == 1).all()


def test_more_tokens_come_nearer_to_full():
    model, passes = tiny_models.make(), tiny_models.stream(frames=30)
    kl = [
        resv.hf.quality(model, "topk_token", passes, knob=knob, config=CONFIG).figures()["kl"]
        for knob in (0.05, 0.3, 0.8)
    ]
    assert kl[0] > 2 * kl[1] > 4 * kl[2] > 0


def test_shapes_of_inputs_do_not_matter():
    model, passes = tiny_models.make(), tiny_models.stream()
    flat = [(kind, x[0]) for kind, x in passes]
    a, b = (
        resv.hf.quality(model, "resv", iter(each), config=CONFIG, knob=0.1)
        for each in (passes, flat)
    )
    assert (a.kl == b.kl).all()


WORDS = tiny_models.words(30)
BAD = [
    ([("frames", WORDS)], ValueError, "kind of pass 0 of the stream must be one of 'system'"),
    ([("frame", WORDS), WORDS], TypeError, "pass 1 of the stream must be a pair of kind and tens"),
    ([("frame", [1, 2])], TypeError, "pass 0 of the stream must have a tensor, not list"),
    ([("frame", WORDS.expand(2, -1))], ValueError, r"shape \[T\] or \[1, T\], not \[2, 30\]"),
    ([("frame", WORDS[:, :0])], ValueError, r"not \[1, 0\]"),
    ([("frame", WORDS[:, :24])], ValueError, "sinks and recent window, 24 tokens, not 24"),
    ([], ValueError, "not 0"),
]


@pytest.mark.parametrize(("stream", "error", "message"), BAD)
def test_what_is_no_stream_is_refused(stream, error, message):
    with pytest.raises(error, match=message):
        resv.hf.quality(tiny_models.make(), "full", stream, config=CONFIG)


def test_a_model_that_cannot_be_compared_is_refused():
    model = tiny_models.make()
    with pytest.raises(
        ValueError, match="model must have a head that gives logits, not LlamaModel"
    ):
        resv.hf.quality(model.model, "full", [("frame", WORDS)], config=CONFIG)
    with pytest.raises(ValueError, match="model must be in eval mode"):
        resv.hf.quality(model.train(), "full", [("frame", WORDS)], config=CONFIG)
    assert model.config._attn_implementation == "sdpa"


def test_one_pass_of_few_tokens_has_no_figures():
    """Longer than the window, but nothing comes after it."""
    model = tiny_models.make()
    found = resv.hf.quality(model, "full", [("question", WORDS)], config=CONFIG)
    with pytest.raises(ValueError, match=r"stream must have chunks of kind .* not 30 tokens"):
        found.figures()
