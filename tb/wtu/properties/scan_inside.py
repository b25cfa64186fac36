"""What makes the claims of `wtu.properties.scan` inductive: the scanner's own registers."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Mux

from dre.wtu.scanner import BELOW, NEED_BITS, TOTAL_BITS
from dre.wtu.sums import SUM_BITS
from verification.claims import implies
from wtu.properties.scan import LAST, found


def crossing(harness):
    """With what makes it inductive."""
    scan, order, sums = found(harness)
    in_order(harness, scan, order)
    known(harness, scan, order)
    bounds(harness, order, sums)
    looked_at(harness, scan, sums)
    registers = in_stages if harness.unit._registered else at_once
    registers(harness, scan, order, sums)


def in_order(harness, scan, order):
    """Each pair is issued once, from the top, and looked at in that order."""
    claim = harness.claim
    later = [stage["valid"] for stage in scan.stages]
    lasts = [stage["valid"] & stage["last"] for stage in scan.stages]
    running = sum((Mux(end, 1, 0) for end in (*lasts, *scan.ends)), Mux(scan.issuing, 1, 0))
    claim(running == order.busy)
    claim(implies(order.busy, (order.pairs != 0) & (order.pairs <= 32)))
    claim(implies(reduce(or_, later), order.busy))
    claim(implies(reduce(or_, scan.ends), order.added == order.pairs))
    claim(implies(scan.issuing, (scan.left != 0) & (scan.left + order.issued == order.pairs)))
    ahead = 0
    for n, stage in reversed(list(enumerate(scan.stages))):
        number, valid = order.numbers[n], stage["valid"]
        claim(implies(valid, number == order.added + ahead))
        claim(implies(valid, stage["last"] == (number + 1 == order.pairs)))
        claim(implies(valid & stage["last"], ~scan.issuing))
        claim(implies(valid, number < order.pairs))
        ahead = ahead + valid
    claim(implies(scan.issuing, order.issued == order.added + ahead))


def known(harness, scan, order):
    """What the scanner knows of a pair is right, wherever the pair is."""
    claim, unit = harness.claim, harness.unit
    fields = ("pair", "octaves", "counts")
    first = (
        harness.line(scan.of("pair")[0]["pair"])[1],
        harness.line(scan.of("octaves")[0]["octaves"])[1],
    )
    odd = (unit.E | 1)[:8]
    claim(implies(scan.issuing, first[0] == (unit.top - order.issued)[:5]))
    claim(implies(scan.issuing, first[1] == (odd - (order.issued << 1))[:8]))
    claim(implies(scan.issuing, harness.signal("beyond") == order.issued[:5]))
    for n, stage in enumerate(scan.of(*fields)):
        number, valid = order.numbers[n], scan.stages[n]["valid"]
        claim(implies(valid, stage["pair"] == (unit.top - number)[:5]))
        claim(implies(valid, stage["octaves"] == (odd - (number << 1))[:8]))
        claim(implies(valid, stage["counts"] == (~unit.doubling | (number <= LAST))))
    for n, stage in enumerate(scan.of("counts_even", stages=scan.shown)):
        number, valid = order.numbers[n], scan.stages[n]["valid"]
        both = ~unit.doubling | (number != LAST) | ~unit.E[0]
        claim(implies(valid, stage["counts_even"] == both))


def bounds(harness, order, sums):
    """Sum and rest are the number; the rest is less than the place where the number is passed."""
    claim = harness.claim
    runs = order.busy & ~sums.lost
    claim(implies(runs, order.added <= order.pairs))
    claim(implies(sums.crossed & order.busy, sums.crosses))
    claim(implies(runs & sums.crosses, sums.above + sums.rest == sums.number))
    claim(implies(runs & sums.crossed, sums.rest < sums.place))
    below = runs & ~sums.crossed
    for value in (sums.above, sums.total):
        claim(implies(runs, value < 2**TOTAL_BITS))
    claim(implies(below & sums.crosses, sums.rest < 2**NEED_BITS))


def looked_at(harness, scan, sums):
    """The pair that is looked at is added up right."""
    claim, unit = harness.claim, harness.unit
    high = Mux(unit.doubling, sums.odd << 1, sums.odd)
    if unit._registered:
        for name, place in zip(("odd_0_0", "even_0_0"), sums.shown[0], strict=True):
            claim(implies(scan.stages[scan.shown]["valid"], harness.signal(name) == place))
    here = scan.stages[-1]["valid"]
    claim(implies(here, harness.signal("high") == high))
    claim(implies(here, harness.signal("both") == high + sums.even))


def at_once(harness, scan, order, sums):
    """The scanner's own registers, of the preset without registers between."""
    claim, unit = harness.claim, harness.unit
    total, need, below = unit._total, unit._need, unit._below
    kept, twice = harness.signal("kept"), unit.doubling
    pair, octaves = harness.operand(unit.found, 5), harness.operand(unit.found_octave, 8)
    runs = order.busy & ~sums.lost & ~unit.done
    claim(implies(order.busy & ~sums.lost, unit.passed == sums.crossed))
    adds = runs & ~sums.crossed
    claim(implies(adds, total == sums.total))
    claim(implies(adds & sums.crosses, need == sums.rest))
    claim(implies(adds & twice, below == sums.below))
    at = runs & sums.crossed
    claim(implies(at, pair == (unit.top - sums.pair)[:5]))
    claim(implies(at, octaves == ((unit.E | 1) - (sums.pair << 1))[:8]))
    before = Mux(twice, Cat(below[-2:], need), need)
    shifted = Mux(twice, total << 2, total)
    claim(implies(at, sums.upper == (kept > before)))
    upper, lower = at & sums.upper, at & ~sums.upper
    claim(implies(upper, Mux(twice, total << 1, total) == sums.total))
    claim(implies(upper, Mux(twice, Cat(below[-1], need), need) == sums.rest))
    claim(implies(lower, shifted + kept == sums.total))
    claim(implies(lower, before - kept == sums.rest))


def in_stages(harness, scan, order, sums):
    """The same of the preset with registers between."""
    claim, unit, twice = harness.claim, harness.unit, harness.unit.doubling
    noting, loading = harness.signal("noting_0"), harness.signal("loading_0")
    valid = [stage["valid"] for stage in scan.stages]
    claim(implies(order.busy, unit._doubling == twice))
    claim(implies(order.busy, unit._crossing == sums.crosses))
    # A number is taken before the first pair has come.
    claim(implies(noting | loading, order.busy & (order.added == 0) & ~(noting & loading)))
    claim(implies(noting, (order.issued == 0) & scan.issuing & ~reduce(or_, valid)))
    claim(implies(loading, ~reduce(or_, valid[1:]) & ~reduce(or_, scan.ends)))
    number = Mux(twice, unit.number >> BELOW, unit.number)
    at_start = ~sums.lost & (sums.rest == Mux(unit.load_need, number, unit.need))
    at_start &= ~sums.crossed & (sums.total == Mux(unit.begin, 0, unit.total))
    claim(implies(noting | loading, at_start))
    claim(implies(noting | loading, sums.below == unit.number[:BELOW]))
    claim(implies(loading & sums.crosses, harness.signal("first") == sums.rest))
    runs = order.busy & ~sums.lost & ~noting
    subtracted(harness, runs, loading, sums)
    added_up(harness, runs & ~loading, scan, sums)


def subtracted(harness, runs, loading, sums):
    """What is needed; then, of the pair where that is passed, what stands beside it."""
    claim, unit, twice = harness.claim, harness.unit, harness.unit.doubling
    _, passed = harness.line(unit.passed)
    need, below = harness.operand(passed, SUM_BITS + 4), harness.signal("below")
    pair, octaves = harness.operand(unit.found, 5), harness.operand(unit.found_octave, 8)
    before, after = harness.signal("kept"), harness.signal("after_upper")
    kept = harness.operand(after, SUM_BITS + 1)
    claim(implies(runs & ~sums.crossed & twice, below == sums.below))
    runs &= ~loading
    claim(implies(runs, passed == sums.crossed))
    claim(implies(runs & ~sums.crossed & sums.crosses, need == sums.rest))
    at = runs & sums.crossed
    upper, lower = at & sums.upper, at & ~sums.upper
    claim(implies(at, pair == (unit.top - sums.pair)[:5]))
    claim(implies(at, octaves == ((unit.E | 1) - (sums.pair << 1))[:8]))
    claim(implies(at, sums.upper == (kept > before)))
    claim(implies(upper, Mux(twice, before >> 1, before) == sums.rest))
    claim(implies(lower, before - kept == sums.rest))


def added_up(harness, runs, scan, sums):
    """The sum above, a cycle later; and results when the last pair has been looked at."""
    claim, twice = harness.claim, harness.unit.doubling
    late, high, both = (harness.signal(f"late{name}_0") for name in ("", "_high", "_both"))
    above, with_upper = harness.signal("above"), harness.signal("with_upper")
    after, before = harness.signal("after_upper"), harness.signal("kept")
    kept = harness.operand(after, SUM_BITS + 1)
    shifted = Mux(twice, above << 2, above)
    claim(implies(scan.ends[1] | scan.ends[2], ~late))
    adds, at = runs & ~sums.crossed, runs & sums.crossed
    claim(implies(adds & ~late, above == sums.total))
    claim(implies(adds & late, shifted + both == sums.total))
    claim(implies(at & sums.upper, Mux(twice, above << 1, above) == sums.total))
    claim(implies(at & ~sums.upper & late, shifted + high == sums.total))
    claim(implies(at & ~sums.upper & ~late, with_upper == sums.total))
    claim(implies(at & scan.ends[1], after == (before - kept)[: len(after)]))
