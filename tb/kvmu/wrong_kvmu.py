"""What a fast replay of the KVMU found wrong first, for people."""

from collections import Counter

from dre.kvmu.unit import COUNTED, STICKY
from kvmu import coverage


def name_of(made):
    """Which command: what it came to, its context and chunk."""
    about = " ".join(f"{name} {made.command[name]}" for name in ("context", "chunk"))
    return f"{coverage.kind_of(made)}, {about}"


def difference(names, replayed):
    """What was wrong first, and of which command; None if nothing was.

    Parameters
    ----------
    names : list of str
        Of all commands, from `name_of`.
    replayed : kvmu.replay_kvmu.Replayed
    """
    said = []
    if replayed.differences:
        first = min(replayed.differences, key=lambda one: one.command)
        said.append(f"command {first.command} ({names[first.command]}): {first.text}")
    if replayed.fault:
        ended = [one.ended > 0 for one in replayed.answers]
        at = ended.index(False) if False in ended else None
        under_way = "" if at is None else f", command {at} ({names[at]}) not answered"
        said.append(replayed.fault + under_way)
    return "; ".join(said) or None


def wrong_monitor(counts, replayed):
    """What is wrong with counters or status bits at the end; None if nothing is.

    ``counts``: what the counters must show. After a rule was broken they are not looked at. Of bits
    that were turned round some are written over before they are read; no more may be put right.
    """
    if replayed.fault:
        return None
    corrected = replayed.counters[COUNTED.index("corrected")]
    if corrected <= replayed.flips:
        counts = Counter({**counts, "corrected": corrected})
    for name, seen in zip(COUNTED, replayed.counters, strict=True):
        if seen != counts[name]:
            return f"counter {name} is {seen}, not {counts[name]}"
    status = sum((counts[name] > 0) << n for n, name in enumerate(STICKY))
    if replayed.status != status:
        return f"status is {replayed.status:#x}, not {status:#x}"
    return None
