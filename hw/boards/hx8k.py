"""iCE40HX8K breakout board, with an HCU of ten lanes as in the paper."""

from amaranth.hdl import Elaboratable
from amaranth_boards.ice40_hx8k_b_evn import ICE40HX8KBEVNPlatform

from boards import pins
from boards.board import Board
from boards.clocked import clocked
from boards.ice40 import PLL, Clocks
from dre.bringup import HCUSystem, HCUSystemConfig
from dre.hcu import HCUConfig

CLOCK = PLL(reference_hz=12_000_000, F=63, Q=4)
CONFIG = HCUSystemConfig(
    hcu=HCUConfig(lanes=10, max_clusters=1_024, max_chunk=32, table="memory", preset="fpga"),
    clock_hz=CLOCK.clock_hz,
    baud=115_200,
)


class HX8KTop(Elaboratable):
    """The system behind the board's second serial port."""

    def elaborate(self, platform):
        m = clocked()
        reference = pins.read(m, "clk12", platform.request("clk12", dir="-"))
        m.submodules.clocks = Clocks(CLOCK, "SB_PLL40_CORE", reference)
        m.submodules.system = system = HCUSystem(CONFIG)
        uart = platform.request("uart", dir="-")
        m.d.comb += system.rx.eq(pins.read(m, "rx", uart.rx))
        pins.drive(m, "tx", uart.tx, system.tx)
        for number, light in enumerate((system.alive, system.busy, system.error)):
            pins.drive(m, f"led_{number}", platform.request("led", number, dir="-"), light)
        return m


HX8K = Board(
    name="hx8k",
    title="iCE40HX8K breakout board (iCE40-HX8K-B-EVN)",
    config=CONFIG,
    platform=ICE40HX8KBEVNPlatform,
    top=HX8KTop,
    chip="ice40",
    device=("--hx8k", "--package", "ct256"),
    family="hx",
    loader=("-b", "ice40_generic"),
    minutes=3,
    search_mhz=120,
    lights={
        "D2": "blinks once a second: it has a clock",
        "D3": "it answers",
        "D4": "a sticky bit is set, of the HCU or of the link",
    },
)
