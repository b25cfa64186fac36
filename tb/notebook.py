"""``make notebook``: run the tutorial from its first cell to its last and store what it shows.

A notebook is JSON (nbformat 4.5), and its cells here are plain Python: run in one namespace, what
they print and draw is what Jupyter would show. A kernel to run it would bring 36 packages.
"""

import argparse
import base64
import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from resv.files import atomic_writer

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"
DPI = 72


def main():
    """Run a notebook; exit status 1 if a cell fails, 2 if it cannot be read or written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", nargs="?", type=Path, default=NOTEBOOK)
    parser.add_argument("-o", "--output", type=Path, help="another file than the notebook itself")
    given = parser.parse_args()
    try:
        notebook = json.loads(given.notebook.read_text(encoding="utf-8"))
        play(notebook)
        write(given.output or given.notebook, notebook)
    except (OSError, json.JSONDecodeError) as error:
        sys.exit(f"make notebook: {error}")
    except CellFailed as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    print(f"written: {os.path.relpath(given.output or given.notebook)}")


class CellFailed(Exception):
    """A cell of the notebook raised something; the cause is what."""


def play(notebook):
    """Run the cells of code in their order, and put what they show into the notebook.

    Raises
    ------
    CellFailed
        With the number of the cell, from 1, and what it raised.
    """
    namespace = {"__name__": "__main__"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
        except Exception as error:
            raise CellFailed(f"cell {number}: {type(error).__name__}: {error}") from error
        cell["execution_count"] = number
        cell["outputs"] = [*_text(printed.getvalue()), *_pictures()]


def write(path, notebook):
    """Write a notebook as Jupyter does, with one space a level."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    with atomic_writer(path) as file:
        file.write(f"{text}\n".encode())


def _text(printed):
    if not printed:
        return []
    lines = printed.splitlines(keepends=True)
    return [{"name": "stdout", "output_type": "stream", "text": lines}]


def _pictures():
    """Every figure that is open, as Jupyter would show it; then closed."""
    found = []
    for number in pyplot.get_fignums():
        data = io.BytesIO()
        pyplot.figure(number).savefig(data, format="png", dpi=DPI, metadata={"Software": None})
        image = {"image/png": base64.b64encode(data.getvalue()).decode() + "\n"}
        image["text/plain"] = ["<a figure>"]
        found.append({"data": image, "metadata": {}, "output_type": "display_data"})
    pyplot.close("all")
    return found


if __name__ == "__main__":
    main()
