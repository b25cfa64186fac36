"""Libraries that come with an extra: loaded by who needs them, when they are needed."""

from importlib import import_module
from typing import Any


def load(module: str, needs: str, extra: str, otherwise: str = "") -> Any:
    """A module of a library that may not be installed.

    Parameters
    ----------
    module : str
    needs : str
        Who needs which library, as ``plots need matplotlib``.
    extra : str
        Of this package: installs it.
    otherwise : str
        What else can be done; empty: nothing.

    Raises
    ------
    ImportError
        If it is not installed; the message says all of this.
    """
    try:
        return import_module(module)
    except ImportError as error:
        end = f", or {otherwise}" if otherwise else ""
        raise ImportError(
            f"{needs}: install it with `pip install vrex-open[{extra}]`{end}"
        ) from error
