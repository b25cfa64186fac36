"""What ``make area`` measures of the HCU: builds, and what they must keep to."""

from amaranth.hdl import Value
from amaranth.sim import Simulator

from control import literal
from dre.control.literal_hcu import LiteralHCU
from dre.hcu.config import HCUConfig
from dre.hcu.search import HashSearch
from dre.layouts import ChunkStatus
from dre.packing import pack
from synthesis.builds import Build, Work

PAPER = {"hash_bits": 32, "lanes": 10, "max_clusters": 1024, "max_chunk": 32}
"""The paper's sizes: 1,024 clusters and a current-hash memory of 32 tokens, 32 bits each."""


TOKENS, CLUSTERS = 10, 1024
"""The frame that is simulated."""


WORK = Work("frame", "table")


def search(preset, **sizes):
    """The HCU without monitor and table memory."""
    return HashSearch(HCUConfig(preset=preset, **sizes))


def search_frame(unit):
    """Cycles as spec D34 counts them for one chunk alone, and table bits read.

    Every token joins: Th_hd is above every distance. What the words are does not matter.
    """
    header = {"context": 0, "chunk": 0, "clusters": CLUSTERS}
    entry = {"word": 0, "members": 1}
    words = _packet(unit.hash_bits, {**header, "tokens": TOKENS}, "word", [0] * TOKENS)
    table = _packet(unit.table, {**header, "group": 0}, "entry", [entry] * CLUSTERS)
    sent = {}  # cycle of each port's last beat
    entries = []

    async def send(ctx, name, port, beats):
        for beat in beats:
            ctx.set(Value.cast(port.payload), beat)
            ctx.set(port.valid, 1)
            await ctx.tick().until(port.ready)
            sent[name] = cycle[0]
            if name == "table":
                entries.append(beat)
        ctx.set(port.valid, 0)

    async def send_words(ctx):
        await send(ctx, "words", unit.hash_bits, words)

    async def send_table(ctx):
        ctx.set(unit.passes.ready, 1)
        await ctx.tick().until(unit.passes.valid)
        await send(ctx, "table", unit.table, table)

    async def receive(ctx):
        settings = {"Th_hd": PAPER["hash_bits"] + 1, "max_clusters": CLUSTERS, "cluster_cap": 65535}
        ctx.set(unit.settings, settings)
        ctx.set(unit.assignments.ready, 1)
        tokens = 0
        while True:
            _, _, valid, payload = await ctx.tick().sample(
                unit.assignments.valid, unit.assignments.payload
            )
            cycle[0] += 1
            tokens += bool(valid and not payload.first and not payload.last)
            if valid and payload.last:
                break
        assert (tokens, payload.data.trailer.status) == (TOKENS, ChunkStatus.OK)
        sent["trailer"] = cycle[0] - 1

    cycle = [0]
    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    for process in (send_words, send_table):
        simulator.add_testbench(process, background=True)
    simulator.add_testbench(receive)
    simulator.run()
    return sent["trailer"] - sent["words"], (len(entries) - 1) * PAPER["hash_bits"]


def _packet(port, header, kind, payloads):
    """Beats of a packet, as numbers."""
    layout = port.payload.shape()
    yield pack(layout, {"first": 1, "last": 0, "data": {"header": header}})
    for left, payload in zip(reversed(range(len(payloads))), payloads, strict=True):
        yield pack(layout, {"first": 0, "last": left == 0, "data": {kind: payload}})


def literal_frame(unit):
    """The same frame, one token against one cluster at a time."""
    words, most = [0] * TOKENS, PAPER["hash_bits"] + 1
    (result,) = literal.run(unit, [literal.Chunk(words, most, CLUSTERS)], clusters=CLUSTERS)
    assert len(result.tokens) == TOKENS
    return result.cycles, result.reads * PAPER["hash_bits"]


def searching(name, preset, sizes, *targets):
    """A build of the search core."""
    return Build(
        name,
        lambda: search(preset, **sizes),
        lambda: search_frame(search(preset, **sizes)),
        *targets,
    )


BUILDS = (
    searching("HCU asic", "asic", PAPER, "<= 11"),
    searching("HCU fpga", "fpga", PAPER, "<= 18", ">= 150", ">= 200"),
    Build("literal control", LiteralHCU, lambda: literal_frame(LiteralHCU())),
    searching("HCU asic, default sizes", "asic", {}),
    searching("HCU fpga, default sizes", "fpga", {}),
)
