"""Benches played on a prepared simulation, for tests that want all of them to pass."""

import simulate


def play(prepared, benches, seed, without=()):
    """Run every bench with a seed; what fails is named, with its log.

    ``without`` are those of them that have no case for this build, which is checked too.
    """
    failures = {}
    for bench in benches:
        outcome = simulate.run(prepared, bench, seed=seed)
        ran = outcome.passed + len(outcome.failures)
        assert bool(ran) != (bench in without), f"{bench} ran {ran} cases"
        if outcome.failures:
            failures[bench] = (outcome.failures, str(outcome.log))
    assert not failures, failures
