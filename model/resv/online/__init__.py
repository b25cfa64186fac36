"""A policy inside a stream that is going on: chunks as they come, selections, what is kept.

Plain NumPy; `resv.hf` puts it behind the attention of a model (section 24 of the specification).
"""

from resv.online.capture import Capture
from resv.online.choosing import Choice, LayerChooser
from resv.online.knobs import Knobs, resolve
from resv.online.record import ChunkRecord, Record
from resv.online.timeline import KINDS, Layout, Piece, Plan, Run, Timeline

__all__ = [
    "KINDS",
    "Capture",
    "Choice",
    "ChunkRecord",
    "Knobs",
    "LayerChooser",
    "Layout",
    "Piece",
    "Plan",
    "Record",
    "Run",
    "Timeline",
    "resolve",
]
