"""knobs: a policy, its numbers and a configuration, as a user gives them."""

import pytest

from resv import Config, policies
from resv.online import Knobs, resolve
from resv.tokens import Kind


def test_a_share_holds_for_all_kinds_or_each_has_its_own():
    assert resolve("topk_token", 0.1)[1] == Knobs(0.1, 0.1)
    assert resolve("cell:frames=8", {"frames": 0.1, "text": 1})[1] == Knobs(0.1, 1.0)


def test_frames_have_a_knob_and_everything_else_has_the_other():
    knobs = Knobs(frames=0.1, text=0.7)
    assert [knobs.of(kind) for kind in Kind] == [0.7, 0.1, 0.7, 0.7]


def test_Th_r_is_a_step_of_the_register():
    assert resolve("resv")[1] == Knobs(19_661 / 65_536, 19_661 / 65_536)
    assert resolve("resv", 0.999999)[1] == Knobs(1.0, 1.0)  # "all" (D20)
    assert resolve("resv", config=Config(Th_r=0.5))[1] == Knobs(0.5, 0.5)


def test_resv_plus_has_it_too_and_a_target_is_a_share():
    assert resolve("resv_plus", 0.3)[1] == Knobs(19_661 / 65_536, 19_661 / 65_536)
    assert resolve("resv:auto=ratio", 0.3)[1] == Knobs(0.3, 0.3)


def test_full_has_no_knob():
    assert resolve("full")[1] == Knobs(0.0, 0.0)


def test_a_configuration_is_resv_with_it():
    given = Config.paper(Th_hd=3, Th_r=0.25, sink_tokens=4, recent_tokens=50, cluster_cap=9)
    policy, knobs, config = resolve(given)
    expected = policies.make("resv:Th_hd=3:max_clusters=1024:cluster_cap=9")
    assert (policy, knobs, config) == (expected, Knobs(0.25, 0.25), given)


@pytest.mark.parametrize(
    ("policy", "settings", "error", "message"),
    [
        ("topk_tokens", {"knob": 0.1}, ValueError, "not 'topk_tokens'; did you mean topk_token"),
        ("topk_token:part=1", {"knob": 0.1}, ValueError, "not 'part'; did you mean partial"),
        (3, {}, TypeError, "policy must be a Policy or its name, not int"),
        ("topk_token", {}, ValueError, r"knob of topk_token \(share .*\) must be given, not None"),
        ("topk_token", {"knob": 1.1}, ValueError, "knob of frames must be between 0 and 1, not"),
        ("topk_token", {"knob": "all"}, TypeError, "knob of frames must be a number, not str"),
        ("topk_token", {"knob": {"frames": 1}}, ValueError, "entries frames and text, not"),
        ("full", {"knob": 0.5}, ValueError, "knob must not be given for full, .* not 0.5"),
        ("full", {"config": 3}, TypeError, "config must be a Config, not int"),
        ("full", {"config": Config(scale=1.0)}, ValueError, "scale must be None, .* not 1.0"),
        ("resv", {"config": Config(wicsum="integer")}, ValueError, "wicsum must be 'float64'"),
        (Config(), {"knob": 0.5}, ValueError, "must not be given beside a Config"),
        ("kmeans", {"knob": 0.1, "config": Config(recent_tokens=9)}, ValueError, "at most recent"),
    ],
)
def test_what_does_not_fit_is_refused(policy, settings, error, message):
    with pytest.raises(error, match=message):
        resolve(policy, **settings)
