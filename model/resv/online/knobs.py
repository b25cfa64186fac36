"""The one number of a policy, for frames and for text (D134), as a user gives it."""

from collections.abc import Mapping
from dataclasses import dataclass

from resv import checks
from resv.config import Config
from resv.policies import Full, Policy, ReSVPolicy, make
from resv.policies.automatic import THRESHOLD
from resv.tokens import Kind

STEPS = 65_536
"""Steps of the register that holds Th_r (D20)."""
_OF_RESV = ("hash_bits", "Th_hd", "max_clusters")


@dataclass(frozen=True)
class Knobs:
    """A knob for chunks of frames, and one for all others.

    Parameters
    ----------
    frames, text : float
    """

    frames: float
    text: float

    def of(self, kind: Kind) -> float:
        """The knob of a chunk."""
        return self.frames if kind == Kind.FRAME else self.text


def resolve(
    policy: str | Policy | Config,
    knob: float | Mapping[str, float] | None = None,
    config: Config | None = None,
) -> tuple[Policy, Knobs, Config]:
    """What a user asks for: a policy, its knobs, and a configuration for what all policies share.

    Parameters
    ----------
    policy : str, Policy or Config
        A name with parameters as ``resv.policies.make`` reads it, or a policy. A ``Config`` is
        ReSV with it: Th_r is the knob, and ``knob`` and ``config`` must not be given.
    knob : float, mapping or None
        A share of the far tokens, or Th_r, 0 to 1; or ``{"frames": .., "text": ..}``. None: for
        ReSV ``config.Th_r``; other policies that have a knob need one.
    config : Config or None
        ``sink_tokens``, ``recent_tokens``, ``max_chunk`` and ``Th_r`` are used; None: the defaults.

    Raises
    ------
    TypeError, ValueError
        If one is of a wrong kind or value, or something is set that would not be used.
    """
    if isinstance(policy, Config):
        if knob is not None or config is not None:
            raise ValueError("knob and config must not be given beside a Config, which has both")
        config = policy
        policy = _of(config)
    policy = make(policy)
    config = Config() if config is None else config
    if not isinstance(config, Config):
        raise TypeError(f"config must be a Config, not {type(config).__name__}")
    _check_used(config)
    policy.check(config.recent_tokens)
    return policy, _knobs(policy, knob, config), config


def _of(config: Config) -> ReSVPolicy:
    values = {name: getattr(config, name) for name in _OF_RESV}
    return ReSVPolicy(**values, cluster_cap=config.cluster_cap or 0)


def _check_used(config: Config) -> None:
    if config.scale is not None:
        raise ValueError(f"config scale must be None, the model's own, not {config.scale}")
    if config.wicsum != "float64":
        raise ValueError(f"config wicsum must be 'float64' inside a model, not {config.wicsum!r}")


def _knobs(policy: Policy, knob: float | Mapping[str, float] | None, config: Config) -> Knobs:
    if isinstance(policy, Full):
        if knob is not None:
            raise ValueError(f"knob must not be given for full, which has none, not {knob!r}")
        return Knobs(0.0, 0.0)
    if knob is None:
        if policy.knob != THRESHOLD:
            raise ValueError(f"knob of {policy.name} ({policy.knob}) must be given, not None")
        knob = config.Th_r
    if not isinstance(knob, Mapping):
        knob = {"frames": knob, "text": knob}
    if set(knob) != {"frames", "text"}:
        raise ValueError(f"knob must have the entries frames and text, not {sorted(knob)}")
    return Knobs(**{name: _value(policy, f"knob of {name}", knob[name]) for name in knob})


def _value(policy: Policy, name: str, value: float) -> float:
    value = checks.real(name, value, 0, 1)
    # Entries of ReSV are steps of a register; what is compared with them must be one too.
    return round(STEPS * value) / STEPS if policy.knob == THRESHOLD else value
