"""choosing: a stream chunk by chunk selects what a walk over its trace selects, and ReSV itself."""

import numpy as np
import pytest

import resv
from model.lab_traces import made
from resv import Config, policies
from resv.online import LayerChooser, Layout, Record, Timeline, resolve

CONFIG = Config(sink_tokens=3, recent_tokens=8, Th_hd=5)
POLICIES = [
    ("full", None),
    ("random", 0.4),
    ("recent", 0.4),
    ("topk_token", {"frames": 0.2, "text": 0.5}),
    ("topk_frame_mean", 0.4),
    ("topk_frame_exp", 0.4),
    ("segment", 0.4),
    ("cell:frames=4", 0.4),
    ("kmeans:block_tokens=8:clusters=3", 0.4),
    ("resv:Th_hd=5", 0.3),
]


def streamed(trace, policy, knob, config=CONFIG, seed=3):
    """What layer 0 chooses, chunk by chunk."""
    policy, knobs, config = resolve(policy, knob, config)
    timeline, kv_heads = Timeline(config.max_chunk), trace.k.shape[1]
    timeline.add(timeline.plan(len(trace.frame), Layout(trace.frame, trace.kind)))
    sizes = {"kv_heads": kv_heads, "d": trace.q.shape[3], "scale": trace.scale}
    chooser = LayerChooser(policy, knobs, config, layer=0, seed=seed, **sizes)
    record = Record(1, kv_heads, positions=True)
    rest = Timeline(config.max_chunk)
    attended = []
    for piece in rest.plan(len(trace.frame), Layout(trace.frame, trace.kind)).pieces:
        q, k = (each[0][:, piece.start : piece.stop] for each in (trace.q, trace.k))
        choices = chooser.take(piece, q, k, timeline)
        record.note(piece, 0, choices)
        attended.append([choice.attended for choice in choices])
    record.close()
    return record, attended


@pytest.mark.parametrize(("policy", "knob"), POLICIES)
def test_selects_what_a_walk_over_the_trace_selects(policy, knob, seed):
    trace = made(seed)
    record, _ = streamed(trace, policy, knob)
    made_policy, knobs, config = resolve(policy, knob, CONFIG)
    for kv_head in range(trace.k.shape[1]):
        head, seen_chunks = made_policy.start(), set()
        for seen in policies.walk(trace, 0, kv_head, config, seed=3):
            entries = head.entries(seen.past, seen.rows)
            wanted = seen.past.far.start + np.flatnonzero(entries <= knobs.of(seen.kind))
            assert (record.selected(seen.chunk, 0, kv_head) == wanted).all()
            seen_chunks.add(seen.chunk)
        others = set(range(len(record.chunks))) - seen_chunks
        assert all(record.chunks[n].far == 0 for n in others)


@pytest.mark.parametrize("Th_r", [0.0, 0.3, 1.0])
def test_a_configuration_selects_and_attends_as_resv(Th_r, seed):
    trace = made(seed)
    config = Config(sink_tokens=3, recent_tokens=8, Th_hd=5, Th_r=Th_r)
    record, attended = streamed(trace, config, None, None)
    for step in resv.replay(trace, config):
        for kv_head in range(step.kv_heads):
            expected = step.head(0, kv_head)
            assert (record.selected(step.chunk, 0, kv_head) == expected.selected_tokens).all()
            assert (attended[step.chunk][kv_head] == expected.attended).all()


def test_the_ratio_is_sum_over_sum(seed):
    trace = made(seed)
    record, _ = streamed(trace, "topk_token", {"frames": 0.2, "text": 0.5})
    for kinds in (("frame",), ("question", "decoded"), ("frame", "question", "decoded")):
        far, selected = 0, np.zeros(trace.k.shape[1])
        for chunk in record.chunks:
            if chunk.piece.kind.name.lower() in kinds:
                far += chunk.far
                for kv_head in range(trace.k.shape[1]):
                    selected[kv_head] += len(record.selected(chunk.piece.index, 0, kv_head))
        assert record.ratio(kinds) == pytest.approx(selected[None] / far)


def test_what_there_is_not_is_refused(seed):
    trace = made(seed)
    record, _ = streamed(trace, "full", None, Config(recent_tokens=10_000))
    with pytest.raises(ValueError, match=r"behind its sinks and recent window .* not .* tokens"):
        record.ratio()
    with pytest.raises(ValueError, match=r"kind must be one of .system., .frame..* not 'frames'"):
        record.ratio(["frames"])
    with pytest.raises(ValueError, match="chunk must be between 0 and"):
        record.selected(10_000, 0, 0)
    with pytest.raises(ValueError, match="positions must be True"):
        Record(1, 1).selected(0, 0, 0)


def test_numbers_that_are_none_are_refused(seed):
    trace = made(seed)
    k = trace.k.copy()
    k[0, 1, 5, 2] = np.nan
    broken = resv.Trace.__new__(resv.Trace)
    for name, value in {**vars(trace), "k": k}.items():
        object.__setattr__(broken, name, value)
    with pytest.raises(ValueError, match="keys of layer 0 must be finite everywhere, not nan"):
        streamed(broken, "full", None)


def test_entries_of_an_own_policy_are_checked(seed):
    class Short(policies.Policy):
        name = "short"

        def start(self):
            return ShortHead(self)

    class ShortHead(policies.Head):
        def entries(self, past, rows):
            return np.zeros(1)

    with pytest.raises(ValueError, match="entries of the policy must have shape"):
        streamed(made(seed), Short(), 0.5)
