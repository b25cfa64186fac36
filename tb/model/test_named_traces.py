"""The named traces: where they lie, and what happens when the film is missing."""

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace

import pytest

import resv
from resv import film, named_traces
from resv.recorder import Recipe

SMALL = Recipe(layers=(0,), system_tokens=1, question_tokens=0, decoded_tokens=0)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "vrex-open"


def test_the_named_traces_have_the_sizes_they_are_named_for():
    sizes = {name: named.tokens for name, named in named_traces.TRACES.items()}
    assert sizes == {"T1": 2_000, "T2": 6_040, "T3": 40_040} | {
        "T1s": 2_000,
        "T2s": 6_040,
        "T3s": 40_040,
    }
    assert len(named_traces.TRACES["T1"].recipe.layers) == 4
    assert named_traces.TRACES["T2"].recipe.layers == tuple(range(6))
    for name in ("T1", "T2"):
        assert named_traces.TRACES[name].recipe.kv_heads == (0, 1)
    assert len(named_traces.TRACES["T3"].recipe.kv_heads) == 1


def test_another_recipe_is_another_file():
    named = named_traces.TRACES["T3"]
    digests = {
        named.digest,
        named_traces.TRACES["T3s"].digest,
        replace(named, fps=4).digest,
        replace(named, recipe=replace(named.recipe, seed=1)).digest,
    }
    assert len(digests) == 4
    assert named_traces.path_of("T3").name == f"T3-{named.digest}.safetensors"


def test_a_trace_is_made_once_and_found(cache, monkeypatch):
    monkeypatch.setitem(named_traces.TRACES, "T1s", named_traces.Named(2, 2, SMALL, synthetic=True))
    with pytest.raises(
        FileNotFoundError, match="trace T1s has not been made yet: run `make traces"
    ):
        named_traces.find("T1s")
    seen = []

    def watch(pictures, total):
        seen.append(total)
        return pictures

    path = named_traces.make("T1s", watch)
    assert path == named_traces.find("T1s") == named_traces.resolve("T1s")
    assert path.parent == cache / "traces"
    trace = resv.load_trace(path)
    assert trace.k.shape[2] == 21
    assert trace.warnings == ()
    assert trace.metadata["name"] == "T1s"
    stamp = path.stat().st_mtime_ns
    assert named_traces.make("T1s", watch) == path
    assert path.stat().st_mtime_ns == stamp
    assert seen == [2]


def test_a_file_comes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "T1").touch()
    assert str(named_traces.resolve("T1")) == "T1"
    for text in ("T9.safetensors", "a/T9", str(tmp_path)):  # paths, whether they are there or not
        assert str(named_traces.resolve(text)) == text


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="one of T1, T2, T3, T1s, T2s, T3s, not 'T9'"):
        named_traces.resolve("T9")


def test_what_stands_in_for_a_trace_is_named(cache):
    stand_in = named_traces.path_of("T3s")
    stand_in.parent.mkdir(parents=True)
    stand_in.touch()
    with pytest.raises(FileNotFoundError, match=r"`make traces`, or take T3s, which is there$"):
        named_traces.find("T3")


def test_a_cache_that_cannot_be_written_is_told_before_the_work(cache, monkeypatch):
    monkeypatch.setattr(named_traces, "record", lambda *_: pytest.fail("work was done"))
    named_traces.path_of("T1s").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"output must be a regular file, not .*T1s-"):
        named_traces.make("T1s")


def test_an_interrupted_trace_leaves_nothing(cache, monkeypatch):
    monkeypatch.setitem(named_traces.TRACES, "T1s", named_traces.Named(2, 2, SMALL, synthetic=True))

    def interrupted(pictures, total):
        yield next(iter(pictures))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        named_traces.make("T1s", interrupted)
    assert not [path for path in cache.rglob("*") if path.is_file()]


def sdist(clip):
    """What the package index gives, with these bytes in place of the film."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("moviepy_10_minutes/resources/bbb.mp4", clip)
    outer = io.BytesIO()
    with tarfile.open(fileobj=outer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("moviepy-2.2.1/media/moviepy_10_minutes.zip")
        entry.size = len(inner.getvalue())
        archive.addfile(entry, io.BytesIO(inner.getvalue()))
    return outer.getvalue()


@pytest.fixture
def index(monkeypatch):
    """A package index that serves ``index.answer``, or fails with ``index.error``."""

    class Index:
        answer, error, asked = None, None, 0

        def run(self, command, **options):
            self.asked += 1
            assert command[-1] == "moviepy==2.2.1"
            if self.answer:
                (self.place(command) / "moviepy-2.2.1.tar.gz").write_bytes(self.answer)
            return subprocess.CompletedProcess(
                command, int(self.error is not None), "", self.error or ""
            )

        @staticmethod
        def place(command):
            return named_traces.Path(command[command.index("--dest") + 1])

    served = Index()
    monkeypatch.setattr(film.subprocess, "run", served.run)
    return served


def test_the_film_is_taken_out_of_the_package_once(index, cache, monkeypatch):
    index.answer = sdist(b"a film")
    monkeypatch.setattr(film, "CLIP_SHA256", hashlib.sha256(b"a film").hexdigest())
    monkeypatch.setattr(film, "SDIST_SHA256", hashlib.sha256(index.answer).hexdigest())
    assert film.get(cache).read_bytes() == b"a film"
    assert film.get(cache).read_bytes() == b"a film"
    assert index.asked == 1
    (cache / "bbb.mp4").write_bytes(b"damaged")
    assert film.get(cache).read_bytes() == b"a film"
    assert [path.name for path in cache.iterdir()] == ["bbb.mp4"]


def test_without_a_network_one_line_says_why(index, cache):
    index.error = "WARNING: x\nERROR: No matching distribution found for moviepy==2.2.1\n"
    with pytest.raises(film.Unavailable, match="cannot be downloaded: ERROR: No matching dist"):
        film.get(cache)
    index.error = "No module named pip"
    with pytest.raises(film.Unavailable, match="cannot be downloaded: pip ended with 1"):
        film.get(cache)
    assert not list(cache.iterdir())


def test_another_package_is_not_taken(index, cache):
    index.answer = sdist(b"another film")
    with pytest.raises(film.Unavailable, match=r"moviepy==2\.2\.1 must have the SHA-256 c80cb568"):
        film.get(cache)
    assert not list(cache.iterdir())
