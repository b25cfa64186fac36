"""A bring-up system with a DRE, as large as the memories of an ECP5-85F: for simulation."""

from boards.board import Board
from dre.bringup import DRESystem, DRESystemConfig
from dre.core import DREConfig

CONFIG = DRESystemConfig(
    dre=DREConfig(
        contexts=1,
        lanes=4,
        max_clusters=1_024,
        on_chip_clusters=1_024,
        max_chunk=32,
        near_slots=256,
        frames=8,
        far_pages=32,
        extents=1_056,
        entry_bytes=128,
        max_tokens=1_024,
        window=32,
        kept_words=64,
        cache_words=128,
        address_bits=24,
        outstanding=8,
        fetch_bytes=1_024,
        updates=4,
        jobs=8,
        preset="fpga",
    ),
    clock_hz=40_000_000,
    baud=1_000_000,
)
"""Ten lanes of the HCU, as the paper has them, a quarter of the WTU's. Memories are as small as
block RAM is: an entry has 128 bytes, 32 dimensions of K and V each; 256 are near, 1,024 far."""

BOARD = Board(
    name="dre",
    title="DRE in simulation",
    config=CONFIG,
    platform=None,
    top=lambda: DRESystem(CONFIG),
    chip="none",
    device=(),
    family="none",
    loader=(),
    minutes=0,
    search_mhz=0,
    lights={},
)
"""No board: what the program that tests boards must be told of one."""
