"""Files of boards, and `make program`: pins as on the board, and a program that puts it there."""

import pytest

import program
from boards import BOARDS
from settings import Usage
from simulate import ROOT
from synthesis import budget, flows

NAME = "icebreaker"


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_constraints_are_the_pins_of_the_board(board):
    """The files are ours, the pins are those that amaranth-boards knows."""
    suffix = flows.of(board).pins
    theirs = board.platform().prepare(board.top(), "top").files[f"top.{suffix}"]
    theirs = theirs if isinstance(theirs, str) else theirs.decode()
    ours = (ROOT / "constraints" / f"{board.name}.{suffix}").read_text()

    def lines(text):
        comments = ("#", "//")
        return sorted(x for x in text.splitlines() if x and not x.startswith(comments))

    assert lines(ours) == lines(theirs)
    assert all(name in budget.of(board.name) for name in (*budget.SIZES, *budget.CLOCKS))
    assert board.search_mhz > 0


def test_program_needs_a_bitstream_and_a_program_that_starts(monkeypatch, tmp_path):
    monkeypatch.setattr(program, "BUILD", tmp_path)
    with pytest.raises(Usage, match="no bitstream yet: make synth BOARD=icebreaker"):
        program.bitstream(BOARDS[NAME])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Usage, match="openFPGALoader is not there: install it"):
        program.loader()
    fake = tmp_path / "openFPGALoader"
    fake.write_text("#!/bin/sh\necho 'libusb is not there' >&2\nexit 127\n")
    fake.chmod(0o755)
    with pytest.raises(Usage, match="openFPGALoader does not start: libusb is not there"):
        program.loader()
    fake.write_text("#!/bin/sh\n")
    assert program.loader() == "openFPGALoader"


def test_program_runs_it(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("BOARD", NAME)
    monkeypatch.setattr(program, "BUILD", tmp_path)
    folder = tmp_path / "synth" / NAME
    folder.mkdir(parents=True)
    (folder / "icebreaker.bin").touch()
    fake = tmp_path / "loads"
    fake.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    fake.chmod(0o755)
    monkeypatch.setattr(program, "loader", lambda: str(fake))
    with pytest.raises(SystemExit) as left:
        program.main()
    assert left.value.code == 1
    assert f"-b ice40_generic {folder / 'icebreaker.bin'}" in capfd.readouterr().out.splitlines()
