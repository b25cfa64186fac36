"""``make docs``: the reference of all public modules, out of their docstrings, in build/docs.

Public are the packages of resv, dre and boards, and the modules that a package names in its
``__all__``, or all it has if there is none. pdoc writes the pages.
"""

import importlib
import importlib.util
import pkgutil
import shutil
import sys
import types
import warnings
from pathlib import Path

import pdoc
import pdoc.doc
import pdoc.render

BUILD = Path(__file__).parents[1] / "build" / "docs"
ROOTS = ("resv", "dre", "boards")
ALSO = ("resv.kvmu.experiment",)
"""Modules that pages of docs/ tell to import, though their packages do not name them."""

TITLE = "V-Rex, open"
NOT_THERE = ("torch", "torch.nn", "transformers", "transformers.masking_utils")
"""Of extra ``hf``, which `make` does not install; resv.hf names things in them."""


class StandIn(types.ModuleType):
    """A module that has any class asked for, empty: enough for signatures."""

    __path__ = ()
    __version__ = "5"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        register = staticmethod(lambda *_: None)  # the interfaces of transformers
        return type(name, (), {"__module__": self.__name__, "register": register})


def main():
    """Exit status 1 if a module cannot be shown."""
    try:
        pages = build(BUILD)
    except (ImportError, OSError, RuntimeError) as error:
        sys.exit(f"make docs: {error}")
    print(f"{len(pages)} modules: {BUILD / 'index.html'}")


def build(folder):
    """Write the reference into a folder, which is emptied before; returns names of the modules.

    Raises
    ------
    ImportError, OSError, RuntimeError
        If a module or file cannot be had.
    """
    pdoc.render.configure(docformat="numpy", footer_text=TITLE, show_source=False)
    names = public()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # how pdoc tells what it cannot show
        modules = {name: pdoc.doc.Module.from_name(name) for name in names}
        pages = {name: pdoc.render.html_module(one, modules) for name, one in modules.items()}
    shutil.rmtree(folder, ignore_errors=True)
    for name, page in pages.items():
        path = folder.joinpath(*name.split(".")).with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    (folder / "index.html").write_text(pdoc.render.html_index(modules), encoding="utf-8")
    (folder / "search.js").write_text(pdoc.render.search_index(modules), encoding="utf-8")
    return list(pages)


def public():
    """Names of the public modules, imported, each behind the package that it is in."""
    stand_in()
    return [name for root in ROOTS for name in _of_package(importlib.import_module(root))]


def _of_package(package):
    yield package.__name__
    chosen = getattr(package, "__all__", None)
    for found in pkgutil.iter_modules(package.__path__):
        name = f"{package.__name__}.{found.name}"
        if found.ispkg:
            yield from _of_package(importlib.import_module(name))
        elif chosen is None or name in ALSO or _is_module(package, found.name):
            importlib.import_module(name)
            yield name


def _is_module(package, name):
    """Whether a package names a module of its own; a function may have the same name."""
    return name in package.__all__ and isinstance(getattr(package, name), types.ModuleType)


def stand_in():
    """Let resv.hf be imported where PyTorch or transformers is not installed."""
    if all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        return
    for name in NOT_THERE:
        sys.modules[name] = StandIn(name)
        package, _, inner = name.partition(".")
        if inner:
            setattr(sys.modules[package], inner, sys.modules[name])


if __name__ == "__main__":
    main()
