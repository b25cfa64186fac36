"""``make docs``: every public module has a page, with what its docstrings say."""

import ast
import html
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import resv

ROOT = Path(__file__).parents[2]
PACKAGES = {"resv": "model", "dre": "hw", "boards": "hw"}

CODE = """
import sys
from pathlib import Path
import reference
print(*reference.build(Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder, and the modules; made by a process of its own, which may put stand-ins up."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "old.html").touch()
    done = subprocess.run(
        [sys.executable, "-c", CODE, folder],
        cwd=ROOT / "tb",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout.split()


def page(folder, name):
    """The text of a module's page."""
    return html.unescape(folder.joinpath(*name.split(".")).with_suffix(".html").read_text())


def packages():
    """All packages, by their folders: name and source."""
    for root, place in PACKAGES.items():
        for path in sorted((ROOT / place / root).rglob("__init__.py")):
            name = ".".join(path.parent.relative_to(ROOT / place).parts)
            yield name, path.read_text(encoding="utf-8")


def test_every_package_has_a_page_with_all_it_names(built):
    folder, modules = built
    index = (folder / "index.html").read_text()
    names = [name for name, _ in packages()]
    assert {"resv", "resv.hf", "resv.sweeps", "resv.system", "dre.core", "boards"} <= set(names)
    assert set(names) <= set(modules)
    assert len(modules) == len(set(modules)) == len(list(folder.rglob("*.html"))) - 1
    for name, source in packages():
        text = page(folder, name)
        assert f'href="{name.replace(".", "/")}.html"' in index, name
        tree = ast.parse(source)
        summary = (ast.get_docstring(tree) or "").partition("\n")[0]
        for word in summary.replace("`", "").split()[:3]:
            assert word.strip(".,:;") in text, name
        for public in listed(tree):
            own_page = f"{name}.{public}" in modules
            if not own_page and not public.startswith("__"):
                assert f'id="{public}"' in text, f"{name}.{public}"


def listed(tree):
    """What ``__all__`` of a package names."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    return []


def test_modules_that_a_package_names_have_a_page(built):
    folder, modules = built
    assert {"resv.footprint", "resv.selection", "resv.wicsum", "resv.kvmu.experiment"} <= set(
        modules
    )
    assert "hamming_distance" in page(folder, "resv")
    assert "resv.fast_wicsum" not in modules


def test_pages_have_parameters_and_errors(built):
    folder, _ = built
    text = page(folder, "resv")
    for part in ("Parameters", "Returns", "Raises"):
        assert f">{part}<" in text
    assert "Hamming threshold in bits" in text  # of Config
    assert resv.compare.__doc__.partition("\n")[0].rstrip(".") in text
    assert "PreTrainedModel" in page(folder, "resv.hf")


def test_what_was_there_before_is_gone(built):
    folder, _ = built
    assert not (folder / "old.html").exists()


def test_types_are_told():
    """Type checkers read annotations only of packages that say so; the hardware has few."""
    assert (ROOT / "model" / "resv" / "py.typed").is_file()
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "py.typed" in data["package-data"]["resv"]
    for root, place in PACKAGES.items():
        said = "py.typed" in data["package-data"].get(root, [])
        assert said == (ROOT / place / root / "py.typed").is_file()
