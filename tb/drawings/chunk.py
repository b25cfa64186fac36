"""One chunk of a whole DRE: when beats move on its streams."""

import numpy as np

from drawings.style import BLUE, GREY, RED, finish, pyplot

STREAMS = {
    "grants": ("grants: where keys and values go", GREY),
    "hash_bits": ("hash_bits: to the HCU", BLUE),
    "scores": ("scores: to the WTU", BLUE),
    "rows": ("rows: masks and sums", RED),
    "deliveries": ("deliveries: tokens to attend to", RED),
    "assignments": ("assignments: where tokens went", RED),
}


def draw(done, about, path):
    """A line for each beat.

    Parameters
    ----------
    done : dre.rtl.Done
    about : str
    path : Path
    """
    figure, axes = pyplot.subplots(figsize=(9, 2.6), layout="constrained")
    labels = []
    for row, (name, (label, colour)) in enumerate(reversed(STREAMS.items())):
        beats = np.asarray(done.beats_at[name])
        axes.eventplot(beats, lineoffsets=row, linelengths=0.7, linewidths=0.6, colors=colour)
        labels.append(label)
    axes.set_yticks(range(len(labels)), labels)
    for name, text in (("delivered", "last release"), ("all", "END")):
        axes.axvline(done.cycles[name], color=GREY, linewidth=0.8, linestyle=":")
        axes.text(done.cycles[name], len(labels) - 0.45, text, fontsize=7, color=GREY, ha="right")
    axes.set(xlabel="cycles after the first command", ylim=(-0.6, len(labels) - 0.2))
    return finish(figure, [axes], about, path)
