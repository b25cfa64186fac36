"""What may be wrong with a packet, whatever the stream: functions of its beats.

Beats are nested dictionaries as `packing.pack` takes them; none is changed.
"""


def without(beats, n=1):
    """A packet that lacks its n-th beat, and says ``last`` where it now ends."""
    beats = beats[:n] + beats[n + 1 :]
    beats[-1] = {**beats[-1], "last": 1}
    return beats


def longer(beats):
    """A packet with two beats more than announced."""
    return [*beats[:-1], {**beats[-1], "last": 0}, {**beats[-1], "last": 0}, beats[-1]]


def cut(beats):
    """A packet that breaks off without ``last``; the next one's header follows."""
    return [{**beat, "last": 0} for beat in beats[: max(1, len(beats) // 2)]]


def after_header(beats):
    """A header, then nothing; the next one's header follows."""
    return [{**beats[0], "last": 0}]


def endless(beats):
    """A packet of the right length that does not say where it ends."""
    return [*beats[:-1], {**beats[-1], "last": 0}]


def ended_twice(beats):
    """A packet that also says in the middle that it ends."""
    return [beats[0], {**beats[1], "last": 1}, *beats[2:]]


def stray(beats):
    """Beats without header before the packet."""
    return [{**beats[-1], "first": 0, "last": 0}] * 3 + beats


def stray_ends(beats):
    """Last beats of nothing before the packet."""
    return [{**beats[-1], "first": 0, "last": 1}] * 2 + beats


def header_only(beats):
    """A header that says it is the last beat, though it announces more."""
    return [{**beats[0], "last": 1}]


def missing(beats):
    """No packet."""
    return []


def twice(beats):
    """The packet, and again."""
    return [*beats, *beats]


def begun_twice(beats):
    """A header, and the packet: the first one is of a packet that ends at once."""
    return [{**beats[0], "last": 0}, *beats]


def change_header(**changes):
    """A packet whose header differs from what was asked for."""

    def fault(beats):
        header = {**beats[0]["data"]["header"]}
        for name, change in changes.items():
            header[name] = change(header[name])
        return [{**beats[0], "data": {"header": header}}, *beats[1:]]

    return fault


def before(fault):
    """What ``fault`` makes of the packet comes before the packet."""
    return lambda beats: [*fault(beats), *beats]
