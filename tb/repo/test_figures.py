"""Performance figures: comparisons, the JSON list, and what a missed target does."""

import json
from types import SimpleNamespace

import pytest

import bench
from figures import Figure, write

GOOD = Figure("cycles", "excerpt", 1038, "cycles", "<= 1042", bound="1,034", baseline="10,299")
MISSED = Figure("cycles", "excerpt", 1043, "cycles", "<= 1042")


@pytest.mark.parametrize(
    ("target", "met"),
    [
        ("<= 1038", True),
        ("<= 1037.9", False),
        (">= 1038", True),
        (">= 1038.5", False),
        ("< 1038", False),
        ("> 1037", True),
        ("== 1038", True),
        ("== 0", False),
        (None, True),
    ],
)
def test_a_target_is_one_comparison(target, met):
    assert GOOD.meets(target) is met


@pytest.mark.parametrize("target", ["1042", "<=1042", "<= 1,042", "<= 1042 cycles", "=< 3", ""])
def test_other_targets_are_refused(target):
    with pytest.raises(ValueError, match=r"must be a comparison like '<= 1042', not "):
        GOOD.meets(target)


def test_json_is_a_list_with_all_keys(tmp_path):
    write(tmp_path / "new" / "hcu.json", [GOOD, MISSED])
    objects = json.loads((tmp_path / "new" / "hcu.json").read_text())
    assert [entry["value"] for entry in objects] == [1038, 1043]
    keys = ["figure", "trace", "value", "unit", "must", "aim", "bound", "baseline"]
    assert all(list(entry) == keys for entry in objects)


@pytest.mark.parametrize(("figures", "status"), [([GOOD], None), ([GOOD, MISSED], 1)])
def test_a_missed_must_fails_the_bench(figures, status, tmp_path, monkeypatch, capsys):
    unit = SimpleNamespace(DURATION="a moment", measure=lambda simulator, seed, say: figures)
    monkeypatch.setattr(bench, "import_module", lambda name: unit)
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setenv("SEED", "7")
    if status is None:
        bench.main()
        assert "hcu in verilator, seed 7; a moment" in capsys.readouterr().out
    else:
        with pytest.raises(SystemExit) as stop:
            bench.main()
        assert stop.value.code == status
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == "reproduce: make bench CORE=hcu SIM=verilator SEED=7"
    assert len(json.loads((tmp_path / "bench" / "hcu.json").read_text())) == len(figures)
