"""One look for all pictures: what each one calls before and after it draws."""

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot

BLUE, RED, GREY = "#2f6f9f", "#b5422c", "#8a8a8a"
"""Told apart by people with any colour vision, and in print."""

WIDTH_INCHES, DPI = 9.0, 110


def panels(count, height, ratios=None):
    """A figure of README width with ``count`` panels side by side; returns figure, axes."""
    return pyplot.subplots(
        1,
        count,
        figsize=(WIDTH_INCHES, height),
        layout="constrained",
        gridspec_kw={"width_ratios": ratios or [1] * count},
    )


def shades(count):
    """``count`` blues, from dark to light."""
    return matplotlib.colormaps["Blues"](np.linspace(0.95, 0.4, count))


def finish(figure, axes, trace, path):
    """Name the trace, drop what is not data, save; returns the path."""
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(trace, fontsize=7, color=GREY, x=0.995, ha="right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    pyplot.close(figure)
    return path
