"""Argument checks that word every error the same way.

A message names the field, states the rule, then says what came instead: ``max_chunk must be between
1 and 65535, not 0``. A wrong kind (type, dtype) is a ``TypeError``, a wrong value a ``ValueError``.
Nothing is cast silently.
"""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def integer(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """Check that ``value`` is an integer in ``[low, high]``.

    Parameters
    ----------
    name : str
        The field's name, as the user knows it.
    value : Any
        Python or NumPy integers pass; bool and float do not.
    low, high : int or None
        Smallest and largest allowed value. None: no limit on that side.

    Returns
    -------
    int
        The value as a Python int.

    Raises
    ------
    TypeError
        If ``value`` is not an integer.
    ValueError
        If ``value`` is outside the limits.
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {_kind(value)}") from None
    _in_range(name, number, low, high)
    return number


def real(name: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """Check that ``value`` is a finite real number in ``[low, high]``.

    Parameters
    ----------
    name : str
        The field's name, as the user knows it.
    value : Any
        Python and NumPy integers and floats pass; bool and text do not.
    low, high : float or None
        Smallest and largest allowed value. None: no limit on that side.

    Returns
    -------
    float
        The value as a Python float.

    Raises
    ------
    TypeError
        If ``value`` is not a real number.
    ValueError
        If ``value`` is NaN, infinite or outside the limits.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        raise TypeError(f"{name} must be a number, not {_kind(value)}")
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, not {number}")
    _in_range(name, number, low, high)
    return number


def flag(name: str, value: Any) -> bool:
    """Check that ``value`` is True or False (Python's or NumPy's) and return a Python bool.

    Raises
    ------
    TypeError
        If ``value`` is of another kind; 0 and 1 do not pass.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def text(name: str, value: Any) -> str:
    """Check that ``value`` is a ``str`` that is not empty, and return it.

    Raises
    ------
    TypeError
        If ``value`` is not a ``str``.
    ValueError
        If ``value`` is empty.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {_kind(value)}")
    if not value:
        raise ValueError(f"{name} must not be empty, not {value!r}")
    return value


def one_of(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """Check that ``value`` equals one of ``allowed``, and return it.

    Raises
    ------
    TypeError
        If ``value`` is not of the type of any allowed value.
    ValueError
        If ``value`` is of a right type but not in the list.
    """
    allowed = list(allowed)
    rule = f"{name} must be one of {', '.join(map(repr, allowed))}"
    if type(value) not in {type(entry) for entry in allowed}:
        raise TypeError(f"{rule}, not {_kind(value)}")
    if value not in allowed:
        raise ValueError(f"{rule}, not {value!r}")
    return value


def array(
    name: str, value: Any, dtype: DTypeLike, shape: Sequence[int | str | None]
) -> NDArray[Any]:
    """Check that ``value`` is an array of this dtype and shape, and return it unchanged.

    Parameters
    ----------
    name : str
        The field's name, as the user knows it.
    value : Any
        Only ``numpy.ndarray`` passes; nothing is converted.
    dtype : dtype-like
        The one allowed dtype, e.g. ``np.uint32`` or ``ml_dtypes.bfloat16``.
    shape : sequence of int, str or None
        One entry an axis. An int is that size; a str names a size of at least 1, and equal names
        are equal sizes; None is any size, 0 included. Example: ``("T", 128)``.

    Returns
    -------
    ndarray
        ``value`` itself, not a copy.

    Raises
    ------
    TypeError
        If ``value`` is not an ``ndarray``, or of another dtype.
    ValueError
        If the shape does not fit the pattern.
    """
    wanted = np.dtype(dtype)
    article = "an" if wanted.name.startswith("int") else "a"
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be {article} {wanted.name} array, not {_kind(value)}")
    if value.dtype != wanted:
        raise TypeError(f"{name} must be {article} {wanted.name} array, not {value.dtype.name}")
    if not _fits(value.shape, shape):
        pattern = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} must have shape [{pattern}], not {list(value.shape)}")
    return value


def integers(
    name: str, value: Any, shape: Sequence[int | str | None], low: int, high: int | None = None
) -> NDArray[np.integer]:
    """Check that ``value`` is an array of integers in ``[low, high]``, and return it unchanged.

    Parameters
    ----------
    name, value, shape
        As in ``array``; any integer dtype passes.
    low, high : int or None
        Smallest and largest allowed entry. None: no limit above.

    Raises
    ------
    TypeError
        If ``value`` is not an ``ndarray``, or not of integers.
    ValueError
        If the shape does not fit, or an entry is outside the limits: the message gives the first.
    """
    if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, np.integer):
        raise TypeError(
            f"{name} must be an integer array, not {getattr(value, 'dtype', _kind(value))}"
        )
    array(name, value, value.dtype, shape)
    outside = value < low if high is None else (value < low) | (value > high)
    for entry in value[outside][:1]:
        _in_range(name, entry, low, high)
    return value


def finite(name: str, value: NDArray[Any]) -> NDArray[Any]:
    """Check that a float array (bfloat16 too) has no NaN and no infinity, and return it.

    Raises
    ------
    ValueError
        If it has; the message gives the first such entry's position and value.
    """
    bad = ~np.isfinite(value)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} must be finite everywhere, not {float(value[where])} at {list(where)}"
        )
    return value


def _kind(value: Any) -> str:
    """How a message names the type of a value."""
    return type(value).__name__


def _in_range(name: str, value: float, low: float | None, high: float | None) -> None:
    if (low is None or value >= low) and (high is None or value <= high):
        return
    if high is None:
        rule = f"at least {low}"
    elif low is None:
        rule = f"at most {high}"
    else:
        rule = f"between {low} and {high}"
    raise ValueError(f"{name} must be {rule}, not {value}")


def _fits(shape: tuple[int, ...], pattern: Sequence[int | str | None]) -> bool:
    if len(shape) != len(pattern):
        return False
    named: dict[str, int] = {}
    for size, wanted in zip(shape, pattern, strict=True):
        if isinstance(wanted, str):
            if size < 1 or named.setdefault(wanted, size) != size:
                return False
        elif wanted is not None and size != wanted:
            return False
    return True
