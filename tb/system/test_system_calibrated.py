"""Mode calibrated: the errors it must keep, and which points it was fitted to."""

import pytest

from resv import system
from resv.laboratory.plots import pyplot
from resv.system import calibration, modes, output, paper
from resv.system.figures import FIGURES
from resv.system.figures.base import TOLERANCE
from resv.system.figures.latency import speedup

PAPER = paper.points()
PAPERS = [name for name in FIGURES if name[0].isdigit() or name.startswith("table")]
LONG = (10_000, 20_000, 40_000)


def error(call, machine, policy, tokens, point):
    """Signed, of calibrated."""
    return call(machine, policy, tokens=tokens).milliseconds / PAPER[point] - 1


@pytest.mark.parametrize(
    ("kind", "tokens", "most"),
    [("frame", n, 0.08) for n in (1_000, 5_000)]
    + [("token", n, 0.08) for n in (1_000, 40_000)]
    + [("frame", n, 0.17) for n in LONG],
)
def test_edge(kind, tokens, most):
    point = f"{kind}.v-rex8.1.{tokens}"
    assert abs(error(getattr(system, kind), "v-rex8", "kvmu", tokens, point)) <= most


def test_edge_in_batches():
    four = speedup("calibrated", "frame", "edge", 4, 40_000) / PAPER["speedup.frame.edge.4.40000"]
    many = system.frame(tokens=40_000, batch=16).fps / PAPER["fps.v-rex8.16.40000"]
    assert abs(four - 1) <= 0.20
    assert abs(many - 1) <= 0.20


@pytest.mark.parametrize("kind", ["frame", "token"])
def test_server_at_1k(kind):
    point = f"{kind}.v-rex48.1.1000"
    assert abs(error(getattr(system, kind), "v-rex48", "kvmu", 1_000, point)) <= 0.05


@pytest.mark.parametrize("tokens", [1_000, 40_000])
@pytest.mark.parametrize("kind", ["frame", "token"])
@pytest.mark.parametrize(("place", "gpu"), [("edge", "agx-orin"), ("server", "a100")])
def test_ends_of_flexgen(place, gpu, kind, tokens):
    point = f"flexgen.{kind}.{place}.1.{tokens}"
    assert abs(error(getattr(system, kind), gpu, "flexgen", tokens, point)) <= 0.03


@pytest.mark.parametrize(("place", "machine"), [("edge", "v-rex8"), ("server", "v-rex48")])
@pytest.mark.parametrize("kind", ["frame", "token"])
@pytest.mark.parametrize("tokens", [1_000, 40_000])
def test_times_of_flexgen_are_speedups_times_times(place, machine, kind, tokens):
    product = PAPER[f"speedup.{kind}.{place}.1.{tokens}"] * PAPER[f"{kind}.{machine}.1.{tokens}"]
    assert PAPER[f"flexgen.{kind}.{place}.1.{tokens}"] == pytest.approx(product)


def test_every_fit_has_its_reason_and_points_that_there_are():
    fits = calibration.fits()
    assert len({(fit.platform, fit.name) for fit in fits}) == len(fits)
    for fit in fits:
        assert fit.reason
        assert set(fit.points) <= set(PAPER), fit
        assert fit.points or fit.reason.startswith("as V-Rex8"), fit


def test_a_value_with_a_point_of_its_own_meets_it():
    """To 2 %; one of several points is a compromise, which the musts bound."""
    points = {fit.points[0] for fit in calibration.fits() if len(fit.points) == 1}
    errors = {
        value.point: value.error("calibrated")
        for name in PAPERS
        for value in FIGURES[name][1](["calibrated"], lambda text: None).values
        if value.point in points
    }
    assert set(errors) == points
    assert {point: error for point, error in errors.items() if abs(error) > 0.02} == {}


def choice_s(policy, kind):
    """Seconds of a choice on an A100, all layers, at 40K."""
    layers = getattr(system, kind)("a100", policy, tokens=40_000).work.layers
    return sum(one.seconds for layer in layers for one in layer.before if one.name == "choice")


def test_a_fitted_choice_grows_with_length_and_chunk():
    frame = choice_s("infinigenp", "frame")
    assert frame == pytest.approx(32 * 4.163e-3)
    half = system.frame("a100", "infinigenp", tokens=20_000).work.layers[0].before[-1].seconds
    assert half == pytest.approx(4.163e-3 / 2)
    assert choice_s("infinigenp", "question") == pytest.approx(2.5 * frame)  # of 25 tokens


def test_nothing_is_fitted_to_the_choice_of_a_token():
    """Both read 30 % of the columns and select alike."""
    assert choice_s("infinigenp", "token") == choice_s("infinigen", "token") > 0
    assert choice_s("infinigenp", "token") < 0.1 * choice_s("infinigenp", "frame")


def test_fitted_points_are_marked():
    values = {v.point: v for v in FIGURES["13a"][1](["calibrated"], print).values if v.point}
    assert values["frame.v-rex8.1.40000"].fitted
    assert not values["frame.v-rex48.1.40000"].fitted
    assert values["flexgen.token.server.1.1000"].fitted
    assert not values["token.v-rex8.1.40000"].fitted


@pytest.mark.parametrize(
    ("figure", "point"),
    [
        ("13a", "frame.v-rex48.1.40000"),
        ("14", "endtoend.40000"),
        ("13b", "energy.frame.server.1.40000"),
    ],
)
def test_what_is_not_reproduced_says_so(figure, point):
    made = FIGURES[figure][1](["calibrated"], lambda text: None)
    value = next(value for value in made.values if value.point == point)
    assert value.reproduced is False
    assert "not reproduced" in made.why(value)


def test_whatever_is_far_off_says_why():
    """More than 20 % in any mode: a reason, and not only that it is not reproduced."""
    for name in PAPERS:
        made = FIGURES[name][1](modes.MODES, lambda text: None)
        for value in made.values:
            errors = [value.error(mode) for mode in value.ours]
            if any(error is not None and abs(error) > TOLERANCE for error in errors):
                assert made.why(value) not in ("", "not reproduced"), (name, value.what)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("13a", ("stated: not reproduced, 1.71 GB", "✗ v-rex48 frame, 40K: not reproduced")),
        ("13b", ("Server: not reproducible", "server token, batch 1, 40K, ")),
    ],
)
def test_what_stands_below_a_picture(name, says):
    said = output._said(FIGURES[name][1](["calibrated"], lambda text: None))
    for part in says:
        assert any(part in note for note in said)


def test_a_picture_says_what_is_not_reproduced(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(pyplot(), "close", kept.append)
    output.draw(FIGURES["14"][1](["stated", "calibrated"], lambda text: None), tmp_path / "x.png")
    (notes,) = (text.get_text() for text in kept[0].texts if text is not kept[0]._suptitle)
    assert "plain FlexGen is not its baseline" in notes.replace("\n", " ")
    assert "not reproduced: see the note" in notes.replace("\n", " ")
    legend = [text.get_text() for text in kept[0].legends[0].get_texts()]
    assert legend[1:] == ["paper", "stated", "calibrated"]
    assert legend[0].startswith("not reproduced")


def test_as_stated_254_ms_cannot_be():
    stated = system.frame(tokens=40_000, mode="stated")
    assert stated.milliseconds > 1.6 * PAPER["frame.v-rex8.1.40000"]
    assert stated.busy["link"] == pytest.approx(0.327 * 40_000 * 131_072 / 4e9)


def test_energy_of_parts():
    result = system.frame(tokens=40_000)
    energy = result.energy
    assert energy.total == pytest.approx(sum(energy.parts.values()))
    seconds = result.seconds
    assert energy.parts["link"] == pytest.approx(12 * result.busy["link"])
    assert energy.parts["far memory"] == pytest.approx(3.7 * result.busy["link"])
    assert energy.parts["near memory"] == pytest.approx(32e-12 * result.work.dram_bytes)
    assert energy.table == pytest.approx(35 * seconds)
    assert energy.gap == pytest.approx(energy.table - energy.total)
    assert energy.parts["chip"] == pytest.approx(8 * 2.60943 * seconds, rel=1e-3)
