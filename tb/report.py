"""What the tables and pictures of replayed traces share."""

from rich.table import Table

from drawings.style import pyplot


def table(title, trace, replays, lines, more=""):
    """One column a preset; ``lines`` are names and functions of a replay, ``more`` a remark."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for replay in replays:
        shown.add_column(replay.preset, justify="right")
    for name, value in lines.items():
        shown.add_row(name, *(_text(value(replay)) for replay in replays))
    kind = trace.metadata.get("weights", "unknown")
    shown.caption = f"layers × KV heads: {trace.q.shape[0]} × {trace.k.shape[1]}, weights: {kind}"
    shown.caption += more
    return shown


def panels():
    """A figure of three panels; returns figure, axes."""
    return pyplot.subplots(1, 3, figsize=(12, 3.4), layout="constrained")


def save(figure, path):
    """Drop what is not data, save, close; returns the path."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def mean(values):
    """The mean, 0 of nothing."""
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def _text(value):
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
