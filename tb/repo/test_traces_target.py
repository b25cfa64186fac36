"""make traces, and TRACE= by name."""

import pytest

import settings
import traces
from resv import film, named_traces


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Traces that are made in no time; those of the film only if ``made`` allows it."""
    calls = {"film": True, "names": []}

    def make(name, watch):
        if not name.endswith("s") and not calls["film"]:
            raise film.Unavailable("the film cannot be downloaded: no network")
        calls["names"].append(name)
        assert list(watch([1, 2], 2)) == [1, 2]
        path = tmp_path / name
        path.write_bytes(b"12345")
        return path

    monkeypatch.setattr(named_traces, "make", make)
    return calls


def test_the_three_traces_of_the_film(made, capsys):
    traces.main({})
    assert made["names"] == ["T1", "T2", "T3"]
    assert "T3: 40,040 tokens" in capsys.readouterr().out


def test_others_by_name(made):
    traces.main({"TRACE": "T2s T1"})
    assert made["names"] == ["T2s", "T1"]


def test_without_the_film_scenes_stand_in(made, capsys):
    made["film"] = False
    traces.main({})
    assert made["names"] == ["T1s", "T2s", "T3s"]
    out = capsys.readouterr().out
    assert "T1: the film cannot be downloaded: no network; making T1s instead" in out


def test_an_unknown_name_makes_nothing(made, capsys):
    with pytest.raises(SystemExit, match="2"):
        traces.main({"TRACE": "T1 T9"})
    assert made["names"] == []
    assert capsys.readouterr().err == (
        "make traces: trace must be one of T1, T2, T3, T1s, T2s, T3s, not 'T9'\n"
    )


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    def make(name, watch):
        raise OSError(28, "No space left on device", "/cache/T1")

    monkeypatch.setattr(named_traces, "make", make)
    with pytest.raises(SystemExit, match="2"):
        traces.main({})
    assert capsys.readouterr().err.startswith("make traces: [Errno 28] No space left on device")


def test_settings_take_a_trace_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(settings.Usage, match="trace T1 has not been made yet: run `make traces`"):
        settings.read({"TRACE": "T1"})
    path = named_traces.path_of("T1")
    path.parent.mkdir(parents=True)
    path.touch()
    assert settings.read({"TRACE": "T1"}).trace == path
    with pytest.raises(settings.Usage, match=r"TRACE must be a file or one of T1, .*, not 'T7'"):
        settings.read({"TRACE": "T7"})
