"""The tutorial: it runs from its first cell to its last and shows what is stored in it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import notebook

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
MOST_BYTES = 200_000


def cells(path, kind):
    stored = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in stored["cells"] if cell["cell_type"] == kind]


def printed(path):
    """What each cell of code prints, and how many pictures it draws."""
    found = []
    for cell in cells(path, "code"):
        texts = [line for output in cell["outputs"] for line in output.get("text", ())]
        found.append(("".join(texts), sum("data" in output for output in cell["outputs"])))
    return found


def test_it_shows_what_is_stored_in_it(tmp_path):
    again = tmp_path / "again.ipynb"
    command = [sys.executable, "-W", "error", ROOT / "tb" / "notebook.py", TUTORIAL, "-o", again]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert printed(again) == printed(TUTORIAL)
    assert [cell["source"] for cell in cells(again, "code")] == [
        cell["source"] for cell in cells(TUTORIAL, "code")
    ]
    assert sum(pictures for _, pictures in printed(again)) == 4


def test_it_can_be_read_anywhere():
    text = TUTORIAL.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    stored = json.loads(text)
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in stored["cells"]}) == len(stored["cells"])
    words = json.dumps([[c["source"], c.get("outputs")] for c in stored["cells"]])
    words = re.sub(r'"image/png": "[^"]*"', "", words)
    assert not re.findall(r"/(?:home|root|tmp|work|Users)/", words)
    prose = "".join("".join(cell["source"]) for cell in cells(TUTORIAL, "markdown"))
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose)
    assert len(links) >= 5
    for link in links:
        assert (TUTORIAL.parent / link).exists(), link


def test_the_own_policy_is_20_lines():
    (own,) = [
        "".join(c["source"]) for c in cells(TUTORIAL, "code") if "register" in "".join(c["source"])
    ]
    lines = own.partition("found =")[0].strip().splitlines()
    assert len([line for line in lines if line.strip()]) <= 20


def test_a_cell_that_fails_is_named():
    broken = {"cells": [{"cell_type": "markdown", "source": ["# words"]}]}
    for source in (["a = 1\n", "print(a)"], ["print(a)\n", "1 / 0"]):
        broken["cells"].append({"cell_type": "code", "source": source, "outputs": []})
    with pytest.raises(notebook.CellFailed, match="cell 2: ZeroDivisionError: division by zero"):
        notebook.play(broken)
    assert broken["cells"][1]["outputs"][0]["text"] == ["1\n"]
    assert broken["cells"][1]["execution_count"] == 1
