"""What tests of the system model share: the command line, machines made up, no old results."""

import pytest

from model.conftest import run
from resv.system import cycles, load_platform
from resv.system.figures import base

__all__ = ["run"]


@pytest.fixture(autouse=True)
def committed_cycles(monkeypatch, tmp_path_factory):
    """Whatever `make bench` has left here, tests take the committed cycles."""
    monkeypatch.setattr(cycles, "BENCH", tmp_path_factory.mktemp("none") / "dre.json")
    cycles.measured.cache_clear()
    base.result.cache_clear()
    yield
    cycles.measured.cache_clear()
    base.result.cache_clear()


@pytest.fixture
def edge():
    """The paper's machine for the edge."""
    return load_platform("v-rex8")
