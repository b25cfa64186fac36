"""The page on models: its code runs, and its numbers of the formats are right."""

import re
from pathlib import Path

import pytest

import resv

PAGE = (Path(__file__).parents[3] / "docs" / "hf.md").read_text(encoding="utf-8")


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first, second = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(first, "docs/hf.md", "exec"), {})
    with pytest.warns(UserWarning, match="metadata seed is missing"):
        trace = resv.load_trace("mine.safetensors")
    assert trace.k.shape == (2, 2, 412, 16)
    assert len(list(trace.chunks())) == 41
    capsys.readouterr()
    exec(compile(second, "docs/hf.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 3
