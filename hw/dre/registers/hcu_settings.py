"""Registers for the settings of an HCU, wherever it is."""

from amaranth.utils import bits_for

from dre.layouts import MEMBERS_BITS
from dre.registers.fields import WORD_BYTES, Field, Register


def hcu_settings(config, address):
    """A word for each of them.

    Parameters
    ----------
    config : HCUConfig or DREConfig
    address : int
        Of the first one.
    """
    words = (
        ("Th_hd", "Of the HCU: nearer than this joins", config.hash_bits + 1),
        ("max_clusters", "Of the HCU: a table that is full", config.max_clusters),
        ("cluster_cap", "Of the HCU: members that close a cluster", 2**MEMBERS_BITS - 1),
    )
    for number, (name, about, most) in enumerate(words):
        field = Field(name, bits_for(most), 0, "held", about)
        yield Register(f"setting_{name}", address + WORD_BYTES * number, (field,), about)
