"""traces: round trip, warnings, the facts of a trace."""

import warnings

import numpy as np
import pytest

from model.small_traces import BF16, FRAME, KIND, METADATA, make, raw
from resv import traces
from resv.traces import load_trace, save_trace


@pytest.mark.parametrize("ahead", [False, True])
def test_round_trip(tmp_path, ahead):
    before = make(q_ahead=make().q + BF16(1) if ahead else None)
    sha256 = save_trace(tmp_path / "a", before)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = load_trace(tmp_path / "a")
    for name in ("q", "k", "v", "frame", "kind", "chunk"):
        one, other = getattr(before, name), getattr(after, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
        assert not other.flags.writeable
    if ahead:
        np.testing.assert_array_equal(before.q_ahead, after.q_ahead)
    else:
        assert after.q_ahead is None
    assert (after.metadata, after.sha256, after.warnings) == (METADATA, sha256, ())
    assert after.scale == 0.25
    assert save_trace(tmp_path / "b", after) == sha256  # the same trace, the same bytes


def test_the_bytes_depend_on_no_order(tmp_path):
    turned = dict(reversed(METADATA.items()))
    assert save_trace(tmp_path / "a", make()) == save_trace(tmp_path / "b", make(metadata=turned))


def test_the_arrays_given_stay_writeable():
    frame = FRAME.copy()
    trace = make(frame=frame)
    frame[:] = frame
    with pytest.raises(ValueError, match="read-only"):
        trace.frame[0] = 0


def load_with_warnings(path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = load_trace(path)
    assert [str(w.message) for w in caught] == [f"{path}: {line}" for line in trace.warnings]
    assert all(w.filename == __file__ for w in caught)  # it points at the caller
    return trace


def test_missing_metadata_is_warned_about(tmp_path):
    raw(tmp_path / "a", metadata={"format": "resv-trace/1", "other": "kept"})
    trace = load_with_warnings(tmp_path / "a")
    assert list(trace.warnings) == [f"metadata {name} is missing" for name in traces.METADATA[1:]]
    assert trace.scale == pytest.approx(6**-0.5, rel=1e-15)
    assert trace.metadata["other"] == "kept"


def test_tensors_that_are_not_used_are_warned_about(tmp_path):
    raw(tmp_path / "a", kind=None, kinds=KIND, hidden=np.zeros(3, np.float32))
    trace = load_with_warnings(tmp_path / "a")
    assert trace.warnings == ("tensor hidden is not used", "tensor kinds is not used")


def test_the_facts_of_a_trace(tmp_path):
    save_trace(tmp_path / "a", make())
    facts = traces.describe(load_trace(tmp_path / "a"))
    assert facts.pop("sha256") == load_trace(tmp_path / "a").sha256
    assert facts == {
        "tokens": 11,
        "layers": 2,
        "query_heads": 4,
        "kv_heads": 2,
        "head_size": 6,
        "frames": 2,
        "kinds": {"system": 2, "frame": 5, "question": 2, "decoded": 2},
        "chunks": 6,
        "scale": 0.25,
        "size_bytes": 2 * (4 + 2 + 2) * 11 * 6 * 2,
        "metadata": METADATA,
        "warnings": [],
    }
