"""The figures of the mover: how much of what its source could give it takes, in RTL simulation.

A source that gives a beat a cycle, 64 bits wide, from its latency on: a request taken in cycle t
has its first beat in cycle t + latency at the earliest. Efficiency is beats read / cycles from that
of the first request taken on AR to that of the last beat on R, both included, so with B beats no
more than B / (B + latency) can be had. What is read is written to a target that takes everything
and acknowledges a burst some cycles after its last word; every word is compared there. A piece is a
job.
"""

import json
import subprocess
from pathlib import Path

import simulate
from dre.kvmu import MoverConfig
from figures import Figure
from replay import build

DURATION = "about a minute"
FAR, NEAR = 250, 50
"""Latencies of the memories, in cycles: a fetch reads the far one and writes the near one."""

ORDERS = {"in order": 0, "reordered": 1, "interleaved": 2}
SPREAD = 63
"""Cycles by which the latencies of bursts differ if they are not answered in order."""

PAGE_BYTES = 4096
PAGES = 10_000
PIECES = {
    256: (">= 0.94", None, "Corundum 0.941, axi_cdma 0.222"),
    8192: (">= 0.998", None, "Corundum 0.998, axi_cdma 0.992"),
}
HERE = Path(__file__).parent


def program(config):
    """The compiled mover of a build, with its surroundings."""
    constants = {"jobs": config.jobs, "address_bits": config.address_bits}
    name = f"mover-{config.preset}-{config.outstanding}"
    return build.program(
        "mover", config, [HERE / "efficiency_mover.cpp"], name=name, constants=constants
    )


def run(path, pieces, piece_bytes, order, seed, *, reads=FAR, writes=NEAR):
    """Move pieces, with these latencies; returns {beats, cycles}.

    Raises
    ------
    simulate.BuildFailed
        If a word was wrong, or the mover broke a rule or hung.
    """
    given = (pieces, piece_bytes, reads, writes, ORDERS[order], SPREAD, seed)
    command = [str(path), *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise simulate.BuildFailed(f"mover: {done.stderr.strip()}: {' '.join(command)}")
    found = json.loads(done.stdout)
    if found["wrong"]:
        raise simulate.BuildFailed(f"mover: {found['wrong']} words are wrong: {' '.join(command)}")
    return found


def efficiency(path, *work, **latencies):
    """Beats a cycle."""
    found = run(path, *work, **latencies)
    return round(found["beats"] / found["cycles"], 5)


def measure(seed, say, pages=PAGES):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`."""
    figures = []
    say("mover with 8 bursts outstanding")
    fewer = program(MoverConfig(preset="fpga", outstanding=8))
    for preset in ("asic", "fpga"):
        say(f"mover {preset}")
        path = program(MoverConfig(preset=preset))
        works = [(128, size, "in order", targets) for size, targets in PIECES.items()]
        works += [(pages, PAGE_BYTES, order, (">= 0.98", ">= 0.99", None)) for order in ORDERS]
        for pieces, size, order, targets in works:
            say(f"mover {preset}: {pieces:,} pieces of {size:,} B, {order}")
            figures.append(_fetch(preset, (pieces, size, order, seed), path, fewer, targets))
        say(f"mover {preset}: offloading")
        figures.append(_offload(preset, (pages, PAGE_BYTES, "in order", seed), path))
    return figures


def _fetch(preset, work, path, fewer, targets):
    (pieces, size, order, _), (must, aim, bar) = work, targets
    beats = pieces * size // 8
    bound = f"{beats / (beats + FAR):.5f}: the latency once" + (f"; {bar}" if bar else "")
    return Figure(
        f"mover {preset}: beats read a cycle, {pieces:,} pieces of {size:,} B, answers {order}",
        f"64 bits, source {FAR} cycles, target {NEAR}",
        efficiency(path, *work),
        "beats",
        must,
        aim,
        bound=bound,
        baseline=f"8 outstanding {efficiency(fewer, *work)}",
    )


def _offload(preset, work, path):
    """The other way round: every burst's buffer is in use until the far memory has acknowledged."""
    return Figure(
        f"mover {preset}: beats read a cycle, {work[0]:,} pieces of {work[1]:,} B, offloading",
        f"64 bits, source {NEAR} cycles, target {FAR}",
        efficiency(path, *work, reads=NEAR, writes=FAR),
        "beats",
    )
