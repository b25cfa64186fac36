"""Runs `LiteralHCU` on chunks, in Amaranth's simulator."""

from dataclasses import dataclass

from amaranth.sim import Simulator

MOST_CYCLES_BETWEEN_BEATS = 10_000


@dataclass(frozen=True)
class Chunk:
    """A chunk to be clustered; words as integers."""

    words: list
    Th_hd: int
    max_clusters: int


@dataclass(frozen=True)
class Result:
    """What a chunk gave; a token is a tuple (cluster, founded, full, distance)."""

    tokens: list
    cycles: int
    reads: int
    clusters: int


def run(unit, chunks, clusters=0):
    """Cluster chunks one after the other; the table begins with ``clusters`` words of 0 and grows.

    Cycles are counted from the first one that is busy to the last.
    """
    results = []

    async def bench(ctx):
        held = clusters
        for chunk in chunks:
            for number, word in enumerate(chunk.words):
                ctx.set(unit.load, 1)
                ctx.set(unit.load_number, number)
                ctx.set(unit.load_word, word)
                await ctx.tick()
            ctx.set(unit.load, 0)
            ctx.set(unit.tokens, len(chunk.words))
            ctx.set(unit.clusters_before, held)
            ctx.set(unit.Th_hd, chunk.Th_hd)
            ctx.set(unit.max_clusters, chunk.max_clusters)
            ctx.set(unit.assignments.ready, 1)
            ctx.set(unit.start, 1)
            await ctx.tick()
            ctx.set(unit.start, 0)
            found, cycles, reads = [], 0, 0
            while ctx.get(unit.busy):
                assert cycles < MOST_CYCLES_BETWEEN_BEATS * (len(chunk.words) + 1), "it hangs"
                cycles += 1
                reads += ctx.get(unit.reads)
                if ctx.get(unit.assignments.valid):
                    beat = ctx.get(unit.assignments.payload)
                    found.append((beat.cluster, beat.founded, beat.full, beat.distance))
                await ctx.tick()
            held = ctx.get(unit.clusters)
            results.append(Result(found, cycles, reads, held))

    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return results
