"""Packets of ``counts`` and ``scores``: lists of beats, as the faults change them, and their bits.

A beat is a dictionary like its layout; ``entries`` are one number, element 0 lowest.
"""

import numpy as np

from dre.layouts import SCORE_BITS
from dre.packing import pack


def entries_packet(build, header, values, rng):
    """The beats that carry ``values``; what lies beyond them in the last beat is rubbish."""
    beats = [{"first": 1, "last": 0, "data": {"header": header}}]
    values = np.asarray(values).astype("<u2")
    for begin in range(0, len(values), build.lanes):
        part = values[begin : begin + build.lanes]
        number = int.from_bytes(part.tobytes(), "little")
        missing = build.lanes - len(part)
        if missing:
            number |= rng.getrandbits(SCORE_BITS * missing) << SCORE_BITS * len(part)
        beats.append({"first": 0, "last": 0, "data": {"entries": number}})
    beats[-1]["last"] = 1
    return beats


def bits(build, beat):
    """The payload of a beat."""
    layout = build.entries_packet
    if "header" in beat["data"]:
        return pack(layout, beat)
    ends = pack(layout, {"first": beat["first"], "last": beat["last"]})
    return ends | beat["data"]["entries"] << layout["data"].offset
