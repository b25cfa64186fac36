"""recorder: from pictures to a complete trace, with each KV head's query heads."""

import numpy as np
import pytest

from resv import recorder
from resv.recorder import Recipe
from resv.regimes import Regime


def pictures(count):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (3, 384, 384), np.uint8) for _ in range(count)]


def test_recording_makes_a_complete_trace():
    made = recorder.record(
        pictures(2), Recipe(layers=(4, 1), kv_heads=(1,), seed=5), {"source": "noise"}
    )
    assert made.q.shape == (2, 4, 60, 128)
    assert made.k.shape == made.v.shape == (2, 1, 60, 128)
    assert made.warnings == ()
    assert made.frame.tolist() == [-1] * 16 + [0] * 10 + [1] * 10 + [-2] * 24
    assert made.kind.tolist() == [0] * 16 + [1] * 20 + [2] * 16 + [3] * 8
    assert made.metadata["source"] == "noise"
    assert np.abs(made.q[0].astype(np.float32) - made.q[1].astype(np.float32)).max() > 1


class Notebook:
    """Takes the decoder's place: notes the chunks; entry h of every query is its head h."""

    def __init__(self, size, regime, seed, depth):
        self.size, self.depth, self.chunks = size, depth, []
        Notebook.last = self

    def step(self, embeddings):
        self.chunks.append(len(embeddings))

    def captured(self, layers):
        def heads(count):
            shape = (len(layers), count, sum(self.chunks), self.size.head_size)
            return np.broadcast_to(np.arange(count)[:, None, None], shape).astype(np.float32)

        return heads(self.size.query_heads), heads(self.size.kv_heads), heads(self.size.kv_heads)


@pytest.mark.parametrize(
    ("kv_heads", "query_heads"),
    [((0,), [0, 1, 2, 3]), ((1,), [4, 5, 6, 7]), ((1, 0), [4, 5, 6, 7, 0, 1, 2, 3])],
)
def test_each_kv_head_comes_with_its_query_heads(monkeypatch, kv_heads, query_heads):
    monkeypatch.setattr(recorder, "Decoder", Notebook)
    made = recorder.record(pictures(3), Recipe(layers=(2, 0), kv_heads=kv_heads))
    assert made.q[0, :, 0, 0].tolist() == query_heads
    assert made.k[0, :, 0, 0].tolist() == made.v[0, :, 0, 0].tolist() == list(kv_heads)
    assert Notebook.last.chunks == [16, 10, 10, 10, 16] + [1] * 8
    assert Notebook.last.depth == 3


def test_frames_can_go_through_in_batches(monkeypatch):
    one = recorder.record(pictures(5), Recipe(layers=(1,)))
    four = recorder.record(pictures(5), Recipe(layers=(1,), frames_per_step=4))
    assert four.frame.tolist() == one.frame.tolist()
    for name in ("q", "k", "v"):
        difference = getattr(one, name).astype(float) - getattr(four, name).astype(float)
        assert np.abs(difference).max() < 0.1  # BF16, entries up to 10
    monkeypatch.setattr(recorder, "Decoder", Notebook)
    recorder.record(pictures(5), Recipe(layers=(1,), frames_per_step=4))
    assert Notebook.last.chunks == [16, 40, 10, 16] + [1] * 8


def test_long_text_goes_through_in_pieces(monkeypatch):
    recipe = Recipe(layers=(0,), system_tokens=0, question_tokens=20, decoded_tokens=0)
    whole = recorder.record([], recipe)
    monkeypatch.setattr(recorder, "TEXT_TOKENS_PER_STEP", 8)
    pieces = recorder.record([], recipe)
    assert pieces.kind.tolist() == [2] * 20
    assert np.abs(pieces.k.astype(float) - whole.k.astype(float)).max() < 0.1  # BF16
    monkeypatch.setattr(recorder, "Decoder", Notebook)
    recorder.record([], recipe)
    assert Notebook.last.chunks == [8, 8, 4]


def test_layers_behind_the_last_one_kept_do_not_matter():
    shallow = recorder.record(pictures(2), Recipe(layers=(0,)))
    deep = recorder.record(pictures(2), Recipe(layers=(0, 2)))
    assert (shallow.k[0] == deep.k[0]).all()


def test_text_may_be_left_out():
    recipe = Recipe(layers=(0,), system_tokens=0, question_tokens=0, decoded_tokens=0)
    made = recorder.record(pictures(1), recipe)
    assert made.kind.tolist() == [1] * 10
    with pytest.raises(ValueError, match="a trace must have at least one token, not none"):
        recorder.record([], recipe)


def test_own_knobs_are_written_down():
    knobs = Regime(0.1, 0.2, -1.0, 10.0, 2.0)
    made = recorder.record(pictures(1), Recipe(regime="custom", knobs=knobs, layers=(0,)))
    assert made.metadata["regime"] == "custom"
    assert made.metadata["knobs"] == (
        "key_bias 0.1, head_spread 0.2, logit_mean -1, slow_tilt 10, logit_spread 2"
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"regime": "trained"}, r"regime must be one of 'isotropic', .*, not 'trained'"),
        ({"kv_heads": (2,)}, "kv_heads must be between 0 and 1, not 2"),
        ({"layers": (6,)}, "layers must be between 0 and 5, not 6"),
        ({"layers": ()}, "layers must name at least one, not none"),
        ({"layers": (1, 1)}, r"layers must be different from each other, not \[1, 1\]"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"decoded_tokens": -1}, "decoded_tokens must be at least 0, not -1"),
        ({"frames_per_step": 0}, "frames_per_step must be at least 1, not 0"),
    ],
)
def test_bad_recipes_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**values)
