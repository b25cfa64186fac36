"""Whole chunks between memories and streams of cocotbext-axi: a second opinion on the ports.

BENCH settings: as of `core.bench_core`.
"""

from functools import partial

import cocotb

from core.build_core import SETTINGS
from core.peers_core import OtherPeers
from core.player_core import Player
from core.scene_core import begin

MOST_CHUNKS = 10


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
@cocotb.parametrize(often=[0.0, 0.4])
async def a_trace_between_other_peers(dut, often):
    """Every intermediate is the golden model's; channels and streams pause in so many cycles."""
    chunks = SETTINGS.get("most_chunks", {}).get("others", MOST_CHUNKS)
    scene = await begin(dut, pauses=often, peers=partial(OtherPeers, often=often))
    await Player(2).play(scene, chunks)
    await scene.end()
    for name in ("delivered", "pages written", "pages read", "assigned", "rows"):
        assert scene.seen[name], f"no {name}"
