"""selection: files as D37 says, whole or not at all."""

import hashlib
import json
import os

import pytest

import resv
from model.selection_files import CONFIG, small_trace
from resv import Config, Trace, selection


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Trace:
    return small_trace(tmp_path_factory.mktemp("traces"))


@pytest.fixture(scope="module")
def steps(trace):
    return list(resv.replay(trace, CONFIG))


@pytest.fixture
def written(tmp_path, trace, steps):
    path = tmp_path / "a.jsonl"
    selection.write_selection(path, trace, CONFIG, steps)
    return path


def test_a_file_holds_what_the_steps_did(written, trace, steps):
    header, *chunks = [json.loads(line) for line in written.read_text().splitlines()]
    assert header == {
        "format": "resv-selection/1",
        "spec": 1,
        "config": CONFIG.to_dict() | {"scale": 0.5},
        "trace": trace.sha256,
        "layers": 2,
        "kv_heads": 2,
    }
    assert len(chunks) == len(steps) == 6
    for chunk, step in zip(chunks, steps, strict=True):
        heads = chunk.pop("heads")
        names = ("chunk", "frame", "kind", "first", "tokens")
        assert list(chunk.items()) == [(name, int(getattr(step, name))) for name in names]
        assert [(h["layer"], h["kv_head"]) for h in heads] == [(0, 0), (0, 1), (1, 0), (1, 1)]
        for entry, head in zip(heads, step.heads, strict=True):
            assert list(entry)[2:] == [
                *("clusters", "founded", "full", "distances"),
                *("selected_clusters", "selected_tokens"),
            ]
            for name in list(entry)[2:]:
                assert entry[name] == [int(value) for value in getattr(head, name)]
    assert chunks[0]["frame"] == -1
    last = json.loads(written.read_text().splitlines()[-1])["heads"][0]
    assert last["selected_tokens"]
    assert '"founded":[0,0,0,0,0,1,' in written.read_text()  # numbers, not true and false


def test_files_are_reproducible(written, tmp_path, trace):
    again = tmp_path / "again.jsonl"
    selection.write_selection(again, trace, CONFIG, resv.replay(trace, CONFIG))
    assert again.read_bytes() == written.read_bytes()
    assert selection.diff(written, again) is None


def test_a_file_is_read_as_it_was_written(written):
    found = selection.read_selection(written)
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert [found.header, *found.chunks] == lines
    assert Config.from_dict(found.header["config"]).Th_r == 0.5


def test_defaults_are_written_in_full(tmp_path, trace):
    path = tmp_path / "defaults.jsonl"
    selection.write_selection(path, trace, None, resv.replay(trace))
    assert selection.read_selection(path).header["config"] == Config(scale=0.5).to_dict()


def test_the_excerpt_s_file_has_these_very_bytes(tmp_path):
    """On every machine. A change of the algorithm, or of the excerpt, is a change of this hash."""
    excerpt = resv.load_trace(resv.excerpt_path())
    path = tmp_path / "excerpt.jsonl"
    selection.write_selection(path, excerpt, None, resv.replay(excerpt))
    assert len(selection.read_selection(path).chunks) == sum(1 for _ in excerpt.chunks()) == 70
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == "d8ee9549aad512d8b5a6af324e1394966559cac4ae7cd48a383ce59e5b62f474"


# -- whole or not at all ---------------------------------------------------------------------------


def test_a_failure_half_way_leaves_nothing_new(written, trace, steps):
    before = written.read_bytes()

    def failing():
        yield from steps[:2]
        raise resv.ChunkRefused("chunk refused")

    for path in (written, written.with_name("new.jsonl")):
        with pytest.raises(resv.ChunkRefused):
            selection.write_selection(path, trace, CONFIG, failing())
    assert written.read_bytes() == before
    assert os.listdir(written.parent) == [written.name]


def test_chunks_are_written_as_they_come(tmp_path, trace, steps):
    seen = []

    def watched():
        for step in steps:
            seen.append(os.listdir(tmp_path))
            yield step

    selection.write_selection(tmp_path / "a", trace, CONFIG, watched())
    assert "a" not in seen[-1]
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("name", "error"),
    [("missing/a.jsonl", FileNotFoundError), ("file/a.jsonl", NotADirectoryError)],
)
def test_errors_name_the_file_that_was_asked_for(tmp_path, trace, steps, name, error):
    (tmp_path / "file").write_text("")
    with pytest.raises(error) as caught:
        selection.write_selection(tmp_path / name, trace, CONFIG, steps)
    assert caught.value.filename == str(tmp_path / name)


def test_a_trace_that_is_no_file_has_no_hash(tmp_path, trace, steps):
    homeless = Trace(q=trace.q, k=trace.k, v=trace.v, frame=trace.frame)
    with pytest.raises(
        ValueError, match=r"^trace must have a sha256, as load_trace gives it, not "
    ):
        selection.write_selection(tmp_path / "a", homeless, CONFIG, steps)
