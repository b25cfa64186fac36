"""engines: whole streams, fast against plain; growing arrays; what the fast one does not touch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from resv import ChunkRefused, Config, ReSV, selection, to_bfloat16
from resv.growing import Growing

PARTS = (
    "layer kv_head sinks words token_count selected_clusters selected_tokens attended clusters "
    "founded full distances far_tokens selected_count clusters_before"
).split()


def same(one, other):
    """Whether two steps are equal in everything, dtypes included."""
    for a, b in zip(one.heads, other.heads, strict=True):
        for name in PARTS:
            x, y = np.asarray(getattr(a, name)), np.asarray(getattr(b, name))
            assert x.dtype == y.dtype, name
            assert x.tolist() == y.tolist(), name
    for name in ("chunk", "first", "tokens", "frame", "kind", "selected_tokens", "far_tokens"):
        assert getattr(one, name) == getattr(other, name), name
    return True


def same_tables(one, other, layers, kv_heads, first):
    for at in np.ndindex(layers, kv_heads):
        a, b = one.table(*at), other.table(*at)
        assert (a.mean_keys().view(np.uint16) == b.mean_keys().view(np.uint16)).all()
        assert a.cluster_of.tolist() == b.cluster_of.tolist()
        assert a.hash_clusters.words.tolist() == b.hash_clusters.words.tolist()
        assert a.hash_clusters.members.tolist() == b.hash_clusters.members.tolist()
        assert a.token_count(first).tolist() == b.token_count(first).tolist()
        assert a.positions(0).tolist() == b.positions(0).tolist()
        assert (
            a.far_tokens(first, np.array([0])).tolist()
            == b.far_tokens(first, np.array([0])).tolist()
        )


def random_chunk(rng, tokens, places, d=16):
    """Two layers, two KV heads, four query heads; keys near a few places, so that they cluster."""
    keys = places[:, :, rng.integers(0, places.shape[2], tokens)]
    keys = keys + 0.2 * rng.standard_normal(keys.shape)
    q = rng.standard_normal((2, 4, tokens, d)) * 3
    return to_bfloat16(q), to_bfloat16(keys), to_bfloat16(rng.standard_normal(keys.shape))


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_streams_are_the_same_in_both_engines(seed):
    rng = np.random.default_rng(seed)
    config = Config(
        hash_bits=int(rng.choice([8, 32, 40])),
        Th_hd=int(rng.choice([0, 3, 7, 9])),
        Th_r=float(rng.choice([0, 0.3, 0.8, 1])),
        sink_tokens=int(rng.choice([0, 3, 16])),
        recent_tokens=int(rng.choice([0, 5, 20])),
        max_clusters=int(rng.choice([1, 4, 4_096])),
        cluster_cap=rng.choice([None, 1, 6]),
        wicsum=str(rng.choice(["float64", "integer"])),
    )
    places = rng.standard_normal((2, 2, 5, 16))
    plain, fast = (ReSV(config, engine=engine).start() for engine in ("plain", "fast"))
    steps = []
    for frame in range(8):
        chunk = random_chunk(rng, int(rng.integers(1, 12)), places)
        steps.append([state.step(*chunk, frame=frame) for state in (plain, fast)])
    for one, other in steps:  # later chunks have not changed earlier steps
        assert same(one, other)
    same_tables(plain, fast, 2, 2, plain.tokens)
    same_tables(plain, fast, 2, 2, plain.tokens // 2)  # counts of an earlier time
    q = chunk[0]
    assert (plain.light_attention(one, q) == fast.light_attention(other, q)).all()


@pytest.mark.parametrize("wicsum", ["float64", "integer"])
def test_the_excerpt_is_the_same_in_both_engines(wicsum, tmp_path):
    trace = resv.load_trace(resv.excerpt_path())
    config = Config.paper(wicsum=wicsum)
    for one, other in zip(
        resv.replay(trace, config), resv.replay(trace, config, "fast"), strict=True
    ):
        assert same(one, other)
    for engine in ("plain", "fast"):
        steps = resv.replay(trace, config, engine)
        selection.write_selection(tmp_path / engine, trace, config, steps)
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "fast").read_bytes()


def test_a_refused_chunk_changes_nothing_in_the_fast_engine(seed):
    rng = np.random.default_rng(seed)
    config = Config(max_clusters=1, max_chunk=60_000, Th_hd=33, sink_tokens=0)
    states = [ReSV(config, engine=engine).start() for engine in ("plain", "fast")]
    places = rng.standard_normal((2, 2, 1, 16))
    first, second, third = (random_chunk(rng, n, places) for n in (5_000, 1_000, 9))
    messages = []
    for state in states:
        state.step(*first, frame=0)
        state.step(*second, frame=1)
        with pytest.raises(ChunkRefused) as error:
            state.step(*third, frame=2)
        messages.append(str(error.value))
        assert state.tokens == 6_000
    assert messages[0] == messages[1]
    same_tables(*states, 2, 2, 6_000)


def test_an_unknown_engine_lists_the_known_ones():
    with pytest.raises(ValueError, match="engine must be one of 'plain', 'fast', not 'quick'"):
        ReSV(engine="quick")


def test_what_was_handed_out_of_a_growing_array_stays():
    growing = Growing(np.int32, 2)
    first = np.arange(10).reshape(5, 2)
    growing.append(first)
    seen = growing.filled
    growing.append(np.ones((5_000, 2)))
    assert seen.tolist() == first.tolist()
    assert len(growing) == 5_005
    assert growing.filled[5:].min() == growing.filled[5:].max() == 1


def test_the_form_of_wicsum_is_in_the_configuration():
    assert "wicsum" not in Config().to_dict()
    assert Config(wicsum="integer").to_dict()["wicsum"] == "integer"
    for config in (Config(), Config(wicsum="integer")):
        assert Config.from_dict(config.to_dict()) == config
    with pytest.raises(ValueError, match="wicsum must be one of 'float64', 'integer', not 'int'"):
        Config(wicsum="int")


def test_a_device_cannot_resume(tmp_path):
    class Nothing:
        pass

    algorithm = ReSV(engine=resv.External(Nothing()))
    message = "^engine must be 'plain' or 'fast' to resume a stream, not a device$"
    with pytest.raises(ValueError, match=message):
        algorithm.resume(tmp_path / "state")
