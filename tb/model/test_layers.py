"""layers: the model and the hardware do not know each other, and load no more than they need."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ALLOWED = {
    # everything a file may import besides the standard library
    "model/resv": {"resv", "numpy", "ml_dtypes", "safetensors"},
    "hw/dre": {"dre", "amaranth"},
    "hw/boards": {"boards", "dre", "amaranth", "amaranth_boards"},
}
MORE = {
    "model/resv/cli.py": {"typer"},
    "model/resv/compare_cli.py": {"typer"},
    "model/resv/console.py": {"rich"},
    "model/resv/excerpt.py": {"rich"},
    "model/resv/explain_cli.py": {"typer"},
    "model/resv/figure_cli.py": {"typer"},
    "model/resv/hf/": {"torch", "transformers"},
    "model/resv/laboratory/plots.py": {"matplotlib"},
    "model/resv/sweep_cli.py": {"typer"},
    "model/resv/sweeps/parquet.py": {"pyarrow"},
    "model/resv/sweeps/pool.py": {"distributed"},
    "model/resv/system/events.py": {"simpy"},
    "model/resv/system_cli.py": {"typer"},
    "model/resv/trace_cli.py": {"typer"},
    "model/resv/video.py": {"av"},
    "hw/dre/host/line.py": {"serial"},
    "hw/dre/rtl/": {"numpy", "ml_dtypes"},  # nothing that becomes hardware
}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a new Python has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_resv_loads_neither_hardware_nor_tools():
    loaded = loaded_by("import resv")
    assert {"resv", "numpy"} <= loaded
    assert not loaded & {"amaranth", "dre", "av", "matplotlib", "cocotb", "typer", "rich", "simpy"}
    assert not loaded & {"dask", "distributed", "pyarrow", "torch", "transformers"}


def test_the_system_model_loads_neither_hardware_nor_what_draws():
    loaded = loaded_by("import resv.system.figures")
    assert {"resv", "simpy"} <= loaded
    assert not loaded & {"amaranth", "dre", "matplotlib", "cocotb", "typer", "rich"}


def test_importing_dre_loads_no_model():
    loaded = loaded_by("import dre")
    assert "dre" in loaded
    assert not loaded & {"resv", "numpy", "ml_dtypes", "safetensors", "cocotb"}


def imports(source: str) -> set[str]:
    """Top-level names of everything imported anywhere in a source file."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("folder", ALLOWED)
def test_files_import_only_what_their_layer_may(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        more = (names for begin, names in MORE.items() if name.startswith(begin))
        allowed = ALLOWED[folder].union(*more)
        assert imports(path.read_text()) <= allowed, name


def test_imports_are_found():
    assert imports("def f():\n import a.b\n from c.d import e\nimport os") == {"a", "c"}


def test_everything_public_is_there():
    import resv

    assert sorted(resv.__all__) == sorted(set(resv.__all__))
    for name in resv.__all__:
        assert getattr(resv, name) is not None
    assert resv.SPEC_VERSION == 1
