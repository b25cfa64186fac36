"""What must not be asked of the table unit (spec D101)."""

import cocotb

from broken_packets import after_header, cut, endless
from dre.layouts import ChunkStatus
from table.scene_table import BUILD, begin
from table.workload_table import Workload

BEYOND = BUILD.contexts


@cocotb.test()
async def requests_beyond(dut):
    """A context or clusters that there cannot be: a packet without payload."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await work.shown()
    most = (1 << BUILD.max_clusters.bit_length()) - 1
    beyond = [(BEYOND, 1), (4095, 1), *([(0, most)] if most > BUILD.max_clusters else [])]
    for context, clusters in beyond:
        scene.ask_empty(context, clusters)
        scene.counts["bad_request"] += 2
        await scene.finish()
        scene.ask_pass(0)
        scene.ask_counts(0)
    await scene.end()
    assert len(scene.words_port.bursts) == len(beyond)


@cocotb.test()
async def tokens_that_cannot_be(dut):
    """Chunks of contexts, clusters or sizes beyond the build's are let through and not written."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    one = work.tokens(0, 1, "one")
    bad = [(BEYOND, one), (4095, one), (0, one * (BUILD.max_chunk + 1))]
    most = 1 << max(1, (BUILD.max_clusters - 1).bit_length())
    if most > BUILD.max_clusters:
        bad.append((0, [{**one[0], "cluster": BUILD.max_clusters}]))
        bad.append((0, [{**one[0], "cluster": most - 1}]))
    for context, tokens in bad:
        scene.decide(context, tokens, counts=False)
        scene.counts["bad_chunk"] += 1
        scene.decide(context, tokens, ChunkStatus.REFUSED)  # never counts, and is not bad
        await scene.finish()
        scene.decide(0, one)
    await scene.end()


@cocotb.test()
@cocotb.parametrize(change=[cut, endless, after_header])
async def packets_without_a_trailer(dut, change):
    """The next one's header ends them; they are not written."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    tokens = work.tokens(0, BUILD.max_chunk, "one")
    for _ in range(3):
        scene.decide(0, tokens, counts=False, change=change)
        scene.counts["bad_chunk"] += 1
        scene.decide(0, tokens)
        await scene.finish()
    await scene.end()


@cocotb.test()
async def beats_of_no_packet(dut):
    """Without a header they go by, last ones too."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    tokens = work.tokens(0, 1, "one")
    for _ in range(3):
        scene.decide(0, tokens, counts=False, change=lambda beats: beats[1:])
        scene.decide(0, tokens)
    await scene.end()


@cocotb.test()
async def nothing_to_age(dut):
    """A context or a cluster beyond the build's: taken, counted, nothing changed."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    most = 1 << max(1, (BUILD.max_clusters - 1).bit_length())
    beyond = [(BEYOND, 0), (4095, 0), *([(0, most - 1)] if most > BUILD.max_clusters else [])]
    for context, cluster in beyond:
        scene.age(context, cluster, counts=False)
        scene.counts["bad_aged"] += 1
        scene.age(0, 0)
    await scene.end()
    await scene.clear(bad_aged=1)
    assert not scene.read("status")["bad_aged"]
    scene.age(BEYOND, 0, counts=False)
    scene.counts["bad_aged"] += 1
    await scene.end()
