# amaranth: UnusedElaboratable=no
"""Build parameters of the bring-up system, its lights, and the PLLs of boards."""

from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from boards import BOARDS, gowin
from boards.ice40 import PLL
from dre.bringup import DRESystem, DRESystemConfig, HCUSystem, HCUSystemConfig
from dre.bringup.lights import Lights
from dre.core.regions import near_pages
from dre.hcu import HCUConfig
from onboard import dre_system

HCU = HCUConfig(table="memory")
HZ = 1_024


def looked_at(works):
    """Cycles in which each light is on, of two seconds; it works in the cycles that are given."""
    dut, found = Lights(HZ), {"alive": [], "busy": []}

    async def watch(ctx):
        for cycle in range(2 * HZ):
            ctx.set(dut.works, cycle in works)
            for name, on in found.items():
                if ctx.get(getattr(dut, name)):
                    on.append(cycle)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-3)
    simulator.add_testbench(watch)
    simulator.run()
    return found


def test_alive_blinks_once_a_second():
    alive = looked_at(())["alive"]
    assert alive == [*range(HZ // 2, HZ), *range(HZ + HZ // 2, 2 * HZ)]


@pytest.mark.parametrize("cycle", [0, 62, 63, 64, 65, 500, 511, 512, 900])
def test_a_moment_of_work_is_seen(cycle):
    busy = looked_at((cycle,))["busy"]
    assert busy == [*range(cycle + 1, cycle + 1 + len(busy))]
    assert HZ / 16 <= len(busy) <= HZ / 4


def test_nothing_is_lit_without_work():
    assert not looked_at(())["busy"]


def test_work_that_lasts_is_seen_all_the_time():
    assert set(range(10, 900)) <= set(looked_at(range(9, 900))["busy"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"hcu": 4}, TypeError, "hcu must be an HCUConfig, not 4"),
        ({"hcu": HCUConfig()}, ValueError, "table of hcu must be 'memory', not 'stream'"),
        ({"clock_hz": 5}, ValueError, "clock_hz must be between 1000000 and 1000000000, not 5"),
        ({"baud": 4_000_000}, ValueError, "baud must be between 300 and 3000000, not 4000000"),
        (
            {"baud": 2_700_000},
            ValueError,
            "baud must be within 2% of clock_hz divided by a whole number, not 2700000",
        ),
    ],
)
def test_bad_parameters(change, error, message):
    with pytest.raises(error, match=message):
        HCUSystemConfig(**{"hcu": HCU, "clock_hz": 12_000_000, "baud": 115_200} | change)


def test_a_system_takes_a_config():
    with pytest.raises(TypeError, match="config must be an HCUSystemConfig, not 3"):
        HCUSystem(3)


def test_a_pll_multiplies_and_divides():
    assert PLL(reference_hz=12_000_000, F=63, Q=5).clock_hz == 24_000_000


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((9_000_000, 63, 5), "reference_hz must be between 10000000 and 20000000, not 9000000"),
        ((12_000_000, 128, 5), "F must be between 0 and 127, not 128"),
        ((12_000_000, 63, 7), "Q must be between 1 and 6, not 7"),
        ((12_000_000, 20, 3), "frequency of the oscillator must be between .*, not 252000000"),
    ],
)
def test_what_a_pll_cannot_do(values, message):
    reference_hz, F, Q = values
    with pytest.raises(ValueError, match=message):
        PLL(reference_hz=reference_hz, F=F, Q=Q)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_line_of_a_board_is_no_farther_off_than_half_a_per_cent(board):
    config = board.config
    assert abs(config.clock_hz / config.divisor / config.baud - 1) < 0.005


def test_a_pll_of_a_gowin_multiplies_and_divides():
    pll = gowin.PLL(27_000_000, 2)
    assert (pll.clock_hz, pll.output_divider) == (54_000_000, 8)
    pll = gowin.PLL(27_000_000, 4, 3)
    assert (pll.clock_hz, pll.output_divider) == (36_000_000, 16)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((2_000_000, 10, 1), "reference_hz must be between 3000000 and 400000000, not 2000000"),
        ((27_000_000, 10, 10), "reference_hz must be between 30000000 and 400000000, not 27000000"),
        ((27_000_000, 65, 1), "multiplier must be between 1 and 64, not 65"),
        ((27_000_000, 1, 0), "divider must be between 1 and 64, not 0"),
        ((27_000_000, 60, 1), "oscillator must be at 400,000,000 to 1,200,000,000 Hz, 2 to 128 "),
    ],
)
def test_what_a_pll_of_a_gowin_cannot_do(values, message):
    with pytest.raises(ValueError, match=message):
        gowin.PLL(*values)


DRE = dre_system.CONFIG.dre


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"dre": 4}, TypeError, "dre must be a DREConfig, not 4"),
        (
            {"dre": replace(DRE, scores_from="near")},
            ValueError,
            "scores_from of dre must be 'stream', not 'near'",
        ),
        ({"clock_hz": 5}, ValueError, "clock_hz must be between 1000000 and 1000000000, not 5"),
    ],
)
def test_bad_parameters_of_a_system_with_a_dre(change, error, message):
    with pytest.raises(error, match=message):
        DRESystemConfig(**{"dre": DRE, "clock_hz": 12_000_000, "baud": 115_200} | change)


def test_a_system_with_a_dre_takes_a_config_and_has_room_for_all_of_it():
    with pytest.raises(TypeError, match="config must be a DRESystemConfig, not 3"):
        DRESystem(3)
    needed = sum(near_pages(DRE).values())
    assert dre_system.CONFIG.pages == {"near": 32, "far": 32}
    assert needed <= 32
    larger = DRESystemConfig(dre=replace(DRE, far_pages=33), clock_hz=12_000_000, baud=115_200)
    assert larger.pages["far"] == 64
