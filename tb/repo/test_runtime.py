"""Verilator's own C++ is compiled once: what is lent to a build, and what is not."""

import time

import pytest

import runtime


def build(shelf, folder, *flags, text="made"):
    """A build that makes what it lacks; returns what it made."""
    with runtime.lent(shelf, folder, *flags):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "verilated.o"
        missing = not path.exists()
        if missing:
            path.write_text(text)
        (folder / "Vtop.o").write_text("the unit's own")
    return ["verilated.o"] if missing else []


def test_a_second_build_is_lent_what_the_first_has_made(tmp_path):
    shelf = tmp_path / "shelf"
    assert build(shelf, tmp_path / "one", "-O3") == ["verilated.o"]
    assert build(shelf, tmp_path / "two", "-O3") == []
    lent = tmp_path / "two" / "verilated.o"
    assert lent.read_text() == "made"
    assert lent.stat().st_mtime > time.time(), "make would make it again"
    assert not list(shelf.rglob("Vtop.o"))


def test_other_flags_are_other_objects(tmp_path):
    assert build(tmp_path / "shelf", tmp_path / "one", "-O3") == ["verilated.o"]
    assert build(tmp_path / "shelf", tmp_path / "two", "-O3", "--coverage") == ["verilated.o"]
    assert len(list((tmp_path / "shelf").iterdir())) == 2


def test_another_compiler_is_other_objects(tmp_path, monkeypatch):
    build(tmp_path / "shelf", tmp_path / "one")
    monkeypatch.setenv("CXX", "another")
    assert build(tmp_path / "shelf", tmp_path / "two") == ["verilated.o"]


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def failing():
        with runtime.lent(tmp_path / "shelf", tmp_path / "one"):
            (tmp_path / "one").mkdir()
            (tmp_path / "one" / "verilated.o").write_text("half")
            raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        failing()
    assert not (tmp_path / "shelf").exists()


def test_two_builds_at_a_time_leave_one(tmp_path):
    shelf = tmp_path / "shelf"
    with runtime.lent(shelf, tmp_path / "one"):
        build(shelf, tmp_path / "two")
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "verilated.o").write_text("later")
    (kept,) = shelf.iterdir()
    assert (kept / "verilated.o").read_text() == "made"
