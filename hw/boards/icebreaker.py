"""iCEBreaker: an iCE40UP5K, with an HCU of four lanes."""

from amaranth.hdl import Elaboratable, Module
from amaranth_boards.icebreaker import ICEBreakerPlatform

from boards.board import Board
from boards.ice40 import PLL, Clocks
from dre.bringup import HCUSystem, HCUSystemConfig
from dre.hcu import HCUConfig

CLOCK = PLL(reference_hz=12_000_000, F=63, Q=5)
CONFIG = HCUSystemConfig(
    hcu=HCUConfig(lanes=4, max_clusters=256, max_chunk=32, table="memory", preset="fpga"),
    clock_hz=CLOCK.clock_hz,
    baud=115_200,
)


class ICEBreakerTop(Elaboratable):
    """The system behind the board's second serial port; the user button resets it."""

    def elaborate(self, platform):
        m = Module()
        pad = platform.request("clk12", dir="-").io
        button = platform.request("button", 0).i
        m.submodules.clocks = Clocks(CLOCK, "SB_PLL40_PAD", pad, button)
        m.submodules.system = system = HCUSystem(CONFIG)
        uart = platform.request("uart")
        m.d.comb += [
            system.rx.eq(uart.rx.i),
            uart.tx.o.eq(system.tx),
            platform.request("led_g", 0).o.eq(system.alive | system.busy),
            platform.request("led_r", 0).o.eq(system.error),
        ]
        return m


ICEBREAKER = Board(
    name="icebreaker",
    title="iCEBreaker (iCE40UP5K)",
    config=CONFIG,
    platform=ICEBreakerPlatform,
    top=ICEBreakerTop,
    device=("--up5k", "--package", "sg48"),
    family="u",
    loader=("-b", "ice40_generic"),
    lights={
        "green": "blinks once a second: it has a clock; steady: it answers",
        "red": "a sticky bit is set, of the HCU or of the link",
    },
)
