"""files: a file is whole or not there, and errors name it, not its partial file."""

import errno
import io
import os
import re
from pathlib import Path

import pytest

from resv.files import atomic_writer, check_writable


class FullDisk(io.FileIO):
    """A file that takes nothing. Its error names no file, as that of a full disk does."""

    def write(self, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(params=[None, b"old"])
def path(request, tmp_path):
    """Where to write, without and with a file there."""
    path = tmp_path / "a"
    if request.param is not None:
        path.write_bytes(request.param)
    return path


@pytest.fixture
def unchanged(path):
    """After the test the folder holds what it held before."""
    before = path.read_bytes() if path.exists() else None
    yield
    assert os.listdir(path.parent) == ([] if before is None else [path.name])
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("kind", [str, Path])
def test_the_file_is_there_when_the_block_ends(path, kind):
    before = path.exists()
    with atomic_writer(kind(path)) as file:
        file.write(b"one, ")
        file.write(b"two")
        file.flush()
        assert path.exists() == before
        assert before is False or path.read_bytes() == b"old"
    assert file.closed
    assert path.read_bytes() == b"one, two"
    assert os.listdir(path.parent) == [path.name]


def test_a_new_file_has_the_usual_mode(tmp_path):
    (tmp_path / "usual").touch()
    with atomic_writer(tmp_path / "a"):
        pass
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_name_of_any_allowed_length(tmp_path):
    with atomic_writer(tmp_path / ("a" * 255)) as file:
        file.write(b"new")
    assert (tmp_path / ("a" * 255)).read_bytes() == b"new"


def test_a_relative_path_stays_where_it_was_when_it_was_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with atomic_writer("a") as file:
        file.write(b"new")
        monkeypatch.chdir("/")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "a"
    link.symlink_to(target)
    for content in (b"new", b"newer"):  # without and with a file behind it
        with atomic_writer(link) as file:
            file.write(content)
        assert link.is_symlink()
        assert target.read_bytes() == content
    assert os.listdir(tmp_path / "there") == ["a"]


def test_only_regular_files_are_replaced(tmp_path):
    for path in (tmp_path, "/dev/null"):
        with pytest.raises(ValueError, match=f"^output must be a regular file, not {path}$"):
            with atomic_writer(path):
                pytest.fail("there is no file to write to")
    assert os.listdir(tmp_path) == []
    assert not Path("/dev/null").is_file()


def write_half_and_raise(path, error):
    with atomic_writer(path) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, StopIteration])
@pytest.mark.usefixtures("unchanged")
def test_a_failed_block_leaves_nothing_new(path, error):
    with pytest.raises(error):
        write_half_and_raise(path, error)


@pytest.mark.parametrize("size", [1, 1_000_000])  # fails when closed, and at once
@pytest.mark.usefixtures("unchanged")
def test_a_full_disk(path, monkeypatch, size):
    monkeypatch.setattr(Path, "open", lambda self, mode: io.BufferedWriter(FullDisk(self, mode)))
    with pytest.raises(OSError, match="No space left on device") as caught:
        with atomic_writer(path) as file:
            file.write(bytes(size))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert caught.value.filename2 is None


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("missing/a", FileNotFoundError),
        ("file/a", NotADirectoryError),
        ("a" * 256, OSError),
    ],
)
def test_errors_of_opening_name_the_file_that_was_asked_for(tmp_path, monkeypatch, name, error):
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        with atomic_writer(name):
            pass
    assert caught.value.filename == name
    assert os.listdir(tmp_path) == ["file"]


def test_errors_of_replacing_name_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(IsADirectoryError) as caught:
        with atomic_writer(path):
            path.mkdir()
    assert (caught.value.filename, caught.value.filename2) == (str(path), None)
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory", "another"),
        OSError("without a number"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_errors_of_other_files_pass_unchanged(path, error):
    with pytest.raises(OSError, match=re.escape(str(error))) as caught:
        write_half_and_raise(path, error)
    assert caught.value is error


def test_a_partial_file_that_stays_hides_no_error(tmp_path, monkeypatch):
    def refuse(self, missing_ok=False):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ValueError, match=r"^the one to tell$"):
        write_half_and_raise(tmp_path / "a", ValueError("the one to tell"))


def test_two_writers_of_one_file_are_not_in_each_other_s_way(tmp_path):
    path = tmp_path / "a"
    with atomic_writer(path) as first, atomic_writer(path) as second:
        first.write(b"first")
        second.write(b"second")
    assert path.read_bytes() == b"first"  # it ended last
    assert os.listdir(tmp_path) == ["a"]


def test_what_can_be_written_is_left_as_it_is(tmp_path):
    target = tmp_path / "file"
    check_writable(target)
    assert not list(tmp_path.iterdir())
    target.write_bytes(b"old")
    check_writable(target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_cannot_be_written_is_told(tmp_path):
    target = tmp_path / "none" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        check_writable(target)
    assert caught.value.filename == str(target)
    with pytest.raises(ValueError, match="output must be a regular file, not "):
        check_writable(tmp_path)
