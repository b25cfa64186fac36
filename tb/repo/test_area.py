"""``make area``: wrong use, and what a missed must says last."""

import json
from types import SimpleNamespace

import pytest

import area
import bench
import settings
from synthesis.builds import Build, Work
from synthesis.ecp5 import Placed
from synthesis.gates import Gates


def test_unknown_core(monkeypatch, capsys):
    monkeypatch.setenv("CORE", "xyz")
    with pytest.raises(SystemExit) as left:
        area.main()
    assert left.value.code == 2
    assert (
        capsys.readouterr().err == "make area: CORE must be one of hcu, wtu, kvmu, dre, not 'xyz'\n"
    )


@pytest.mark.parametrize(("command", "what"), [(area, "area"), (bench, "figures")])
def test_a_unit_that_brings_nothing_to_measure_is_one_line(monkeypatch, capsys, command, what):
    for name in ("SIM", "SEED", "WAVES", "TESTCASE", "TRACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CORE", "hcu")
    monkeypatch.setattr(settings, "brings", lambda core, what: False)
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
    line = f"make {command.__name__}: CORE=hcu needs tb/hcu/{what}_hcu.py; there is none\n"
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize(("mhz", "status"), [(150.0, None), (149.9, 1)])
def test_musts(monkeypatch, capsys, tmp_path, mhz, status):
    build = Build("fast", lambda: None, lambda: (7, 64), "<= 11", ">= 150", luts_must="<= 100")
    monkeypatch.delenv("CORE", raising=False)
    monkeypatch.setattr(area, "BUILD", tmp_path)
    monkeypatch.setattr(
        area,
        "import_module",
        lambda name: SimpleNamespace(BUILDS=(build,), WORK=Work("frame", "table")),
    )
    monkeypatch.setattr(
        area.gates, "count", lambda unit, folder, cells: Gates(10_900.0, 12, ((4, 8),), 10_900.0)
    )
    placed = Placed(100, 12, 1, (mhz, 170.0))
    monkeypatch.setattr(area.ecp5, "place", lambda unit, folder, **more: placed)
    if status is None:
        area.main()
    else:
        with pytest.raises(SystemExit) as left:
            area.main()
        assert left.value.code == status
    said = capsys.readouterr().out
    assert ("reproduce: make area CORE=hcu" in said.splitlines()[-1]) == (status == 1)
    found = {one["figure"]: one for one in json.loads((tmp_path / "area/hcu.json").read_text())}
    assert found["fast: slowest seed"]["value"] == mhz
    assert found["fast: gates"]["value"] == 10.9
    assert found["fast: ECP5 LUT"]["must"] == "<= 100"
    assert found["fast: memories"]["value"] == 32
    assert found["fast: table read a frame"]["value"] == 64
