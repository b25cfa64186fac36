"""One frame, one question, one generated token on a machine: the call for architects (D151)."""

from dataclasses import dataclass
from pathlib import Path

from resv import checks
from resv.system.assumptions import Assumptions
from resv.system.energy import Energy, energy_of
from resv.system.events import Interval, run_one
from resv.system.memory import check_fits
from resv.system.model import Model, load_model
from resv.system.modes import Options, assume
from resv.system.platform import Platform, load_platform
from resv.system.policy import Policy, policy_of
from resv.system.work import Work, build

MODEL = "llama3-8b-siglip"
MOST_TOKENS, MOST_BATCH = 10_000_000, 4_096


@dataclass(frozen=True)
class Result:
    """What came of it.

    Attributes
    ----------
    seconds : float
        From the first operation to the last; keys and values may still leave for far memory.
    work : Work
        What was asked for.
    busy : dict of str to float
        Seconds in which each resource was used.
    log : tuple of Interval
        Every use of a resource, by its end.
    energy : Energy
    assumed : Assumptions
    """

    seconds: float
    work: Work
    busy: dict[str, float]
    log: tuple[Interval, ...]
    energy: Energy
    assumed: Assumptions

    @property
    def milliseconds(self) -> float:
        """Of the whole chunk."""
        return 1e3 * self.seconds

    @property
    def fps(self) -> float:
        """Chunks a second, of all streams together."""
        return self.work.batch / self.seconds

    def share(self, name: str) -> float:
        """Part of the time in which a resource was used."""
        return self.busy[name] / self.seconds


def frame(
    platform: str | Path | Platform = "v-rex8", policy: str | Policy | None = None, *,
    tokens: int, batch: int = 1, mode: str = "calibrated",
    model: str | Path | Model = MODEL, options: Options | None = None,
) -> Result:  # fmt: skip
    """Prefill of one frame of each of ``batch`` streams, vision tower included.

    Parameters
    ----------
    platform : str, path or Platform
        A name (``v-rex8``, ``v-rex48``, ``agx-orin``, ``a100``), or a file.
    policy : str, Policy or None
        None: ``ours`` in mode ``ours``, else ``kvmu``.
    tokens : int
        Cached tokens of each stream before the frame.
    batch : int
        Streams that go through the model together.
    mode : {"stated", "calibrated", "ours"}
    model : str, path or Model
    options : Options or None
        Of mode ``ours``.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If something is unknown, impossible, does not go together, or does not fit into memory.
    OSError
        If a file cannot be read.
    """
    return _run("frame", None, platform, policy, tokens, batch, mode, model, options)


def question(
    platform: str | Path | Platform = "v-rex8", policy: str | Policy | None = None, *,
    tokens: int, length: int = 25, batch: int = 1, mode: str = "calibrated",
    model: str | Path | Model = MODEL, options: Options | None = None,
) -> Result:  # fmt: skip
    """Prefill of a question of ``length`` tokens; the rest is as in `frame`."""
    checks.integer("length", length, 1, MOST_TOKENS)
    return _run("question", length, platform, policy, tokens, batch, mode, model, options)


def token(
    platform: str | Path | Platform = "v-rex8", policy: str | Policy | None = None, *,
    tokens: int, batch: int = 1, mode: str = "calibrated",
    model: str | Path | Model = MODEL, options: Options | None = None,
) -> Result:  # fmt: skip
    """One generated token of each stream; the rest is as in `frame`."""
    return _run("token", 1, platform, policy, tokens, batch, mode, model, options)


def _run(
    kind: str, chunk: int | None, platform: str | Path | Platform, policy: str | Policy | None,
    tokens: int, batch: int, mode: str, model: str | Path | Model, options: Options | None,
) -> Result:  # fmt: skip
    platform = platform if isinstance(platform, Platform) else load_platform(platform)
    model = model if isinstance(model, Model) else load_model(model)
    policy = policy_of(policy or ("ours" if mode == "ours" else "kvmu"))
    checks.integer("tokens", tokens, 0, MOST_TOKENS)
    checks.integer("batch", batch, 1, MOST_BATCH)
    assumed = assume(mode, platform, policy, model, options)
    check_fits(platform, model, policy, tokens, batch)
    work = build(
        model, platform, policy, assumed,
        kind=kind, tokens=tokens, chunk=chunk or model.frame_tokens, batch=batch,
    )  # fmt: skip
    seconds, machine = run_one(
        work, platform.dram_rate * assumed.dram_efficiency, platform.link_rate, assumed.ahead
    )
    energy = energy_of(platform, mode, seconds, machine.busy, work)
    return Result(seconds, work, dict(machine.busy), tuple(machine.log), energy, assumed)
