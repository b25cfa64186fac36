"""Machines, models and calls of the system model: whatever is wrong is named."""

import re

import pytest

from resv import system
from resv.system import fields

EDGE = (fields.DATA / "platforms" / "v-rex8.toml").read_text(encoding="utf-8")
LLAMA = (fields.DATA / "models" / "llama3-8b-siglip.toml").read_text(encoding="utf-8")


def changed(text, line, new):
    found = re.sub(rf"^{line} = .*$", new, text, flags=re.MULTILINE)
    assert found != text
    return found


@pytest.fixture
def file(tmp_path):
    """Write a data file."""

    def written(text):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", ["v-rex8", "v-rex48", "agx-orin", "a100"])
def test_every_number_has_a_source(name):
    one = system.load_platform(name)
    assert set(one.sources) == set(vars(one)) - {"name", "sources"}
    assert all(one.sources.values())


def test_a_machine_of_ones_own(file):
    path = file(changed(EDGE, "link_gb_s", 'link_gb_s = { value = 8.0, source = "mine" }'))
    own = system.frame(path, tokens=40_000, mode="stated")
    paper = system.frame("v-rex8", tokens=40_000, mode="stated")
    assert own.busy["link"] == pytest.approx(paper.busy["link"] / 2)
    assert system.frame(str(path), tokens=40_000, mode="ours").fps > 0
    renamed = file(changed(EDGE, "name", 'name = "Mine"'))
    with pytest.raises(ValueError, match="must be one of the paper's in mode calibrated, not Mine"):
        system.frame(renamed, tokens=1_000)


@pytest.mark.parametrize(
    ("line", "new", "message"),
    [
        ("dram_gb_s", "", "dram_gb_s must be a number from 1e-06 to 1e+06 GB/s, not missing"),
        (
            "link_gb_s",
            'link_gb_s = { value = -4, source = "x" }',
            "link_gb_s must be between 1e-06 and 1000000.0, not -4.0 (a number from",
        ),
        ("cores", 'cores = { value = 1.5, source = "x" }', "cores must be an integer, not float"),
        (
            "cores",
            'cores = { value = 5000, source = "x" }',
            "cores must be between 0 and 4096, not 5000",
        ),
        ("power_w", 'power_w = { value = nan, source = "x" }', "power_w must be finite, not nan"),
        ("power_w", 'power_w = { value = "35", source = "x" }', "power_w must be a number, not "),
        ("power_w", "power_w = 35", "power_w must have a value and a source, not 35"),
        ("power_w", "power_w = { value = 35 }", "power_w must have a value and a source, not "),
        ("power_w", 'power_w = { value = 35, source = "" }', "source of power_w must be a text"),
        ("name", "", "name must be a text that is not empty, not None"),
        ("name", 'nam = "x"', "name must be a text that is not empty, not None"),
        ("area_mm2", 'area = { value = 1, source = "x" }', "field must be one of cores, "),
        ("area_mm2", "area_mm2 = ", "must be TOML: "),
    ],
)
def test_bad_machines(file, line, new, message):
    path = file(changed(EDGE, line, new))
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        system.load_platform(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_dre_has_a_clock(file):
    still = 'clock_mhz = { value = 0, source = "x" }'
    path = file(changed(EDGE, "clock_mhz", still))
    with pytest.raises(
        ValueError, match=r"own\.toml: clock_mhz must be above 0 with 8 cores, not 0"
    ):
        system.load_platform(path)
    gpu = changed(changed(EDGE, "clock_mhz", still), "cores", 'cores = { value = 0, source = "x" }')
    assert not system.load_platform(file(gpu)).has_dre


def test_a_model_of_ones_own(file):
    """Half of the layers: half of the bytes that come, and of what the layers compute."""
    path = file(changed(LLAMA, "layers", 'layers = { value = 16, source = "mine" }'))
    for mode in ("stated", "calibrated", "ours"):
        half, whole = (
            system.frame(tokens=40_000, mode=mode, model=model)
            for model in (path, "llama3-8b-siglip")
        )
        assert half.work.fetched_bytes == pytest.approx(whole.work.fetched_bytes / 2)
        assert len(half.work.layers) == 16
        layers = [2 * sum(o.flops for o in (*one.before, *one.after)) for one in half.work.layers]
        assert whole.work.flops - half.work.flops == pytest.approx(sum(layers) / 2)


def test_heads_must_divide(file):
    path = file(changed(LLAMA, "kv_heads", 'kv_heads = { value = 5, source = "x" }'))
    with pytest.raises(ValueError, match=r"heads must be a multiple of kv_heads \(5\), not 32"):
        system.load_model(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(OSError, match=r"none\.toml"):
        system.load_platform(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="platform must be one of a100, agx-orin"):
        system.load_platform("h100")
    with pytest.raises(
        ValueError, match=r"model must be one of llama3-8b-siglip, or a \.toml file"
    ):
        system.load_model("gpt")


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"tokens": -1}, ValueError, "tokens must be between 0 and 10000000, not -1"),
        ({"tokens": 1.5}, TypeError, "tokens must be an integer, not float"),
        ({"batch": 0}, ValueError, "batch must be between 1 and 4096, not 0"),
        ({"policy": "magic"}, ValueError, "policy must be one of flexgen, .* not 'magic'"),
        (
            {"mode": "guess"},
            ValueError,
            "mode must be one of stated, calibrated, ours, not 'guess'",
        ),
        ({"platform": "a100"}, ValueError, "platform must have a DRE for policy kvmu, not A100"),
        ({"mode": "ours", "policy": "kvmu"}, ValueError, "mode ours goes with policy ours only"),
        ({"policy": "ours"}, ValueError, "mode ours goes with policy ours only"),
        ({"options": system.Options()}, ValueError, "options must be left out in mode calibrated"),
    ],
)
def test_bad_calls(given, kind, message):
    with pytest.raises(kind, match=message):
        system.frame(**{"tokens": 1_000} | given)


def test_a_question_has_a_length():
    with pytest.raises(ValueError, match="length must be between 1 and 10000000, not 0"):
        system.question(tokens=1_000, length=0)
    one, many = (system.question(tokens=1_000, length=n).work.flops for n in (1, 25))
    assert many > 20 * one
