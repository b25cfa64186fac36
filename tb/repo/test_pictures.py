"""The pictures of the docs: what is computed for them, and that every one is drawn."""

import numpy as np
import pytest

import pictures
import resv
from drawings import clusters, correlation, full_table, machines, policies, waveform
from drawings.heads import cluster, heads
from dre import HCUConfig
from simulate import BUILD

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def excerpt():
    return resv.load_trace(resv.excerpt_path())


def test_clustering_is_that_of_the_golden_model(excerpt):
    one = cluster(excerpt, 0, 0, resv.Config.paper())
    last = list(resv.replay(excerpt, resv.Config.paper()))[-1].heads[0]
    assert one.tokens[-1] == len(one.full) == len(one.distances) == 640 - 16
    assert one.clusters[-1] == last.clusters_before + last.founded.sum() == len(one.members)
    assert one.members.sum() == one.tokens[-1]


def test_a_full_table_forces_tokens_to_join(excerpt):
    one = cluster(excerpt, 0, 0, resv.Config(max_clusters=5))
    assert one.clusters.max() == 5
    assert one.full.any()
    assert (one.distances[one.full] >= resv.Config().Th_hd).all()


def test_heads_are_all_layers_and_kv_heads(excerpt):
    assert heads(excerpt) == [(0, 0)]


def test_correlation_of_keys_with_their_hash_bits(excerpt, seed):
    found, cosines, distances = correlation.correlations(excerpt, seed, lambda text: None)
    assert len(cosines) == len(distances)
    assert np.abs(cosines).max() <= 1 + 1e-12
    for near in (False, True):
        by_width = [found[near, width][0] for width in correlation.WIDTHS]
        assert by_width == sorted(by_width)  # more bits say more
    assert found[False, 32][0] == pytest.approx(0.72, abs=0.03)  # as data/README.md says


def test_pairs_are_near_and_behind_the_sinks(seed):
    first, second = correlation.sample(np.zeros((300, 4)), np.random.default_rng(seed), 100)
    assert first.min() >= correlation.SINKS
    assert second.max() < 300
    assert 1 <= (second - first).min() <= (second - first).max() <= 100


def test_distance_counts_bits():
    words = np.array([[0b1011, 0], [0b0001, 0x80]], np.uint8)
    assert correlation.distance(words, (np.array([0]), np.array([1]))) == [3]


def test_windows_are_means():
    at, means = full_table.windows(np.repeat([0.0, 1.0], full_table.WINDOW_TOKENS))
    assert at.tolist() == [1000, 2000]
    assert means.tolist() == [0.0, 1.0]


def test_every_picture_of_a_trace_is_drawn(excerpt, seed, tmp_path):
    def say(text):
        pass

    drawn = [
        correlation.draw(excerpt, "excerpt", tmp_path / "a.png", seed, say),
        *clusters.draw(excerpt, "excerpt", tmp_path / "b.png", tmp_path / "c.png", say),
        full_table.draw(excerpt, "excerpt", tmp_path / "d.png", say),
        policies.draw(excerpt, "excerpt", tmp_path / "e.png", say),
    ]
    assert len({path.read_bytes() for path in drawn}) == 5
    assert all(path.read_bytes().startswith(PNG) for path in drawn)


def test_every_picture_of_the_docs_is_drawn(monkeypatch, capsys):
    def drawn(name):
        return lambda *arguments: next(path for path in arguments if str(path).endswith(name))

    monkeypatch.setattr(pictures.named_traces, "find", lambda name: resv.excerpt_path())
    monkeypatch.setattr(correlation, "draw", drawn("correlation.png"))
    monkeypatch.setattr(clusters, "draw", lambda trace, name, a, b, say: [a, b])
    monkeypatch.setattr(full_table, "draw", drawn("full-table.png"))
    monkeypatch.setattr(policies, "draw", drawn("policies.png"))
    monkeypatch.setattr(machines.output, "draw", lambda figure, path: None)
    monkeypatch.setattr(machines, "FIGURES", dict.fromkeys(machines.NAMES, (None, lambda *_: None)))
    monkeypatch.setattr(pictures, "waves", drawn("waves.png"))
    monkeypatch.setattr(pictures, "a_chunk", drawn("chunk.png"))
    monkeypatch.setattr(pictures, "small_board", drawn("floorplan.png"))
    monkeypatch.setattr(pictures, "replayed", lambda core, path: path)
    pictures.main()
    names = {line.split("/")[-1] for line in capsys.readouterr().out.splitlines()}
    assert names == {path.name for path in pictures.IMAGES.iterdir()}


@pytest.mark.slow
def test_waves_show_what_moved(tmp_path):
    path = pictures.waves(lambda text: None, tmp_path / "waves.png")
    assert path.read_bytes().startswith(PNG)
    config = HCUConfig(max_clusters=1024)
    layouts = {name: getattr(config, layout) for name, layout in pictures.STREAMS.items()}
    streams = waveform.read(BUILD / "sim" / "picture" / "dump.vcd", layouts)
    moved = {
        name: [cycle.payload for cycle in cycles if cycle.valid and cycle.ready]
        for name, cycles in streams.items()
    }
    assert {name: len(beats) for name, beats in moved.items()} == {
        "hash_bits": 11,
        "passes": 1,
        "table": 19,
        "assignments": 12,
    }
    labels = [waveform.label("assignments", beat) for beat in moved["assignments"]]
    assert labels == ["H", "2", "11", "+18", "18", "11", "+19", "17", "19", "5", "18", "E"]
    words = [beat["data"]["word"] & 0xFF for beat in moved["hash_bits"][1:]]
    assert [waveform.label("hash_bits", beat) for beat in moved["hash_bits"][1:]] == [
        f"{word:02x}" for word in words
    ]


def test_a_missing_trace_is_one_line(monkeypatch, capsys):
    def find(name):
        raise FileNotFoundError(f"trace {name} is not there: run `make traces`")

    monkeypatch.setattr(pictures.named_traces, "find", find)
    with pytest.raises(SystemExit, match="2"):
        pictures.main()
    assert capsys.readouterr().err == "make pictures: trace T1 is not there: run `make traces`\n"
