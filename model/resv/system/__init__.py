"""The system model: frames, questions and tokens on the paper's machines, and on yours.

from resv import system
system.frame("v-rex8", "kvmu", tokens=40_000).milliseconds  # calibrated to the paper
system.frame("v-rex8", "kvmu", tokens=40_000, mode="stated").milliseconds  # as it states
system.frame("v-rex8", tokens=40_000, mode="ours").fps  # with measured traffic

Section 23 of the specification; ``resv system`` on the command line.
"""

from resv.system.assumptions import Assumptions
from resv.system.energy import Energy
from resv.system.laws import Law, law_of
from resv.system.link import Transfer, transfer
from resv.system.model import Model, load_model
from resv.system.modes import MODES, Options, assume
from resv.system.platform import Platform, load_platform
from resv.system.policy import POLICIES, Policy
from resv.system.run import Result, frame, question, token

__all__ = [
    "MODES",
    "POLICIES",
    "Assumptions",
    "Energy",
    "Law",
    "Model",
    "Options",
    "Platform",
    "Policy",
    "Result",
    "Transfer",
    "assume",
    "frame",
    "law_of",
    "load_model",
    "load_platform",
    "question",
    "token",
    "transfer",
]
