"""Policies by name."""

import difflib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass

from resv.policies.base import Policy

_POLICIES: dict[str, type[Policy]] = {}


def register(policy: type[Policy]) -> type[Policy]:
    """Make a policy known by its ``name``; a class decorator.

    Raises
    ------
    TypeError
        If it is no subclass of `Policy`.
    ValueError
        If it has no name, the name holds a sign that commands need, or another one has it.
    """
    if not (isinstance(policy, type) and issubclass(policy, Policy)):
        raise TypeError(f"policy must be a subclass of Policy, not {policy!r}")
    if not policy.name or set(policy.name) & set(",:= "):
        raise ValueError(
            f"name of a policy must have no ',', ':', '=' or space, not {policy.name!r}"
        )
    if _POLICIES.get(policy.name, policy) is not policy:
        raise ValueError(f"name of a policy must be a new one, not {policy.name!r}")
    _POLICIES[policy.name] = policy
    return policy


def names() -> list[str]:
    """Names of all policies, in the order in which they were registered."""
    return list(_POLICIES)


def make(text: str | Policy) -> Policy:
    """A policy from ``name`` or ``name:parameter=value:parameter=value``.

    Parameters
    ----------
    text : str or Policy
        A policy passes as it is.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If name, parameter or value is not one that there is; near ones are suggested.
    """
    if isinstance(text, Policy):
        return text
    if not isinstance(text, str):
        raise TypeError(f"policy must be a Policy or its name, not {type(text).__name__}")
    name, *settings = text.split(":")
    if name not in _POLICIES:
        raise ValueError(f"policy must be one of {listed(names(), name)}")
    policy = _POLICIES[name]
    values = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        defaults = {f.name: f.default for f in fields(policy)} if is_dataclass(policy) else {}
        if key not in defaults:
            raise ValueError(f"parameter of {name} must be one of {listed(defaults, key)}")
        if not sign:
            raise ValueError(f"parameter of {name} must be given as {key}=value, not {setting!r}")
        if key in values:
            raise ValueError(f"parameter {key} of {name} must be given once, not in {text!r}")
        values[key] = _value(f"{name}:{key}", value, defaults[key])
    return policy(**values)


def _value(name: str, text: str, default: int | float | str) -> int | float | str:
    try:
        return type(default)(text)
    except ValueError:
        kind = "an integer" if isinstance(default, int) else "a number"
        raise ValueError(f"{name} must be {kind}, not {text!r}") from None


def listed(known: Iterable[str], given: str) -> str:
    """The end of a message: what there is, what was given, and which of those is near it."""
    known = list(known)
    near = difflib.get_close_matches(given, known, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"{', '.join(known) or '(it has none)'}, not {given!r}{hint}"
