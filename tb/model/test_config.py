"""config: limits, error texts, the threshold register."""

import dataclasses
import json
import math

import pytest

from resv import ClusterRules, Config


def test_the_defaults_are_those_of_the_specification():
    assert Config().to_dict() == {
        "hash_bits": 32,
        "Th_hd": 7,
        "Th_r": 0.3,
        "sink_tokens": 16,
        "recent_tokens": 200,
        "max_chunk": 256,
        "max_clusters": 4096,
        "cluster_cap": None,
        "scale": None,
    }
    assert Config.paper() == Config(max_clusters=1024)
    assert Config.paper(Th_r=0.8, max_clusters=7) == Config(Th_r=0.8, max_clusters=7)


@pytest.mark.parametrize(
    "edge",
    [
        {"hash_bits": 8, "Th_hd": 9},
        {"hash_bits": 128, "Th_hd": 129},
        {"Th_hd": 0},
        {"Th_r": 0},
        {"Th_r": 1},
        {"sink_tokens": 0},
        {"recent_tokens": 0},
        {"max_chunk": 1},
        {"max_chunk": 65_535},
        {"max_clusters": 1},
        {"max_clusters": 65_535},
        {"cluster_cap": 1},
        {"cluster_cap": 65_534},
        {"scale": 1e-9},
    ],
)
def test_values_at_the_limits_pass(edge):
    assert {name: Config(**edge).to_dict()[name] for name in edge} == edge


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"hash_bits": 0}, "hash_bits must be between 8 and 128, not 0"),
        ({"hash_bits": 136}, "hash_bits must be between 8 and 128, not 136"),
        ({"hash_bits": 20}, "hash_bits must be a multiple of 8, not 20"),
        ({"Th_hd": -1}, "Th_hd must be between 0 and 33, not -1"),
        ({"Th_hd": 34}, "Th_hd must be between 0 and 33, not 34"),
        ({"hash_bits": 8, "Th_hd": 10}, "Th_hd must be between 0 and 9, not 10"),
        ({"Th_r": -0.01}, "Th_r must be between 0 and 1, not -0.01"),
        ({"Th_r": 1.5}, "Th_r must be between 0 and 1, not 1.5"),
        ({"Th_r": math.nan}, "Th_r must be finite, not nan"),
        ({"sink_tokens": -1}, "sink_tokens must be at least 0, not -1"),
        ({"recent_tokens": -1}, "recent_tokens must be at least 0, not -1"),
        ({"max_chunk": 0}, "max_chunk must be between 1 and 65535, not 0"),
        ({"max_clusters": 0}, "max_clusters must be between 1 and 65535, not 0"),
        ({"max_clusters": 65_536}, "max_clusters must be between 1 and 65535, not 65536"),
        ({"cluster_cap": 0}, "cluster_cap must be between 1 and 65535, not 0"),
        ({"scale": 0}, "scale must be above 0, not 0.0"),
        ({"scale": math.inf}, "scale must be finite, not inf"),
    ],
)
def test_values_outside_the_limits_are_refused(bad, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Config(**bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"Th_hd": 7.0}, "Th_hd must be an integer, not float"),
        ({"max_chunk": True}, "max_chunk must be an integer, not True"),
        ({"Th_r": "0.3"}, "Th_r must be a number, not str"),
        ({"scale": "1"}, "scale must be a number, not str"),
        ({"cluster_cap": 2.5}, "cluster_cap must be an integer, not float"),
    ],
)
def test_values_of_another_kind_are_refused(bad, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        Config(**bad)


def test_a_cap_of_65535_is_no_cap():
    assert Config(cluster_cap=65_535) == Config()
    assert ClusterRules(cluster_cap=65_535) == ClusterRules()


def test_rules_are_the_clustering_part_of_the_configuration():
    config = Config(Th_hd=3, max_clusters=5, cluster_cap=9, max_chunk=11)
    assert config.rules == ClusterRules(Th_hd=3, max_clusters=5, cluster_cap=9, max_chunk=11)
    assert Config().rules == ClusterRules()


def test_rules_are_checked_like_the_configuration():
    for bad in ({"Th_hd": 130}, {"max_clusters": 0}, {"cluster_cap": 0}, {"max_chunk": 65_536}):
        with pytest.raises(ValueError, match=f"^{next(iter(bad))} must be between"):
            ClusterRules(**bad)


def test_a_configuration_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().Th_hd = 3


@pytest.mark.parametrize(
    ("Th_r", "TH"),
    [
        (0, 0),
        (0.3, 19_661),
        (0.5, 32_768),
        (0.8, 52_429),
        (2.0**-17, 0),  # half: a tie, to even
        (3 * 2.0**-17, 2),  # one and a half: a tie, to even
        (1 - 2.0**-16, 65_535),
        (1 - 2.0**-16 - 2.0**-17, 65_534),
        (1 - 2.0**-18, None),
        (1, None),
    ],
)
def test_the_threshold_register(Th_r, TH):
    assert Config(Th_r=Th_r).TH == TH


def test_the_scale_is_one_over_the_root_of_d_unless_given():
    assert Config().scale_for(64) == 0.125
    assert Config(scale=0.5).scale_for(64) == 0.5


def test_a_configuration_survives_json():
    config = Config(hash_bits=64, Th_r=0.1, cluster_cap=40, scale=0.09)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: d.pop("Th_r"), ValueError, "config must have the field Th_r, not only "),
        (
            lambda d: d.update(Th_x=1),
            ValueError,
            r"config must have only the fields .*, not 'Th_x'",
        ),
        (lambda d: d.update(Th_hd=99), ValueError, "Th_hd must be between 0 and 33, not 99"),
        (lambda d: d.update(Th_hd=None), TypeError, "Th_hd must be an integer, not NoneType"),
    ],
)
def test_a_damaged_description_is_refused(change, error, message):
    values = Config().to_dict()
    change(values)
    with pytest.raises(error, match=message):
        Config.from_dict(values)


def test_a_description_must_be_an_object():
    with pytest.raises(TypeError, match="config must be an object of fields, not list"):
        Config.from_dict([1])
