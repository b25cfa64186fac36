"""state: a stream saved anywhere goes on with identical results; other files are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from resv import Config, ReSV, to_bfloat16
from resv.tensors import read_tensors, write_tensors

CONFIG = Config(
    hash_bits=16, Th_hd=4, sink_tokens=5, recent_tokens=9, max_clusters=20, cluster_cap=12
)
SIZES = [3, 1, 4, 6, 2, 6, 1, 1, 7, 5]
PARTS = (
    "layer kv_head sinks words token_count selected_clusters selected_tokens attended clusters "
    "founded full distances"
).split()


def vectors(seed, tokens, d=16):
    """Two layers, two KV heads, four query heads; keys around a few centres."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((2, 2, 6, d))
    k = centres[:, :, rng.integers(0, 6, tokens)]
    k = k + 0.3 * rng.standard_normal(k.shape)
    k *= 2.0 ** rng.integers(-20, 20, (tokens, 1))  # so that sums need all of float64
    q = 3 * rng.standard_normal((2, 4, tokens, d))
    return to_bfloat16(q), to_bfloat16(k), to_bfloat16(rng.standard_normal(k.shape))


def run(state, arrays, chunks):
    """Step through the chunks of these numbers; what every step gives, as Python values."""
    starts = np.cumsum([0, *SIZES])
    facts = []
    for n in chunks:
        part = [array[:, :, starts[n] : starts[n + 1]] for array in arrays]
        step = state.step(*part, frame=n)
        own = [step.chunk, step.first, step.frame, step.kind]
        heads = [[np.asarray(getattr(h, name)).tolist() for name in PARTS] for h in step.heads]
        facts.append([own, heads])
    return facts


@pytest.fixture
def saved(tmp_path):
    """The file of a stream of four chunks."""
    state = ReSV(CONFIG).start()
    run(state, vectors(1, sum(SIZES)), range(4))
    state.save(tmp_path / "state")
    return tmp_path / "state"


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, len(SIZES)), max_size=3),
    st.lists(st.sampled_from(["plain", "fast"]), min_size=4, max_size=4),
    st.sampled_from([0, 5, 16]),
    st.sampled_from(["float64", "integer"]),
)
def test_a_stream_saved_anywhere_goes_on_identically(
    tmp_path_factory, seed, stops, engines, sink_tokens, wicsum
):
    path = tmp_path_factory.mktemp("state") / "state"
    config = replace(CONFIG, sink_tokens=sink_tokens, wicsum=wicsum)
    arrays = vectors(seed, sum(SIZES))
    whole = ReSV(config).start()
    expected = run(whole, arrays, range(len(SIZES)))
    state = ReSV(config, engine=engines[0]).start()
    found, done = [], 0
    for engine, stop in zip(engines[1:], sorted(stops), strict=False):
        found += run(state, arrays, range(done, stop))
        done = stop
        state.save(path)
        state = ReSV(config, engine=engine).resume(path)
    found += run(state, arrays, range(done, len(SIZES)))
    assert found == expected
    for at in np.ndindex(2, 2):
        one, other = whole.table(*at), state.table(*at)
        assert one.sums.tobytes() == other.sums.tobytes()
        assert one.mean_keys().tobytes() == other.mean_keys().tobytes()
        assert one.hash_clusters.members.tolist() == other.hash_clusters.members.tolist()


def test_the_same_state_is_the_same_file_in_both_engines(tmp_path):
    hashes = []
    for engine in ("plain", "fast"):
        state = ReSV(CONFIG, engine=engine).start()
        run(state, vectors(1, sum(SIZES)), range(7))
        hashes.append(state.save(tmp_path / engine))
    assert hashes[0] == hashes[1]
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "fast").read_bytes()


def test_no_key_or_value_is_in_the_file(saved):
    tensors, metadata, _ = read_tensors(saved)
    heads = [f"{n}.{m}" for n, m in np.ndindex(2, 2)]
    assert sorted(tensors) == sorted(
        f"{name}.{head}" for name in ("words", "cluster_of", "sums") for head in heads
    )
    assert {tensor.dtype.name for tensor in tensors.values()} == {"uint8", "int32", "float64"}
    assert metadata["format"] == "resv-state/1"
    assert json.loads(metadata["config"]) == CONFIG.to_dict()


def test_attention_after_a_resume_needs_the_keys_and_values(saved):
    arrays = vectors(1, sum(SIZES))
    _, k, v = arrays
    part = [array[:, :, 14:16] for array in arrays]
    whole = ReSV(CONFIG).start()
    run(whole, arrays, range(4))
    expected = whole.light_attention(whole.step(*part, frame=4), part[0])

    given_them = ReSV(CONFIG).resume(saved, k=k[:, :, :14], v=v[:, :, :14])
    step = given_them.step(*part, frame=4)
    assert np.array_equal(given_them.light_attention(step, part[0]), expected)
    assert np.array_equal(given_them.keys, k[:, :, :16])

    bare = ReSV(CONFIG).resume(saved)
    step = bare.step(*part, frame=4)
    message = r"^keys and values must be known from position 0, not from 14: .* ReSV\.resume$"
    for asked in (
        lambda: bare.light_attention(step, part[0]),
        lambda: bare.full_attention(step, part[0]),
        lambda: bare.keys,
        lambda: bare.values,
    ):
        with pytest.raises(ValueError, match=message):
            asked()


def test_what_does_not_fit_the_state_is_refused(saved):
    _, k, v = vectors(1, sum(SIZES))
    with pytest.raises(ValueError, match=r"^k must have shape \[2, 2, 14, 16\], not \[2, 2, 31"):
        ReSV(CONFIG).resume(saved, k=k[:, :, :31], v=v[:, :, :14])
    with pytest.raises(TypeError, match=r"^k and v must be given both or neither"):
        ReSV(CONFIG).resume(saved, k=k[:, :, :14])
    with pytest.raises(TypeError, match=r"^v must be a bfloat16 array, not float32"):
        ReSV(CONFIG).resume(saved, k=k[:, :, :14], v=v[:, :, :14].astype(np.float32))
    resumed = ReSV(CONFIG).resume(saved)
    with pytest.raises(ValueError, match=r"^q must have shape"):
        resumed.step(k[:, :1, :2], k[:, :1, :2], v[:, :1, :2], frame=9)
    with pytest.raises(ValueError, match=r"^frame must not decrease, not 2 after 3"):
        resumed.step(np.repeat(k[:, :, :2], 2, axis=1), k[:, :, :2], v[:, :, :2], frame=2)


def test_a_stream_without_a_chunk_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match=r"^stream must have taken at least one chunk"):
        ReSV(CONFIG).start().save(tmp_path / "state")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Th_hd": 5}, "config Th_hd must be 5 as in this ReSV, not 4"),
        ({"hash_bits": 32}, "config hash_bits must be 32 as in this ReSV, not 16"),
        ({"scale": 0.25}, "config scale must be 0.25 as in this ReSV, not None"),
        ({"cluster_cap": None}, "config cluster_cap must be None as in this ReSV, not 12"),
        ({"wicsum": "integer"}, "config wicsum must be 'integer' as in this ReSV, not 'float64'"),
    ],
)
def test_another_configuration_is_refused(saved, change, message):
    with pytest.raises(ValueError, match=f"^.*{saved.name}: {message}$"):
        ReSV(replace(CONFIG, **change)).resume(saved)


def test_other_hyperplanes_are_refused(saved):
    planes = resv.hyperplanes(128, 256)
    ReSV(CONFIG, planes[:16]).resume(saved)
    with pytest.raises(ValueError, match=r"config_sha256 must be .*, of this ReSV's configuration"):
        ReSV(CONFIG, planes[64:]).resume(saved)


def edited(saved, metadata=None, **tensors):
    """The saved file with some entries replaced; None removes one."""
    old_tensors, old_metadata, _ = read_tensors(saved)
    new = {name.replace("__", "."): value for name, value in tensors.items()}
    for old, changes in ((old_tensors, new), (old_metadata, metadata or {})):
        old.update(changes)
        for name in [name for name, value in old.items() if value is None]:
            del old[name]
    write_tensors(saved, old_tensors, old_metadata)
    return saved


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"format": "resv-trace/1"}, "format must be 'resv-state/1', not 'resv-trace/1'"),
        ({"format": None}, "format must be 'resv-state/1', not None"),
        ({"tokens": None}, "tokens must be a whole number, not None"),
        ({"tokens": "-4"}, "tokens must be a whole number, not '-4'"),
        ({"tokens": "13"}, r"cluster_of\.0\.0 must have shape \[13\], not \[14\]"),
        ({"layers": "0"}, "layers must be at least 1, not 0"),
        ({"kv_heads": "3"}, "query_heads must be a multiple of kv_heads, not 4 of 3"),
        ({"kv_heads": "1"}, "tensors must be 3 a head, 6, not 12"),
        ({"chunks": "15"}, "chunks must be between 1 and 14, not 15"),
        ({"d": "300"}, "d must be between 1 and 256, not 300"),
        ({"d": "8"}, "config_sha256 must be "),
        (
            {"config": "{}"},
            "config must describe a configuration, not be damaged: config must have",
        ),
        ({"config": "{"}, "config must describe a configuration, not be damaged: "),
        ({"config_sha256": "0" * 64}, "config_sha256 must be .*, not 0000"),
    ],
)
def test_damaged_metadata_is_refused(saved, metadata, message):
    with pytest.raises(ValueError, match=f"^.*state: {message}"):
        ReSV(CONFIG).resume(edited(saved, metadata))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("words", lambda a: None, "tensors must be 3 a head, 12, not 11"),
        ("words", lambda a: a[:, :1], r"words\.0\.1 must have shape \[any, 2\]"),
        ("words", lambda a: a[:-1], r"sums\.0\.1 must have shape"),
        ("sums", lambda a: a.astype(np.float32), r"sums\.0\.1 must be a float64 array"),
        ("sums", lambda a: a * np.nan, r"sums\.0\.1 must be finite everywhere"),
        ("cluster_of", lambda a: np.where(a < 0, 0, a), r"cluster_of\.0\.1 must be -1 for the 5"),
        ("cluster_of", lambda a: np.full_like(a, -1), r"cluster_of\.0\.1 must found clusters one"),
        ("cluster_of", lambda a: a + (a >= 0), r"cluster_of\.0\.1 must found clusters one after"),
        ("cluster_of", lambda a: np.minimum(a, 0), r"cluster_of\.0\.1 must have the \d+ clusters"),
    ],
)
def test_damaged_tables_are_refused(saved, name, change, message):
    tensors, _, _ = read_tensors(saved)
    tensor = change(tensors[f"{name}.0.1"])
    tensor = tensor if tensor is None else np.ascontiguousarray(tensor, tensor.dtype)
    with pytest.raises(ValueError, match=f"^.*state: {message}"):
        ReSV(CONFIG).resume(edited(saved, **{f"{name}__0__1": tensor}))


def test_a_cluster_may_not_have_more_members_than_16_bits_hold(saved):
    config = replace(CONFIG, sink_tokens=0)
    state = ReSV(config).start()
    ones = np.ones((1, 1, 1, 4), resv.numerics.BF16)
    state.step(ones, ones, ones, frame=0)
    state.save(saved)
    many = np.zeros(65_536, np.int32)
    edited(saved, {"tokens": "65536"}, cluster_of__0__0=many)
    with pytest.raises(ValueError, match=r"must give a cluster 65535 members at most, not 65536"):
        ReSV(config).resume(saved)


def test_a_file_cut_anywhere_is_refused(saved):
    content = saved.read_bytes()
    for length in (0, 5, 40, len(content) // 2, len(content) - 1):
        saved.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"state: must be an undamaged safetensors file"):
            ReSV(CONFIG).resume(saved)
    with pytest.raises(FileNotFoundError):
        ReSV(CONFIG).resume(saved.with_name("nothing"))


def test_a_save_that_fails_leaves_the_old_state(saved, monkeypatch):
    before = saved.read_bytes()
    state = ReSV(CONFIG).resume(saved)
    run(state, vectors(1, sum(SIZES)), range(4, 6))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match=r"No space left on device"):
        state.save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["state"]
