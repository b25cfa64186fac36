"""Machines: engine, memories, link and power, from data files (D150)."""

from dataclasses import dataclass
from pathlib import Path

from resv.system import fields
from resv.system.fields import Field

FIELDS = {
    "cores": Field(0, 4_096, "", whole=True),
    "clock_mhz": Field(0, 100_000, "MHz"),
    "peak_tflops": Field(1e-6, 1e6, "TFLOPS"),
    "dram_gb_s": Field(1e-6, 1e6, "GB/s"),
    "dram_gb": Field(1e-3, 1e6, "GB"),
    "reserved_gb": Field(0, 1e6, "GB"),
    "link_gb_s": Field(1e-6, 1e6, "GB/s"),
    "link_packet_bytes": Field(16, 4_096, "bytes", whole=True),
    "link_overhead_bytes": Field(0, 256, "bytes", whole=True),
    "far_page_bytes": Field(0, 1 << 20, "bytes", whole=True),
    "far_reads_s": Field(0, 1e12, "reads/s"),
    "power_w": Field(0, 1e5, "W"),
    "chip_w": Field(0, 1e5, "W"),
    "link_w": Field(0, 1e4, "W"),
    "far_w": Field(0, 1e4, "W"),
    "dram_pj_bit": Field(0, 1e3, "pJ/bit"),
    "area_mm2": Field(0, 1e5, "mm²"),
}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A machine. GB are 10^9 bytes.

    Attributes
    ----------
    name : str
    cores : int
        Each with a DRE; 0: it has none (a GPU).
    clock_mhz : float
        Of the DRE.
    peak_tflops : float
        Of all cores, BF16.
    dram_gb_s, dram_gb, reserved_gb : float
        Near memory; what of it is neither weights nor KV.
    link_gb_s : float
        To far memory, each way.
    link_packet_bytes, link_overhead_bytes : int
        Payload of a packet, and what goes over the link with it.
    far_page_bytes, far_reads_s : int, float
        Far memory is read in whole pages, and so many reads a second; 0: any bytes, no limit.
    power_w, chip_w, link_w, far_w, dram_pj_bit : float
        The whole; its parts: accelerator, link and far memory while busy, near memory.
    area_mm2 : float
    sources : dict of str to str
        Where each number is from.
    """

    name: str
    cores: int
    clock_mhz: float
    peak_tflops: float
    dram_gb_s: float
    dram_gb: float
    reserved_gb: float
    link_gb_s: float
    link_packet_bytes: int
    link_overhead_bytes: int
    far_page_bytes: int
    far_reads_s: float
    power_w: float
    chip_w: float
    link_w: float
    far_w: float
    dram_pj_bit: float
    area_mm2: float
    sources: dict[str, str]

    @property
    def has_dre(self) -> bool:
        """It has the paper's retrieval engine."""
        return self.cores > 0

    @property
    def flops(self) -> float:
        """Operations a second at most."""
        return self.peak_tflops * 1e12

    @property
    def dram_rate(self) -> float:
        """Bytes a second of near memory at most."""
        return self.dram_gb_s * 1e9

    @property
    def link_rate(self) -> float:
        """Bytes a second of the link at most, each way."""
        return self.link_gb_s * 1e9


def load_platform(name: str | Path) -> Platform:
    """A machine of this package by name, or of a file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If there is no such machine, a number is missing or impossible, or a DRE has no clock.
    """
    path = fields.packaged("platforms", str(name))
    name, values, sources = fields.read(path, FIELDS)
    if values["cores"] and not values["clock_mhz"]:
        raise ValueError(
            f"{path}: clock_mhz must be above 0 with {values['cores']} cores, "
            f"not {values['clock_mhz']:g}"
        )
    return Platform(name=name, sources=sources, **values)
