"""Tang Nano 9K: a Gowin GW1NR-9C, with an HCU of ten lanes as in the paper."""

from amaranth.hdl import Elaboratable
from amaranth_boards.tang_nano_9k import TangNano9kPlatform

from boards import pins
from boards.board import Board
from boards.clocked import clocked
from boards.gowin import PLL, Clocks
from dre.bringup import HCUSystem, HCUSystemConfig
from dre.hcu import HCUConfig

CLOCK = PLL(reference_hz=27_000_000, multiplier=2)
CONFIG = HCUSystemConfig(
    hcu=HCUConfig(lanes=10, max_clusters=1_024, max_chunk=32, table="memory", preset="fpga"),
    clock_hz=CLOCK.clock_hz,
    baud=115_200,
)
DEVICE, FAMILY = "GW1NR-9C", "GW1N-9C"
"""As the PLL has it; as the open tools call the die."""


def platform():
    """The board, for the open tools."""
    return TangNano9kPlatform(toolchain="Apicula")


class TangNano9KTop(Elaboratable):
    """The system behind the board's serial port; button S1 resets it."""

    def elaborate(self, platform):
        m = clocked()
        reference = pins.read(m, "clk27", platform.request("clk27", dir="-"))
        button = pins.read(m, "button", platform.request("button", 0, dir="-"))
        m.submodules.clocks = Clocks(CLOCK, DEVICE, reference, button)
        m.submodules.system = system = HCUSystem(CONFIG)
        uart = platform.request("uart", dir="-")
        m.d.comb += system.rx.eq(pins.read(m, "rx", uart.rx))
        pins.drive(m, "tx", uart.tx, system.tx)
        for number, light in enumerate((system.alive, system.busy, system.error)):
            pins.drive(m, f"led_{number}", platform.request("led", number, dir="-"), light)
        return m


TANGNANO9K = Board(
    name="tangnano9k",
    title="Tang Nano 9K (GW1NR-9C)",
    config=CONFIG,
    platform=platform,
    top=TangNano9KTop,
    chip="gowin",
    device=("GW1NR-LV9QN88PC6/I5",),
    family=FAMILY,
    loader=("-b", "tangnano9k"),
    minutes=20,
    search_mhz=90,
    lights={
        "LED 0": "blinks once a second: it has a clock",
        "LED 1": "it answers",
        "LED 2": "a sticky bit is set, of the HCU or of the link",
    },
)
