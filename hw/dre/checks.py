"""Checks of build parameters, with one wording for all of them."""


def integer(name, value, low, high):
    """Check that a build parameter is an int in ``[low, high]``, and return it.

    Raises
    ------
    TypeError
        If ``value`` is not an int.
    ValueError
        If ``value`` is outside the limits.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, not {value}")
    return value


def power_of_two(name, value, low, high):
    """Check a number as `integer` does, and that it is a power of two; return it."""
    integer(name, value, low, high)
    if value & (value - 1):
        raise ValueError(f"{name} must be a power of two, not {value}")
    return value


def boolean(name, value):
    """Check that a build parameter is a bool, and return it.

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {value!r}")
    return value


def one_of(name, value, allowed):
    """Check that a build parameter is one of a few names, and return it.

    Raises
    ------
    TypeError
        If ``value`` is not a str.
    ValueError
        If it is none of ``allowed``; the message lists them.
    """
    message = f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}"
    if not isinstance(value, str):
        raise TypeError(message)
    if value not in allowed:
        raise ValueError(message)
    return value
