"""Policies: what is fetched, in which pieces, and who chooses it: the paper's and ours."""

from dataclasses import dataclass

TOKEN, HEAD_TOKEN, CLUSTER, BULK = 4_096, 512, 16_384, 1 << 20
"""Bytes in one place: a token of all KV heads, of one; 32 tokens of one head; much."""


SCALES = 0.5
"""Bits that scales of a quantised value add: 16 bits for 32 values."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How keys and values are kept and brought.

    Attributes
    ----------
    name : str
    title : str
    frames, text : float
        Share of the cached tokens that are attended, in frames (and questions), and in generation.
    predicts : str
        Who chooses: ``no`` (all are taken), ``engine`` (the LLM's engine) or ``dre``.
    predicts_frames : bool
        Chooses in frames too, not only in generation.
    depth : float
        Operations of choosing: products of a query and a key, per cached token.
    piece_bytes : int
        Bytes that lie in one place in far memory.
    kv_bits : int
        Of a value in memory.
    offloads : bool
        Keeps its cache in far memory; otherwise all must fit into near memory.
    measured : bool
        Ours: what goes over the link is as measured.
    source : str
    """

    name: str
    title: str
    frames: float
    text: float
    predicts: str = "no"
    predicts_frames: bool = True
    depth: float = 0.0
    piece_bytes: int = BULK
    kv_bits: int = 16
    offloads: bool = True
    measured: bool = False
    source: str = "the paper, Fig. 20: retrieval ratios"

    @property
    def stored_bits(self) -> float:
        """Of a value in near memory, with its share of a scale."""
        return self.kv_bits + (SCALES if self.kv_bits < 16 else 0.0)


CLUSTER_TOKENS = 32
"""Tokens of a cluster on average: the paper."""

_RESV = {"frames": 0.327, "text": 0.025, "depth": 1 / CLUSTER_TOKENS}

POLICIES = {
    policy.name: policy
    for policy in (
        Policy(name="flexgen", title="FlexGen", frames=1.0, text=1.0),
        Policy(
            name="infinigen", title="InfiniGen", frames=1.0, text=0.068, predicts="engine",
            predicts_frames=False, depth=0.3, piece_bytes=TOKEN,
        ),
        Policy(
            name="infinigenp", title="InfiniGenP", frames=0.508, text=0.068, predicts="engine",
            depth=0.3, piece_bytes=TOKEN,
        ),
        Policy(
            name="rekv", title="ReKV", frames=0.584, text=0.312, predicts="engine", depth=0.1,
            piece_bytes=10 * TOKEN,
        ),
        Policy(
            name="oaken", title="Oaken", frames=1.0, text=1.0, kv_bits=4, offloads=False,
            source="the paper, Fig. 15: 4 bits, nothing offloaded",
        ),
        Policy(
            name="local", title="all in near memory", frames=1.0, text=1.0, offloads=False,
            source="the paper, Fig. 15: nothing offloaded",
        ),
        Policy(name="resv", title="ReSV", predicts="engine", piece_bytes=TOKEN, **_RESV),
        Policy(name="kvpu", title="ReSV + KVPU", predicts="dre", piece_bytes=TOKEN, **_RESV),
        Policy(
            name="kvmu", title="ReSV + KVPU + KVMU", predicts="dre", piece_bytes=CLUSTER, **_RESV
        ),
        Policy(
            name="ours", title="ours", predicts="dre", piece_bytes=TOKEN, measured=True,
            **_RESV | {"source": "measured: data/measured.json"},
        ),
    )
}  # fmt: skip


def policy_of(name: str | Policy) -> Policy:
    """A policy by name.

    Raises
    ------
    ValueError
        If it is unknown; those that are known are listed.
    """
    if isinstance(name, Policy):
        return name
    if name not in POLICIES:
        raise ValueError(f"policy must be one of {', '.join(POLICIES)}, not {name!r}")
    return POLICIES[name]
