"""selection: the first difference of two files, and the line that is damaged, in words."""

import json

import pytest

import resv
from model.selection_files import CONFIG, small_trace
from resv import Trace, selection


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


def changed(path, name, line, change):
    """A copy of a file with one line's object changed."""
    lines = path.read_text().splitlines()
    value = json.loads(lines[line])
    change(value)
    lines[line] = json.dumps(value)
    copy = path.with_name(name)
    copy.write_text("\n".join(lines) + "\n")
    return copy


def test_spaces_are_no_difference(written):
    assert selection.diff(written, changed(written, "b", 3, lambda chunk: None)) is None


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (0, lambda h: h.update(spec=2), "spec: 1 in A, 2 in B"),
        (0, lambda h: h["config"].update(Th_r=0.25), "config Th_r: 0.5 in A, 0.25 in B"),
        (0, lambda h: h["config"].pop("Th_hd"), "config Th_hd: 3 in A, missing in B"),
        (0, lambda h: h["config"].update(more=7), "config more: missing in A, 7 in B"),
        (0, lambda h: h.update(trace="00"), "trace: HASH in A, 00 in B"),
        (2, lambda c: c.update(frame=3), "chunk 1, frame: 0 in A, 3 in B"),
        (2, lambda c: c.update(kind=3), "chunk 1, kind: 1 in A, 3 in B"),
        (2, lambda c: c.update(first=9), "chunk 1, first: 8 in A, 9 in B"),
        (
            3,
            lambda c: c["heads"][2]["clusters"].__setitem__(5, -7),
            "chunk 2, layer 1, kv_head 0, clusters of token 5 (position 21): X in A, -7 in B",
        ),
        (
            3,
            lambda c: c["heads"][1]["founded"].__setitem__(0, 7),
            "chunk 2, layer 0, kv_head 1, founded of token 0 (position 16): X in A, 7 in B",
        ),
        (
            3,
            lambda c: c["heads"][1]["full"].__setitem__(7, 7),
            "chunk 2, layer 0, kv_head 1, full of token 7 (position 23): 0 in A, 7 in B",
        ),
        (
            3,
            lambda c: c["heads"][3]["distances"].__setitem__(1, 77),
            "chunk 2, layer 1, kv_head 1, distances of token 1 (position 17): X in A, 77 in B",
        ),
        (
            6,
            lambda c: c["heads"][0].update(selected_clusters=[]),
            "chunk 5, layer 0, kv_head 0, selected cluster X: present in A, missing in B",
        ),
        (
            6,
            lambda c: c["heads"][0]["selected_tokens"].append(99),
            "chunk 5, layer 0, kv_head 0, selected token 99: missing in A, present in B",
        ),
    ],
)
def test_the_first_difference_is_told(written, trace, line, change, message):
    other = changed(written, "b", line, change)
    other = changed(other, "c", -1, lambda c: c["heads"][3]["clusters"].__setitem__(-1, -9))
    found = selection.diff(written, other).replace(str(written), "A").replace(str(other), "B")
    before, _, after = message.replace("HASH", trace.sha256).partition("X")
    assert found.startswith(before)
    assert found.endswith(after)
    mirrored = selection.diff(other, written)
    assert mirrored.startswith(message.partition(":")[0].partition("X")[0])


def test_the_number_of_layers_is_a_difference(tmp_path, trace, written):
    half = Trace(
        q=trace.q[:1],
        k=trace.k[:1],
        v=trace.v[:1],
        frame=trace.frame,
        metadata=trace.metadata,
        sha256=trace.sha256,
    )
    path = tmp_path / "half"
    selection.write_selection(path, half, CONFIG, resv.replay(half, CONFIG))
    assert selection.diff(written, path) == f"layers: 2 in {written}, 1 in {path}"


def test_a_file_that_ends_early_is_a_difference(written):
    short = written.with_name("short")
    short.write_text("".join(written.read_text().splitlines(keepends=True)[:-2]))
    expected = f"{short} ends after 4 chunks, {written} has more"
    assert selection.diff(written, short) == expected
    assert selection.diff(short, written) == expected


# -- damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (
            0,
            lambda h: h.update(format="resv-trace/1"),
            "format must be 'resv-selection/1', not 'resv-t",
        ),
        (0, lambda h: h.pop("spec"), "header must have the field spec$"),
        (0, lambda h: h.update(layers="2"), "layers must be of type int, not str$"),
        (0, lambda h: h.update(config=None), "config must be of type dict, not NoneType$"),
        (2, lambda c: c.pop("frame"), "chunk must have the field frame$"),
        (2, lambda c: c.update(more=1), r"chunk must have only the fields \[.*\], not 'more'$"),
        (2, lambda c: c.update(tokens=8.0), "tokens must be of type int, not float$"),
        (2, lambda c: c.update(chunk=2), "chunk must be 1, not 2$"),
        (2, lambda c: c["heads"].pop(), "heads must be 4 heads, not 3$"),
        (2, lambda c: c["heads"].reverse(), "layer and kv_head must be 0 and 0, not 1 and 1$"),
        (2, lambda c: c["heads"].__setitem__(0, 5), "head must be an object, not int$"),
        (2, lambda c: c["heads"][1].pop("full"), "head must have the field full$"),
        (
            2,
            lambda c: c["heads"][1]["full"].pop(),
            "full must have one entry a token, not 7 entries for 8 tokens$",
        ),
        (
            2,
            lambda c: c["heads"][1]["founded"].__setitem__(0, True),
            "founded must have integers only$",
        ),
        (
            6,
            lambda c: c["heads"][1]["selected_tokens"].reverse(),
            "selected_tokens must be ascending$",
        ),
    ],
)
def test_damage_is_told_by_file_and_line(written, line, change, message):
    other = changed(written, "b", line, change)
    with pytest.raises(ValueError, match=f"^{other}, line {line + 1}: {message}"):
        selection.read_selection(other)
    with pytest.raises(ValueError, match=f"^{other}, line {line + 1}: {message}"):
        selection.diff(written, other)


@pytest.mark.parametrize("cut", [1, 30])
def test_a_file_cut_off_is_damaged(written, cut):
    whole = written.read_bytes()
    written.write_bytes(whole[:-cut])
    with pytest.raises(
        ValueError, match=f"^{written}, line 7: must be a whole line, but the file ends"
    ):
        selection.read_selection(written)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": must begin with a resv-selection/1 header, not be empty$"),
        (b"{\n", ", line 1: must be a JSON object, not damaged JSON$"),
        (b"[" * 100_000 + b"\n", ", line 1: must be a JSON object, not damaged JSON$"),
        (b"\xff\x00\xfe\n", ", line 1: must be a JSON object, not damaged JSON$"),
        (b"[]\n", ", line 1: format must be 'resv-selection/1', not None$"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{path}{message}"):
        selection.read_selection(path)


def test_a_missing_file_is_an_os_error(written):
    with pytest.raises(FileNotFoundError):
        selection.diff(written, written.with_name("missing"))
