"""What near memory holds: weights, a reserve, and KV, or not (D153)."""

from resv.system.assumptions import DoesNotGo
from resv.system.model import Model
from resv.system.platform import Platform
from resv.system.policy import Policy

GIGA = 1e9


def free_bytes(platform: Platform, model: Model) -> float:
    """Bytes of near memory beside weights and reserve; below 0 if these alone do not fit."""
    return (platform.dram_gb - platform.reserved_gb) * GIGA - model.resident_bytes


def spare_bytes(platform: Platform, model: Model, ring_tokens: int) -> float:
    """Bytes for the retrieved area, when ``ring_tokens`` of all streams have their slots.

    Raises
    ------
    DoesNotGo
        If the ring does not fit; it says how much is missing.
    """
    spare = free_bytes(platform, model) - ring_tokens * model.kv_bytes_all
    if spare < 0:
        raise DoesNotGo(
            f"the ring must fit into near memory of {platform.name}: "
            f"{-spare / GIGA:.2f} GB are missing for {ring_tokens:,} tokens"
        )
    return spare


def missing_bytes(
    platform: Platform, model: Model, policy: Policy, tokens: int, batch: int
) -> float:
    """Bytes by which a cache that is not offloaded does not fit; 0 if it does, or is offloaded."""
    if policy.offloads:
        return max(0.0, -free_bytes(platform, model))
    need = tokens * batch * model.kv_bytes_all * policy.stored_bits / 16
    return max(0.0, need - free_bytes(platform, model))


def check_fits(platform: Platform, model: Model, policy: Policy, tokens: int, batch: int) -> None:
    """Refuse a context that does not fit.

    Raises
    ------
    DoesNotGo
        It says how much is missing.
    """
    missing = missing_bytes(platform, model, policy, tokens, batch)
    if missing:
        what = "weights" if policy.offloads else f"{batch} x {tokens:,} cached tokens"
        raise DoesNotGo(
            f"{what} must fit into near memory of {platform.name} with policy {policy.name}: "
            f"{missing / GIGA:.2f} GB are missing"
        )
