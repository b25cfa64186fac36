"""Figures of the system model, as `resv system figure` draws them."""

from resv.system import modes, output
from resv.system.figures import FIGURES

NAMES = {"13a": "latency", "local-share": "share", "fps": "fps", "streams": "streams"}
"""Those in the docs, and what their pictures are called."""


def draw(folder, say):
    """Draw them; yields their paths."""
    for figure, name in NAMES.items():
        say(f"system model, figure {figure}")
        path = folder / f"system-{name}.png"
        output.draw(FIGURES[figure][1](modes.MODES, say), path)
        yield path
