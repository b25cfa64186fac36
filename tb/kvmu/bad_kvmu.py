"""Commands that must change nothing, by what is wrong with them (spec D83, D87)."""

from kvmu.golden_kvmu import END, FETCH, FREE, GRANT, INIT, RELEASE

STEPS = (FREE, GRANT, FETCH, RELEASE, END)


def _missing(traffic):
    return traffic.some(lambda state: state is None)


def _init(**wrong):
    """INIT of a context that does not exist, with a number out of its limits."""

    def make(traffic):
        context = _missing(traffic)
        if context is None:
            return None
        return traffic.init_command(context, **{name: of(traffic) for name, of in wrong.items()})

    return make


def _above(rng, limit, bits):
    """A number of so many bits above a limit: the next, the last, or with a bit too many."""
    bit = 1 << rng.randrange(limit.bit_length(), bits)
    return rng.choice([limit + 1, 2**bits - 1, bit, bit | rng.randint(0, limit)])


def _exists(traffic):
    context = traffic.some(lambda state: state is not None)
    return None if context is None else traffic.init_command(context)


def _beyond(traffic):
    command = traffic.init_command(_above(traffic.rng, traffic.build.contexts - 1, 12))
    return {**command, "op": traffic.rng.choice([INIT, *STEPS]), "tokens": 1}


def _not_there(traffic):
    context = _missing(traffic)
    if context is None:
        return None
    return {"op": traffic.rng.choice(STEPS), "context": context, "tokens": 1}


def _grant(wanted, tokens):
    """GRANT of a context in such a state, of so many tokens."""

    def make(traffic):
        context = traffic.some(lambda state: state is not None and wanted(state))
        if context is None:
            return None
        state = traffic.scene.golden.state(context)
        return {**traffic.grant_command(context), "tokens": tokens(traffic, state)}

    return make


def _step(op, wanted, other_chunk=False):
    """An operation of a context in such a state, perhaps of a chunk that is not under way."""

    def make(traffic):
        context = traffic.some(lambda state: state is not None and wanted(state))
        if context is None:
            return None
        command = traffic.named(op, context)
        if other_chunk:
            command["chunk"] ^= 1 << traffic.rng.randrange(16)
        return command

    return make


def _no_operation(traffic):
    return {"op": traffic.rng.choice([6, 7]), "context": traffic.rng.choice(traffic.mix.contexts)}


def _idle(state):
    return not state.granted


def _granted(state):
    return bool(state.granted) and state.fetch is None


def _fetching(state):
    return state.fetch is not None


BAD = {
    "context that exists": _exists,
    "context beyond the last": _beyond,
    "context that does not exist": _not_there,
    "operation": _no_operation,
    "sinks": _init(sink_tokens=lambda traffic: _above(traffic.rng, 255, 16)),
    "no tokens of a chunk": _init(max_chunk=lambda traffic: 0),
    "longest chunk": _init(
        max_chunk=lambda traffic: _above(traffic.rng, traffic.build.max_chunk, 16)
    ),
    "held back": _init(
        held_back=lambda traffic: traffic.rng.randint(0, traffic.build.page_entries - 2)
    ),
    "no frames": _init(frames=lambda traffic: 0),
    "empty chunk": _grant(_idle, lambda traffic, state: 0),
    "long chunk": _grant(
        _idle, lambda traffic, state: _above(traffic.rng, state.config.max_chunk, 16)
    ),
    "second chunk": _grant(lambda state: not _idle(state), lambda traffic, state: 1),
    "fetch without chunk": _step(FETCH, _idle),
    "release without chunk": _step(RELEASE, _idle),
    "end without chunk": _step(END, _idle),
    "fetch before release": _step(FETCH, _fetching),
    "end before release": _step(END, _fetching),
    "release of nothing": _step(RELEASE, _granted),
    "fetch of another chunk": _step(FETCH, _granted, other_chunk=True),
    "release of another chunk": _step(RELEASE, _fetching, other_chunk=True),
    "end of another chunk": _step(END, _granted, other_chunk=True),
}
"""Functions of a `kvmu.traffic_kvmu.Traffic`: a command, or None if there is no such context."""
