"""Progress of what takes long: a status on a terminal, a line now and then in a log."""

import io

from rich.console import Console

from watching import EVERY, watching


def test_a_log_has_a_line_now_and_then(capsys):
    times = iter([0, EVERY - 1, EVERY, EVERY, EVERY + 1, 3 * EVERY, 3 * EVERY])
    with watching(Console(file=io.StringIO()), "begins", lambda: next(times)) as say:
        for text in ("too early", "first", "too early again", "second"):
            say(text)
    assert capsys.readouterr() == ("", "first\nsecond\n")


def test_a_terminal_has_a_status(capsys):
    shown = io.StringIO()
    with watching(Console(file=shown, force_terminal=True), "begins") as say:
        say("goes on")
    assert "goes on" in shown.getvalue()
    assert capsys.readouterr() == ("", "")
