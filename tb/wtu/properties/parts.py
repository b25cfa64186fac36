"""Parts of the WTU that are proved by themselves, made from what JSON can say."""

from dre import WTUConfig
from dre.wtu.scanner import Scanner
from dre.wtu.staged_scanner import StagedScanner


def scanner(**parameters):
    """What goes through the sums of a digit."""
    config = WTUConfig(**parameters)
    return (StagedScanner if config.timing.registered_sums else Scanner)(config)
