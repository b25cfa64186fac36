"""What a mode assumes of a machine and a policy; nothing else enters the simulation (D150)."""

from collections.abc import Callable
from dataclasses import dataclass

from resv.system import cycles
from resv.system.cycles import Prediction


def as_drawn(tokens: float) -> float:
    """The paper's 32 tokens a cluster, at any length."""
    return 32.0


class DoesNotGo(ValueError):
    """What was asked for cannot be together: mode, machine, policy; cache and near memory.

    All of it is as it should be by itself; anything that is not is another error.
    """


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """All that is not in the data files of machine and model.

    Attributes
    ----------
    mode : str
    dram_efficiency, linear_efficiency, vision_efficiency, attention_efficiency : float
        Share of the peak that is reached: near memory; matrices; vision tower; attention.
    link_efficiency : float
        Share of the link's rate.
    packets : bool
        Count what packets add on the link.
    reads_s : float or None
        Reads of far memory a second; None: the platform's.
    piece_bytes : float
        Bytes that lie in one place in far memory.
    hides_frames, hides_text : bool
        Fetching runs beside the engine; otherwise the engine waits for it.
    ahead : int
        Layers that a fetch is asked for in advance; 0: with the layer's own queries.
    near_bits, link_bits : float
        Of a value of K and V: as the engine reads it, and on the link.
    cluster_tokens : callable
        Cached tokens to the tokens of a cluster, on average.
    attended_tokens, moved_tokens : callable
        (kind, cached tokens, streams) to tokens of a stream and layer: attended, and brought over
        the link.
    cycles : callable
        (tokens, rows, clusters) to `Prediction` of the DRE.
    choice_s : callable or None
        (kind, tokens of the chunk, cached tokens) to seconds in which the engine chooses, for a
        stream and layer; None, or if it gives None: as its operations take.
    """

    mode: str
    dram_efficiency: float = 1.0
    linear_efficiency: float = 1.0
    vision_efficiency: float = 1.0
    attention_efficiency: float = 1.0
    link_efficiency: float = 1.0
    packets: bool = False
    reads_s: float | None = None
    piece_bytes: float = 4_096.0
    hides_frames: bool = True
    hides_text: bool = True
    ahead: int = 1
    near_bits: float = 16.0
    link_bits: float = 16.0
    cluster_tokens: Callable[[float], float] = as_drawn
    attended_tokens: Callable[[str, float, int], float]
    moved_tokens: Callable[[str, float, int], float]
    cycles: Callable[[int, int, float], Prediction] = cycles.drawn
    choice_s: Callable[[str, int, float], float | None] | None = None
