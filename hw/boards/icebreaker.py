"""iCEBreaker: an iCE40UP5K, with an HCU of four lanes."""

from amaranth.hdl import Elaboratable
from amaranth_boards.icebreaker import ICEBreakerPlatform

from boards import pins
from boards.board import Board
from boards.clocked import clocked
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
        m = clocked()
        pad = platform.request("clk12", dir="-").io
        button = pins.read(m, "button", platform.request("button", 0, dir="-"))
        m.submodules.clocks = Clocks(CLOCK, "SB_PLL40_PAD", pad, button)
        m.submodules.system = system = HCUSystem(CONFIG)
        uart = platform.request("uart", dir="-")
        m.d.comb += system.rx.eq(pins.read(m, "rx", uart.rx))
        pins.drive(m, "tx", uart.tx, system.tx)
        for name, light in (("led_g", system.alive | system.busy), ("led_r", system.error)):
            pins.drive(m, name, platform.request(name, 0, dir="-"), light)
        return m


ICEBREAKER = Board(
    name="icebreaker",
    title="iCEBreaker (iCE40UP5K)",
    config=CONFIG,
    platform=ICEBreakerPlatform,
    top=ICEBreakerTop,
    chip="ice40",
    device=("--up5k", "--package", "sg48"),
    family="u",
    loader=("-b", "ice40_generic"),
    minutes=3,
    search_mhz=48,
    lights={
        "green": "blinks once a second: it has a clock; steady: it answers",
        "red": "a sticky bit is set, of the HCU or of the link",
    },
)
