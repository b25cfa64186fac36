"""What makes the rules at the arbiter's ports inductive."""

from amaranth.hdl import Value

from verification.claims import implies


def skid(harness, queue, *path):
    """Two registers hold a queue of at most two."""
    part = harness.part(*path)
    first, second, waiting = (
        harness.signal(name, *path) for name in ("first", "second", "waiting")
    )
    harness.claim(implies(waiting, part.valid))
    harness.claim(queue.count == part.valid + waiting)
    for register, there, entry in zip(
        (first, second), (part.valid, waiting), queue.entries, strict=True
    ):
        held, known = Value.cast(register), Value.cast(entry)
        harness.claim(implies(there, held == known))


def line(harness, queue, *path):
    """Registers hold a queue."""
    part = harness.part(*path)
    harness.claim(part.level == queue.count)
    for n, entry in enumerate(queue.entries):
        place = Value.cast(harness.signal(f"place_{n}", *path))
        harness.claim(implies(queue.count > n, place == Value.cast(entry)))


def side(harness, half, side):
    """Registers of AR and R, or of AW and B."""
    skid(harness, side.requests, half, "asking", "channel")
    skid(harness, side.answers, half, "answering", "channel")
    for n, port, _ in side.masters:
        for own in range(port.ids):
            count = harness.signal(f"count_{own}", half, "answering", f"{port.name}_account")
            harness.claim(count == side.under_way[n, own])
    turns(harness, side, half, "asking", "turns")


def turns(harness, side, *path):
    """Those behind the last one served come first; who has been passed by, before who passed."""
    behind = harness.signal("behind", *path)
    count = len(behind)
    harness.claim((behind & 1 == 0) & ((behind | behind << 1)[:count] == behind))
    for (p, q), passed in side.passed.items():
        # q was served while p waited: from the last one served on, p comes before q.
        sooner = (behind[p] & ~behind[q]) | ((behind[p] == behind[q]) & (p < q))
        harness.claim(implies(passed, sooner))
        harness.claim(implies(passed, side.waits[p]))
