"""excerpt: the committed files are the pinned ones and plausible; the recipe works."""

import hashlib
import re
import warnings

import ml_dtypes
import numpy as np
import pytest

import resv
from resv import excerpt, film, tensors, traces
from resv.tokens import Kind

README = traces.excerpt_path().with_name("README.md")
SINKS = 16


@pytest.fixture(scope="module")
def trace():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return traces.load_trace(traces.excerpt_path())


def test_the_excerpt_is_the_pinned_file(trace):
    content = traces.excerpt_path().read_bytes()
    assert hashlib.sha256(content).hexdigest() == trace.sha256 == excerpt.EXCERPT_SHA256
    assert len(content) < 1_000_000


def test_the_readme_names_both_files_as_they_are(trace):
    rows = re.findall(r"^\| `(.*)` \| ([0-9,]+) \| `([0-9a-f]{64})` \|$", README.read_text(), re.M)
    assert len(rows) == 2
    for name, size, sha256 in rows:
        content = README.with_name(name).read_bytes()
        assert len(content) == int(size.replace(",", ""))
        assert hashlib.sha256(content).hexdigest() == sha256
    for sha256 in (film.CLIP_SHA256, film.SDIST_SHA256):
        assert sha256 in README.read_text()


def test_the_readme_draws_the_hyperplanes(tmp_path, monkeypatch):
    """If a NumPy draws other numbers, the shipped file stays and this note must say so."""
    [script] = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, str(README), "exec"), {})
    shipped = README.with_name("hyperplanes.safetensors")
    assert (tmp_path / "hyperplanes.safetensors").read_bytes() == shipped.read_bytes()


def test_the_hyperplanes_are_standard_normal():
    arrays, metadata, _ = tensors.read_tensors(README.with_name("hyperplanes.safetensors"))
    planes = arrays["hyperplanes"]
    assert (planes.shape, planes.dtype) == ((128, 256), ml_dtypes.bfloat16)
    assert metadata["format"] == "resv-hyperplanes/1"
    planes = planes.astype(np.float64)
    assert abs(planes.mean()) < 0.02
    assert planes.std() == pytest.approx(1, abs=0.01)
    between = np.corrcoef(planes)[np.triu_indices(128, 1)]
    assert np.abs(between).max() < 5 / np.sqrt(256)
    assert between.std() == pytest.approx(1 / np.sqrt(256), rel=0.1)


def test_what_the_excerpt_holds(trace):
    assert trace.q.shape == (1, 4, 640, 128)
    assert trace.k.shape == trace.v.shape == (1, 1, 640, 128)
    facts = traces.describe(trace)
    assert facts["kinds"] == {"system": 16, "frame": 600, "question": 16, "decoded": 8}
    assert facts["frames"] == 60
    assert facts["chunks"] == 1 + 60 + 1 + 8
    lengths = [(chunk.kind, chunk.stop - chunk.start) for chunk in trace.chunks()]
    assert lengths[0] == (Kind.SYSTEM, 16)
    assert lengths[1:61] == [(Kind.FRAME, 10)] * 60
    assert lengths[61:] == [(Kind.QUESTION, 16)] + [(Kind.DECODED, 1)] * 8
    assert trace.scale == pytest.approx(128**-0.5, rel=1e-15)
    assert trace.metadata["weights"] == "random"
    assert trace.metadata["regime"] == "calibrated"
    assert trace.metadata["clip_sha256"] == film.CLIP_SHA256
    for part in ("Big Buck Bunny", "2008 Blender Foundation", "www.bigbuckbunny.org", "CC BY 3.0"):
        assert part in trace.metadata["source"]


def hashed(trace):
    """Hash words of the clustered tokens, uint8 [624, 4]."""
    return resv.hash_bits(np.ascontiguousarray(trace.k[0, 0, SINKS:]), resv.hyperplanes(32, 128))


def test_keys_form_neither_one_cluster_nor_one_for_each(trace):
    founders, members = [], []
    for word in hashed(trace):
        distances = [int(np.bitwise_count(word ^ founder).sum()) for founder in founders]
        if distances and min(distances) < 7:
            members[distances.index(min(distances))] += 1
        else:
            founders.append(word)
            members.append(1)
    assert len(members) == 41
    assert max(members) == 214
    assert sum(members) == 624


def test_hamming_distance_follows_the_cosine(trace):
    keys = trace.k[0, 0, SINKS:].astype(np.float64)
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    words = hashed(trace)
    pairs = np.triu_indices(len(keys), 1)
    cosine = (keys @ keys.T)[pairs]
    distance = resv.hamming_distance(words, words)[pairs]
    assert np.corrcoef(distance, cosine)[0, 1] == pytest.approx(-0.72, abs=0.01)


def test_logits_are_as_sharp_as_trained_ones(trace):
    q, k = trace.q[0].astype(np.float64), trace.k[0, 0].astype(np.float64)
    logits = (q @ k.T) * trace.scale
    causal = logits[:, np.tri(640, dtype=bool)]
    assert 3 < causal.std() < 7
    assert 0.6 < (causal < 0).mean() < 0.9


def test_cuts_of_the_film_are_visible_in_the_keys(trace):
    keys = trace.k[0, 0, 16:616].astype(np.float64)
    keys = (keys - keys.mean(0)).reshape(60, 10, 128)
    keys /= np.linalg.norm(keys, axis=2, keepdims=True)
    to_next = (keys[1:] * keys[:-1]).sum(2).mean(1)
    assert np.median(to_next) > 0.7
    assert set(np.flatnonzero(to_next < 0.2)) == {18, 22, 26, 31, 39}
    assert np.abs(np.diff(keys, axis=0)).max((1, 2)).min() > 0  # no two frames are the same


def pictures(count):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (3, 384, 384), np.uint8) for _ in range(count)]


@pytest.mark.parametrize("exists", [False, True])
def test_another_clip_is_one_line_and_status_2(tmp_path, capsys, exists):
    clip, output = tmp_path / "clip.mp4", tmp_path / "out"
    if exists:
        clip.write_bytes(b"another film")
    assert excerpt.main([str(clip), "-o", str(output)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    if exists:
        found = hashlib.sha256(b"another film").hexdigest()
        assert f"SHA-256 {film.CLIP_SHA256}, not {found}" in printed.err
    else:
        assert str(clip) in printed.err
    assert not output.exists()


def test_the_recipe_runs_from_clip_to_file(tmp_path, monkeypatch, capsys):
    """The whole way, on noise in place of the film and for two frames."""
    clip, output = tmp_path / "clip.mp4", tmp_path / "out"
    clip.write_bytes(b"a film")
    asked = []

    def noise(*arguments):
        asked.append(arguments)
        return iter(pictures(2))

    monkeypatch.setattr(film, "CLIP_SHA256", hashlib.sha256(b"a film").hexdigest())
    monkeypatch.setattr(excerpt, "sample_pictures", noise)
    assert excerpt.main([str(clip), "-o", str(output)]) == 0
    assert asked == [(str(clip), 2, 60, 60)]
    made = traces.load_trace(output)
    assert made.q.shape == (1, 4, 60, 128)
    assert made.warnings == ()
    printed = capsys.readouterr().out
    assert printed.startswith(f"{output}: SHA-256 {made.sha256}, not the committed excerpt")
